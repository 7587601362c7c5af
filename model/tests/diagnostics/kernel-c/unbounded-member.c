#include <types.h>
struct page_ext {
	unsigned long pins;
};
#include <kernel.h>
