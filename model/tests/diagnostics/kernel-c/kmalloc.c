#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	struct page_aux *aux = kmalloc(sizeof(*aux), GFP_KERNEL);

	return aux;
}
