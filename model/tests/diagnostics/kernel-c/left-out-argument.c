#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	set_page_dirty(...);
	return true;
}
