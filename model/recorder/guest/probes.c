#define _GNU_SOURCE
#include "probes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "kernel.h"
#include "tracefs.h"

/* 16 MB a CPU: the default of 1.4 MB overruns where returns cannot be filtered. */
#define BUFFER_KB "16384"
/* Calls of one function that may be open at once, before a return is missed. */
#define MOST_OPEN 64

/* What a call is compared with, to tell whether it is about the page. */
enum about { FOLIO, ADDRESS, MAPPING, SYSCALL, ANYTHING };

/* Groups of events: one filter and one switch for each. */
static const char *const groups[] = { "pin_folio", "pin_address", "pin_mapping", "pin_syscall", "pin_anything" };
/* Returns of 6.1: a return probe sees no arguments before 6.9, the converter pairs them with entries. */
#define UNFILTERED "pin_returns"

/* How a function gets what it is compared with. */
#define ARG1 "%di", "$arg1"
#define ARG2 "%si", "$arg2"
#define ARG3 "%dx", "$arg3"
/* struct vm_fault: vma, gfp_mask, pgoff, address */
#define VMF "+24(%di)", "+24($arg1)"
/* struct pt_regs of a system call: its first argument */
#define REGS "+112(%di)", ""
/* struct bio: bi_io_vec[0].bv_page; block/bio.c points bi_io_vec wherever the vector is */
#define BIO "+0(+112(%di))", ""
#define NOTHING "", ""

/* struct bio: bi_opf, bi_iter.bi_sector, bi_bdev */
#define BIO_ARGS "opf=+16(%di):x32 sect=+32(%di):u64 bdev=+8(%di):x64"
#define GRAB_ARGS "refs=%si:s32 gflags=%dx:x32"

struct probe {
	/* the event is called after the function, or has a name of its own */
	const char *function, *name;
	enum about about;
	/* at entry, and at the return (6.9 and later) */
	const char *key, *return_key;
	const char *arguments;
	/* type of the result; "void" if there is none; NULL if the return is not probed */
	const char *result;
};

