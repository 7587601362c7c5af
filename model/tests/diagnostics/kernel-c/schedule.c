#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	while (PageWriteback(page))
		schedule();
	return true;
}
