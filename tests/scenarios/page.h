/* page.h: docs/scenarios.md, made of what happened. Its column about zigbee-herdsman is what
 * tests/strangers/run-scenarios wrote. */
#pragma once

#include "tests/scenarios/scenario.h"

struct page_row {
	const struct scenario *scenario;
	struct result znp, ezsp; /* ezsp is empty where there is no radio in it */
};

void page_begin(void);
void page_add(const struct page_row *row);
/* Checks that the page in docs/ says just that, or writes it to LOCKWRIGHT_WRITE_PAGE. part: only
 * some rows were run, which are checked alone. */
void page_end(bool part);
