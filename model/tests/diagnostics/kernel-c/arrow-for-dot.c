#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	return pages[0]->dirty;
}
