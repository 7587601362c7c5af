#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	spin_lock(&current->mm->page_table_lock);
	return true;
}
