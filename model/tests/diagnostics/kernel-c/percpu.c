#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	this_cpu_inc(pin_count);
	return true;
}