static const struct probe probes[] = {
	/* faults */
	{ "handle_mm_fault", 0, ADDRESS, ARG2, "fflags=%dx:x32", "x32" },
	{ "do_wp_page", 0, ADDRESS, VMF, "", 0 },
	{ "do_page_mkwrite", 0, ADDRESS, VMF, "", "x32" },
	{ "ext4_page_mkwrite", 0, ADDRESS, VMF, "", "x32" },
	{ "iomap_page_mkwrite", 0, ADDRESS, VMF, "", "x32" },
	{ "finish_mkwrite_fault", 0, ADDRESS, VMF, "", 0 },
	{ "fault_dirty_shared_page", 0, ADDRESS, VMF, "", 0 },
	/* dirtying */
	{ "set_page_dirty", 0, FOLIO, ARG1, "", 0 },
	{ "folio_mark_dirty", 0, FOLIO, ARG1, "", 0 },
	{ "__folio_mark_dirty", 0, FOLIO, ARG1, "", 0 },
	{ "ext4_dirty_folio", 0, FOLIO, ARG2, "", 0 },
	{ "block_dirty_folio", 0, FOLIO, ARG2, "", "u8" },
	{ "filemap_dirty_folio", 0, FOLIO, ARG2, "", 0 },
	{ "iomap_dirty_folio", 0, FOLIO, ARG2, "", 0 },
	/* writeback */
	{ "ext4_writepages", 0, MAPPING, ARG1, "nr=+0(%si):s64", "s32" },
	{ "folio_clear_dirty_for_io", 0, FOLIO, ARG1, "", "u8" },
	{ "folio_mkclean", 0, FOLIO, ARG1, "", "s32" },
	{ "page_mkclean_one", 0, FOLIO, ARG1, "", 0 },
	{ "__folio_start_writeback", 0, FOLIO, ARG1, "keep=%si:u8", "void" },
	{ "folio_end_writeback", 0, FOLIO, ARG1, "", 0 },
	{ "__folio_end_writeback", 0, FOLIO, ARG1, "", "u8" },
	{ "folio_wait_writeback", 0, FOLIO, ARG1, "", "void" },
	{ "folio_wait_stable", 0, FOLIO, ARG1, "", "void" },
	/* get_user_pages() */
	{ "gup_fast_fallback", 0, ADDRESS, ARG1, "gflags=%dx:x32", "s32" },
	{ "internal_get_user_pages_fast", "internal_gup_fast", ADDRESS, ARG1, "gflags=%dx:x32", "s32" },
	{ "__get_user_pages", 0, ADDRESS, ARG2, "gflags=%cx:x32", "s64" },
	{ "follow_page_pte", 0, ADDRESS, ARG2, "gflags=%cx:x32", 0 },
	{ "try_grab_folio_fast", 0, FOLIO, ARG1, GRAB_ARGS, "x64" },
	{ "try_grab_folio", 0, FOLIO, ARG1, GRAB_ARGS, "x64" },
	{ "try_grab_page", 0, FOLIO, ARG1, "gflags=%si:x32", "x32" },
	{ "gup_put_folio", 0, FOLIO, ARG1, GRAB_ARGS, "void" },
	/* direct I/O */
	{ "bio_set_pages_dirty", 0, FOLIO, BIO, BIO_ARGS, 0 },
	{ "bio_check_pages_dirty", 0, FOLIO, BIO, BIO_ARGS, 0 },
	{ "bio_dirty_fn", 0, ANYTHING, NOTHING, "work=%di:x64", 0 },
	{ "__bio_release_pages", 0, FOLIO, BIO, BIO_ARGS " mark_dirty=%si:u8", 0 },
	{ "submit_bio_noacct", 0, FOLIO, BIO, BIO_ARGS, 0 },
	{ "bio_endio", 0, FOLIO, BIO, BIO_ARGS, 0 },
	{ "bio_integrity_prep", 0, FOLIO, BIO, BIO_ARGS, 0 },
	/* reclaim */
	{ "try_to_unmap", 0, FOLIO, ARG1, "ttu=%si:x32", "void" },
	{ "filemap_release_folio", 0, FOLIO, ARG1, "", "u8" },
	{ "try_to_free_buffers", 0, FOLIO, ARG1, "", "u8" },
	{ "__remove_mapping", 0, FOLIO, ARG2, "", "s32" },
	{ "__folio_put", 0, FOLIO, ARG1, "", 0 },
	/* truncate and invalidate */
	{ "mapping_evict_folio", 0, FOLIO, ARG2, "", "s64" },
	{ "invalidate_inode_pages2_range", "inval2_range", MAPPING, ARG1, "", "s32" },
	{ "unmap_mapping_pages", 0, MAPPING, ARG1, "", "void" },
	{ "unmap_mapping_range", 0, MAPPING, ARG1, "", "void" },
	{ "truncate_inode_pages_range", 0, MAPPING, ARG1, "lstart=%si:s64 lend=%dx:s64", "void" },
	{ "__folio_cancel_dirty", 0, FOLIO, ARG1, "", 0 },
	{ "delete_from_page_cache_batch", 0, MAPPING, ARG1, "", "void" },
	{ "__filemap_remove_folio", 0, FOLIO, ARG1, "", "void" },
	/* migration */
	{ "try_to_migrate", 0, FOLIO, ARG1, "", 0 },
	{ "folio_migrate_mapping", 0, FOLIO, ARG3, "", 0 },
	/* the program */
	{ "__x64_sys_getpgid", "user", SYSCALL, REGS, "", 0 },
};

#define COUNT (sizeof(probes) / sizeof(probes[0]))

/* `name(-errno)` of each probe that the kernel refused */
static char refused[1024];
static int defined;

static bool returns_are_filtered(void)
{
	struct utsname name;

	uname(&name);
	return strncmp(name.release, "6.1.", 4) != 0;
}

/* What every event fetches: absolute addresses, so it does not matter which function runs. */
static void state_arguments(const struct page *page, char *text, size_t size)
{
	snprintf(text, size,
		 "flags=@%#lx:x64 mapping=@%#lx:x64 private=@%#lx:x64 mapcount=@%#lx:s32 refcount=@%#lx:s32 pte=@%#lx:x64 data=@%#lx:x64",
		 page->folio, page->folio + FOLIO_MAPPING, page->folio + FOLIO_PRIVATE, page->folio + FOLIO_MAPCOUNT,
		 page->folio + FOLIO_REFCOUNT, page->pte, page->data);
}

