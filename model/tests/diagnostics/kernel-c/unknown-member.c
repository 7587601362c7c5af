#include <types.h>
#include <kernel.h>

struct other { bool x; };
bool track_pin(struct page *page)
{
	page->dma_pinned = true;
	return true;
}
