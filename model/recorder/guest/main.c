/* recorder SCENARIO DIRECTORY DISK OUT: runs one scenario on a page of a file in DIRECTORY, whose file system is on DISK. Writes
 * the trace as ftrace prints it to OUT.trace, and what the converter needs besides to OUT.facts. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "actions.h"
#include "kernel.h"
#include "page.h"
#include "probes.h"
#include "scenarios.h"
#include "tracefs.h"

static FILE *create(const char *out, const char *suffix)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s.%s", out, suffix);
	file = fopen(path, "w");
	if (!file)
		die("%s", path);
	return file;
}

static void copy_trace(FILE *to)
{
	static char buffer[1 << 20];
	FILE *from = fopen(TRACEFS "trace", "r");
	size_t length;

	if (!from)
		die("the trace");
	while ((length = fread(buffer, 1, sizeof(buffer), from)) > 0)
		fwrite(buffer, 1, length, to);
	fclose(from);
}

/* Children of kthreadd: the trace shows names and ids only. */
static void list_kernel_threads(FILE *facts)
{
	DIR *tasks = opendir("/proc");
	struct dirent *entry;

	fprintf(facts, "kthreads");
	while ((entry = readdir(tasks))) {
		char path[300], text[1024];
		int id = atoi(entry->d_name), parent;

		if (!id)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", id);
		get(path, text, sizeof(text));
		if (sscanf(text, "%*d (%*[^)]) %*c %d", &parent) == 1 && parent == 2)
			fprintf(facts, " %d", id);
	}
	fprintf(facts, "\n");
	closedir(tasks);
}

int main(int argc, char **argv)
{
	const struct scenario *chosen;
	struct utsname kernel;
	struct page page;
	FILE *facts;

	errno = EINVAL;
	if (argc != 5)
		die("usage: recorder SCENARIO DIRECTORY DISK OUT");
	chosen = scenario(argv[1]);
	if (!chosen)
		die("no scenario `%s`", argv[1]);
	probes_forget();
	page_open(&page, argv[2], argv[1], argv[3], chosen->origin);
	facts = create(argv[4], "facts");
	probes_on(&page);
	say("begin %s", chosen->name);
	chosen->run(&page);
	say("end");
	probes_off(facts);
	uname(&kernel);
	fprintf(facts, "scenario %s\nrelease %s\nfolio %#lx\nmapping %#lx\nframe %#lx\n", chosen->name, kernel.release,
		page.folio, page.mapping, kernel_frame(page.folio));
	list_kernel_threads(facts);
	fclose(facts);
	copy_trace(create(argv[4], "trace"));
	return 0;
}
