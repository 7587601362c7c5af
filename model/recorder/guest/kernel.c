#define _GNU_SOURCE
#include "kernel.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tracefs.h"

/* Documentation/arch/x86/x86_64/mm.rst: four levels, no randomization */
#define VMEMMAP		0xffffea0000000000UL
#define DIRECT_MAP	0xffff888000000000UL
#define STRUCT_PAGE	64UL

/* arch/x86/include/asm/pgtable_types.h */
#define PAGE_SHIFT	12
#define TABLE_SHIFT	9
#define ENTRY_PRESENT	1UL
#define ENTRY_LARGE	(1UL << 7)
#define ENTRY_FRAME	0x000ffffffffff000UL

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT	(1UL << 63)
#define PAGEMAP_FRAME	((1UL << 55) - 1)

/* struct vm_area_struct: vm_start, vm_end, vm_mm */
#define VMA_MM		16

void die(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "recorder: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, ": %s\n", strerror(error));
	va_end(arguments);
	exit(1);
}

int put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_APPEND);
	int error = 0;

	if (file < 0)
		return errno;
	if (write(file, text, strlen(text)) < 0)
		error = errno;
	close(file);
	return error;
}

void must_put(const char *path, const char *text)
{
	errno = put(path, text);
	if (errno)
		die("%s does not take `%s`", path, text);
}

void clear(const char *path)
{
	int file = open(path, O_WRONLY | O_TRUNC);

	if (file < 0)
		die("%s", path);
	close(file);
}

void get(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY);
	ssize_t length = file < 0 ? -1 : read(file, text, size - 1);

	if (length < 0)
		die("%s", path);
	text[length] = 0;
	close(file);
}

uint64_t kernel_folio(uint64_t frame)
{
	return VMEMMAP + frame * STRUCT_PAGE;
}

uint64_t kernel_data(uint64_t frame)
{
	return DIRECT_MAP + (frame << PAGE_SHIFT);
}

uint64_t kernel_frame(uint64_t folio)
{
	return (folio - VMEMMAP) / STRUCT_PAGE;
}

/* /proc/kcore is an ELF core file: the segment that holds an address says where the file has it. */
static off_t kcore_offset(int core, uint64_t address)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;

	if (pread(core, &header, sizeof(header), 0) != sizeof(header))
		die("/proc/kcore");
	for (int i = 0; i < header.e_phnum; i++) {
		off_t at = header.e_phoff + i * sizeof(segment);

		if (pread(core, &segment, sizeof(segment), at) != sizeof(segment))
			die("/proc/kcore");
		if (segment.p_type == PT_LOAD && segment.p_vaddr <= address && address - segment.p_vaddr < segment.p_memsz)
			return segment.p_offset + (address - segment.p_vaddr);
	}
	errno = EFAULT;
	die("/proc/kcore has no %#lx", address);
}

uint64_t kernel_word(uint64_t address)
{
	int core = open("/proc/kcore", O_RDONLY);
	uint64_t word;

	if (core < 0)
		die("/proc/kcore");
	if (pread(core, &word, sizeof(word), kcore_offset(core, address)) != sizeof(word))
		die("/proc/kcore at %#lx", address);
	close(core);
	return word;
}

uint64_t frame_of(const volatile void *address)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry;
	off_t at = ((uint64_t)address >> PAGE_SHIFT) * sizeof(entry);

	if (pagemap < 0 || pread(pagemap, &entry, sizeof(entry), at) != sizeof(entry))
		die("/proc/self/pagemap");
	close(pagemap);
	if (!(entry & PAGEMAP_PRESENT))
		die("%p is not mapped", address);
	return entry & PAGEMAP_FRAME;
}

/* Offset of pgd in struct mm_struct, from each kernel's BTF. */
static int mm_pgd(void)
{
	struct utsname name;

	uname(&name);
	return strncmp(name.release, "6.1.", 4) ? 120 : 72;
}

/* This process's pgd: a probe on handle_mm_fault() reads it off the fault that the first store to a new page takes. */
static uint64_t read_pgd(void)
{
	char text[4096], *found;
	volatile char *fresh;

	clear(TRACEFS "trace");
	snprintf(text, sizeof(text), "p:find/pgd handle_mm_fault pgd=+%d(+%d(%%di)):x64\n", mm_pgd(), VMA_MM);
	must_put(TRACEFS "kprobe_events", text);
	snprintf(text, sizeof(text), "common_pid==%d", getpid());
	must_put(TRACEFS "events/find/pgd/filter", text);
	must_put(TRACEFS "events/find/pgd/enable", "1");
	fresh = mmap(NULL, 1UL << PAGE_SHIFT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*fresh = 1;
	must_put(TRACEFS "events/find/pgd/enable", "0");
	get(TRACEFS "trace", text, sizeof(text));
	must_put(TRACEFS "kprobe_events", "-:find/pgd\n");
	found = strstr(text, "pgd=0x");
	errno = ENOENT;
	if (!found)
		die("a fault that shows the pgd");
	return strtoul(found + strlen("pgd="), NULL, 16);
}

uint64_t kernel_pte(const volatile void *address)
{
	static uint64_t pgd;
	uint64_t table, entry_at = 0;

	if (!pgd)
		pgd = read_pgd();
	table = pgd;
	for (int shift = PAGE_SHIFT + 3 * TABLE_SHIFT; shift >= PAGE_SHIFT; shift -= TABLE_SHIFT) {
		uint64_t index = ((uint64_t)address >> shift) & ((1UL << TABLE_SHIFT) - 1);
		uint64_t entry;

		entry_at = table + index * sizeof(entry);
		entry = kernel_word(entry_at);
		if (!(entry & ENTRY_PRESENT) || (shift > PAGE_SHIFT && entry & ENTRY_LARGE))
			die("the page tables of %p do not end in a pte", address);
		table = DIRECT_MAP + (entry & ENTRY_FRAME);
	}
	return entry_at;
}
