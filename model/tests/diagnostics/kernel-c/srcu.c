#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	srcu_read_lock(&srcu);
	return true;
}
