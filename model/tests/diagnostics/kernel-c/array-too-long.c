#include <types.h>
struct page_ext {
	bool pinned[100];
};
#include <kernel.h>

bool track_pin(struct page *page)
{
	return true;
}
