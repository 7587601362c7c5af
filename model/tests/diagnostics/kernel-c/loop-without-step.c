#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	int n = 0;

	while (n < 10)
		n = n;
	return true;
}
