#include <types.h>
#include <kernel.h>

void a(struct page *page)
{
	int i;

	for (i = 0; i < 8; i++)
		set_page_dirty_lock(page);
}

void b(struct page *page)
{
	int i;

	for (i = 0; i < 8; i++)
		a(page);
}

bool track_pin(struct page *page)
{
	int i;

	for (i = 0; i < 8; i++)
		b(page);
	return true;
}
