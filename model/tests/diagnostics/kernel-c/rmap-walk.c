#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	struct vm_area_struct *vma;

	vma_interval_tree_foreach(vma, &mapping->i_mmap, 0, 0)
		flush(vma);
	return true;
}
