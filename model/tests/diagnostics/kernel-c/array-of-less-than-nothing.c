#include <types.h>
struct page_ext {
	bool pinned[-1];
};
#include <kernel.h>

bool track_pin(struct page *page)
{
	return true;
}
