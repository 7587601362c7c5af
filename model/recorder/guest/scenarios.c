#include "scenarios.h"

#include <stddef.h>
#include <string.h>

const struct scenario *scenario(const char *name)
{
	const struct scenario *const tables[] = { writeback_scenarios, requests_scenarios, leaving_scenarios };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct scenario *found = tables[i]; found->name; found++)
			if (!strcmp(found->name, name))
				return found;
	return NULL;
}
