#include <types.h>
#include <kernel.h>

int nr_pinned = 0;
