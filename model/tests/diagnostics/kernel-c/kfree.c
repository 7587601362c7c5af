#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	kfree(page);
	return true;
}
