#include <types.h>
#include <kernel.h>

#ifdef CONFIG_MMU
bool track_pin(struct page *page)
{
	return true;
}
#endif
