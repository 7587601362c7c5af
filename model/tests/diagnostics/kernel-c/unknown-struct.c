#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	struct pages *p = page;

	return p;
}
