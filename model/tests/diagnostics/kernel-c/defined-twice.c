#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	return true;
}
bool track_pin(struct page *page)
{
	return false;
}
