#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	int n;

	if (PageDirty(page))
		n = 1;
	return n;
}
