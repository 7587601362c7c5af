#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	if (PageDirty(page)) {
		get_page(page);
	return true;
}
