#include <types.h>
#include <kernel.h>

bool track_pin(page)
{
	return true;
}
