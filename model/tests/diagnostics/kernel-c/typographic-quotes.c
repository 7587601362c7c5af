#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	check(“S5”, page->dirty);
	return true;
}
