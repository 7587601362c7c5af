#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	SetPageDmaPinned(page);
	return true;
}
