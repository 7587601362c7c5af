#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	atomic_add(GUP_PIN_COUNTING_BIAS, &page->_refcount);
	return true;
}
