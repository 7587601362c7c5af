#include <types.h>
#include <kernel.h>

struct page_ext {
	void (*release)(struct page *page);
};
