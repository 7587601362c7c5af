#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	folio_get(page);
	return true;
}
