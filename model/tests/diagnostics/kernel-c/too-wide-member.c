#include <types.h>
struct page_ext {
	atomic_t pins __bits(16);
};
#include <kernel.h>
