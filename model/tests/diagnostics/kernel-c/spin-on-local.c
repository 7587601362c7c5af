#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	bool busy = PageDirty(page);

	while (busy)
		;
	return true;
}
