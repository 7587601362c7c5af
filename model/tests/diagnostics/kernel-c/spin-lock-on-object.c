#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	spin_lock(page);
	return true;
}
