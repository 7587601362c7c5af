#include <types.h>
#include <kernel.h>
typedef b_t *a_t;
typedef a_t *b_t;

bool track_pin(struct page *page)
{
	a_t x = NULL;

	return true;
}
