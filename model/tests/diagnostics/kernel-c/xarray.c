#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	xa_lock_irq(&page->mapping->i_pages);
	return true;
}
