#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	*page = pages[0];
	return true;
}
