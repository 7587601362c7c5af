#include <types.h>
#include <kernel.h>

void lock_page(struct page *page)
{
}
