#ifndef SCENARIOS_H
#define SCENARIOS_H

#include "page.h"

/* A program that does something to the page. */
struct scenario {
	const char *name;
	enum origin origin;
	void (*run)(struct page *page);
};

/* The scenario of a name, or NULL. */
const struct scenario *scenario(const char *name);

#endif
