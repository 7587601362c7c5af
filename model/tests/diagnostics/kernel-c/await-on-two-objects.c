#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	await(!page->dirty && !page->mapping->wb_err);
	return true;
}
