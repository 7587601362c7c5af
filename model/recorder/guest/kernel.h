/* What user space can find out about kernel memory. Needs `nokaslr no5lvl` and root. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* include/linux/mm_types.h, struct folio: the same in both kernels */
#define FOLIO_MAPPING	24
#define FOLIO_PRIVATE	40
#define FOLIO_MAPCOUNT	48
#define FOLIO_REFCOUNT	52

/* Prints what went wrong, with errno, and ends the program. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Writes a text into a file below /sys or /proc. Returns 0 or errno. */
int put(const char *path, const char *text);

/* The same, and dies if it fails. */
void must_put(const char *path, const char *text);

/* Empties a file below /sys: what `>` does. */
void clear(const char *path);

/* Reads a file below /sys or /proc, with a 0 behind it. */
void get(const char *path, char *text, size_t size);

/* `struct page` of a page frame, and its data in the direct map. */
uint64_t kernel_folio(uint64_t frame);
uint64_t kernel_data(uint64_t frame);
uint64_t kernel_frame(uint64_t folio);

/* Eight bytes of kernel memory. */
uint64_t kernel_word(uint64_t address);

/* The frame that this process has mapped at an address. */
uint64_t frame_of(const volatile void *address);

/* Address of the pte of an address of this process; tracing must be off. */
uint64_t kernel_pte(const volatile void *address);

#endif
