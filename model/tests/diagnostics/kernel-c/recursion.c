#include <types.h>
#include <kernel.h>

int count(int n)
{
	return n == 0 ? 0 : count(n - 1);
}

bool track_pin(struct page *page)
{
	return count(3);
}
