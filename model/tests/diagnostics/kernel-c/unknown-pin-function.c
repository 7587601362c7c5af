#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	pin_user_pages(page);
	return true;
}
