#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	lockdep_assert_held(&page->lock);
	return true;
}
