#include <types.h>
#include <kernel.h>

struct page {
	bool dma_pinned;
};
