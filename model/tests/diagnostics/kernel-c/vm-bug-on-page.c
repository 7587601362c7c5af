#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	VM_BUG_ON_PAGE(page_count(page) == 0, page);
	return true;
}
