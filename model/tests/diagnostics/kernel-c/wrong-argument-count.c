#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	get_page(page, 1);
	return true;
}
