/* sim_control_private.h: inside of the control lines. */
#pragma once

#include "tests/sim/sim_control.h"

enum { CONTROL_WORDS = 5 };

struct command {
	struct sim_world *world;
	char *words[CONTROL_WORDS]; /* [0] the command; missing ones are "" */
	struct sim_lock *lock;      /* the first word after it, where the command takes one */
	FILE *out;
};

struct verb {
	const char *name;
	bool (*run)(struct command *c);
	bool takes_lock, prints;
};

/* What happens to locks; {0} ends. */
extern const struct verb CONTROL_LOCK_VERBS[];

bool control_number(const char *text, uint64_t max, uint64_t *out);
bool control_on_off(const char *text, bool *out);
