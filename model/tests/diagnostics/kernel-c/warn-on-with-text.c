#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	WARN(page_count(page) == 0, "no reference");
	return true;
}
