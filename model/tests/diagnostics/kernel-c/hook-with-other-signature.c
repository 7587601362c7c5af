#include <types.h>
#include <kernel.h>

int track_pin(struct page *page, int n)
{
	return n;
}
