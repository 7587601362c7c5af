#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	struct page *other = (struct page *)page->mapping;

	return other;
}