static void define(const char *name, const char *definition)
{
	int error = put(TRACEFS "kprobe_events", definition);

	if (!error) {
		defined++;
		return;
	}
	snprintf(refused + strlen(refused), sizeof(refused) - strlen(refused), " %s(-%d)", name, error);
}

static void define_entry(const struct probe *probe, const char *name, const char *state)
{
	char text[1024], key[64] = "";

	if (*probe->key)
		snprintf(key, sizeof(key), "key=%s:x64", probe->key);
	snprintf(text, sizeof(text), "p:%s/%s %s %s %s %s\n", groups[probe->about], name, probe->function, key,
		 probe->arguments, state);
	define(name, text);
}

static void define_return(const struct probe *probe, const char *name, const char *state)
{
	char text[1024], event[64], key[64] = "", result[64] = "";
	const char *group = UNFILTERED;

	if (returns_are_filtered()) {
		group = groups[probe->about];
		snprintf(key, sizeof(key), "key=%s:x64", probe->return_key);
	}
	if (strcmp(probe->result, "void"))
		snprintf(result, sizeof(result), "result=$retval:%s", probe->result);
	snprintf(event, sizeof(event), "%s_ret", name);
	snprintf(text, sizeof(text), "r%d:%s/%s %s %s %s %s\n", MOST_OPEN, group, event, probe->function, key, result,
		 state);
	define(event, text);
}

static void filter(enum about about, uint64_t value)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), TRACEFS "events/%s/filter", groups[about]);
	snprintf(text, sizeof(text), "key==%#lx", value);
	must_put(path, text);
}

static void turn(const char *group, const char *on)
{
	char path[128];

	snprintf(path, sizeof(path), TRACEFS "events/%s/enable", group);
	put(path, on);
}

static void turn_all(const char *on)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		turn(groups[i], on);
	turn(UNFILTERED, on);
}

void probes_forget(void)
{
	must_put(TRACEFS "events/enable", "0");
	clear(TRACEFS "kprobe_events");
}

void probes_on(const struct page *page)
{
	char state[512];

	must_put(TRACEFS "trace_clock", "counter");
	must_put(TRACEFS "buffer_size_kb", BUFFER_KB);
	state_arguments(page, state, sizeof(state));
	for (const struct probe *probe = probes; probe < probes + COUNT; probe++) {
		const char *name = probe->name ? probe->name : probe->function;

		define_entry(probe, name, state);
		if (probe->result)
			define_return(probe, name, state);
	}
	filter(FOLIO, page->folio);
	filter(ADDRESS, (uint64_t)page->map);
	filter(MAPPING, page->mapping);
	filter(SYSCALL, SAY);
	clear(TRACEFS "trace");
	turn_all("1");
}

/* Events that the ring buffer lost, over both CPUs. */
static unsigned long lost(void)
{
	unsigned long sum = 0;

	for (int cpu = 0; cpu < 2; cpu++) {
		char path[128], text[1024];

		snprintf(path, sizeof(path), TRACEFS "per_cpu/cpu%d/stats", cpu);
		get(path, text, sizeof(text));
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			if (!strncmp(line, "overrun:", 8) || !strncmp(line, "commit overrun:", 15) ||
			    !strncmp(line, "dropped events:", 15))
				sum += strtoul(strchr(line, ':') + 1, NULL, 10);
	}
	return sum;
}

/* Calls that the probes missed: the last column of kprobe_profile. */
static unsigned long missed(void)
{
	FILE *profile = fopen(TRACEFS "kprobe_profile", "r");
	unsigned long sum = 0, hit, miss;
	char name[128];

	if (!profile)
		die("kprobe_profile");
	while (fscanf(profile, "%127s %lu %lu", name, &hit, &miss) == 3)
		sum += miss;
	fclose(profile);
	return sum;
}

void probes_off(FILE *facts)
{
	turn_all("0");
	fprintf(facts, "probes %d\nrefused%s\nlost %lu\nmissed %lu\n", defined, refused, lost(), missed());
}
