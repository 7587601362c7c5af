/* Probes on the functions that handle the page. Each notes the whole state of the page. */
#ifndef PROBES_H
#define PROBES_H

#include <stdio.h>

#include "page.h"

/* getpgid() of this is the program's own event: it notes the state, too. */
#define SAY 0x4b000001

/* Removes all probes, also those of a scenario that did not end. */
void probes_forget(void);

/* Defines the probes for a page and turns them on. */
void probes_on(const struct page *page);

/* Turns them off, and writes what the converter needs to know about them as lines `key value`. */
void probes_off(FILE *facts);

#endif
