#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	struct vm_area_struct *vma;

	list_for_each_entry(vma, &page->mapping->i_mmap, shared) {
		vma->dirty = true;
	}
	return true;
}
