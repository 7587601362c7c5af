#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	memory_failure(page);
	return true;
}
