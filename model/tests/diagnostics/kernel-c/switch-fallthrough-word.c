#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	switch (page_count(page)) {
	case 1:
		fallthrough;
	default:
		return true;
	}
}
