/* scenario.h: one table of what may happen to an update (docs/scenarios.md). */
#pragma once

#include "tests/scenarios/world.h"

enum radios {
	EACH, /* runs on a ZNP and on an EZSP stick */
	ONCE, /* no radio in it: a file, a list */
};

struct scenario {
	const char *number;
	const char *what; /* given, when: as the page says it */
	void (*run)(struct world *w);
	enum radios radios;
	const char *outcome;  /* "succeeded", "failed", "cancelled", "waiting for …", "refused" */
	const char *code;     /* the job's outcome, what it waits for, or why it was refused */
	const char *evidence; /* of a version; "" */
	const char *note;     /* what else the row holds the service to; decided otherwise: why */
};

extern const struct scenario SCENARIOS[];
extern const size_t N_SCENARIOS;

/* What came out on each stick. */
struct result {
	char outcome[CODE_SIZE], code[CODE_SIZE], evidence[CODE_SIZE];
};
void scenario_run(const struct scenario *s, enum family family, struct result *out);
