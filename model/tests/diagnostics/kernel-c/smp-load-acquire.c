#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	return smp_load_acquire(&page->dirty);
}
