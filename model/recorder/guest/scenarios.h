/* Programs that do something to the page. To add one: write a function in scenarios/, enter it in the table at the end of its
 * file, and give it a device in `plan`. */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include "page.h"

/* Devices, as init makes them: milliseconds that a read of the slow device takes, and long enough for a write to the disk. */
#define READ_MS 300
#define WRITTEN_MS 150

struct scenario {
	const char *name;
	enum origin origin;
	void (*run)(struct page *page);
};

/* Each ends with one that has no name. */
extern const struct scenario writeback_scenarios[], requests_scenarios[], leaving_scenarios[];

/* The scenario of a name, or NULL. */
const struct scenario *scenario(const char *name);

#endif
