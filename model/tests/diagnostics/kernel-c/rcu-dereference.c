#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	return rcu_dereference(page->mapping) != NULL;
}
