#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	return test_bit(PG_dirty, &page->flags);
}
