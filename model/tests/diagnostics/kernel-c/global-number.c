#include <types.h>
#include <kernel.h>

int nr_pinned;

bool track_pin(struct page *page)
{
	nr_pinned++;
	return true;
}
