#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	call_later(put_page);
	return true;
}
