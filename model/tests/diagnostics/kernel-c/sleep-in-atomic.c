#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	__atomic {
		lock_page(page);
	}
	return true;
}
