#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	wake_up_page(page, 0);
	return true;
}
