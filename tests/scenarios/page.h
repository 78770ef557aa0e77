/* page.h: the table of docs/scenarios.md, made of what happened. Its last column, about
 * zigbee-herdsman, is what tests/strangers/run-scenarios wrote. */
#pragma once

#include "tests/scenarios/scenario.h"

struct page_row {
	const struct scenario *scenario;
	struct result znp, ezsp; /* ezsp is empty where there is no radio in it */
};

void page_begin(void);
void page_add(const struct page_row *row);
/* Checks that the page (LOCKWRIGHT_PAGE) has these rows and no others; LOCKWRIGHT_WRITE_PAGE=1 puts
 * them there instead. part: only some were run; those are checked. */
void page_end(bool part);
