#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	printk("pinned %d\n", page_count(page));
	return true;
}
