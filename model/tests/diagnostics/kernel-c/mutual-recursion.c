#include <types.h>
#include <kernel.h>

bool odd(int n);
bool even(int n)
{
	return odd(n - 1);
}
bool odd(int n)
{
	return even(n - 1);
}
bool track_pin(struct page *page)
{
	return even(2);
}
