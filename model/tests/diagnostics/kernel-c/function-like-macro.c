#include <types.h>
#include <kernel.h>

#define pinned(page) ((page)->dirty)
