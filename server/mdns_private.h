/* mdns_private.h: what the two halves share: mdns_avahi.c asks Avahi, step by step; mdns.c hears
 * its signals and keeps the bus. */
#pragma once

#include "server/bus.h"
#include "server/loop.h"
#include "server/mdns.h"

#include <stddef.h>

enum {
	MDNS_FIRST_PAUSE_MS = 5 * 1000, /* before what failed is tried again; doubles up to */
	MDNS_LAST_PAUSE_MS = 600 * 1000,
	MDNS_PATH_SIZE = 128,
	MDNS_SIGNALS = 3,
};

#define AVAHI "org.freedesktop.Avahi"

struct mdns {
	struct loop *loop;
	struct mdns_place place;
	char name[MDNS_NAME_SIZE];
	char *type;
	char *texts[MDNS_TEXTS_MAX];
	size_t n_texts;
	struct bus bus;
	sd_bus_slot *signals[MDNS_SIGNALS];
	sd_bus_slot *call;          /* the one that waits for its answer; NULL */
	char group[MDNS_PATH_SIZE]; /* Avahi's name for what we announce; "" none */
	unsigned collisions;
	struct loop_timer *again;
	msec pause;
	bool said; /* that there is no Avahi */
};

/* Once until it is announced. */
void mdns_say(struct mdns *mdns, const char *why);
void mdns_try_later(struct mdns *mdns);
void mdns_forget_call(struct mdns *mdns);
/* From the first question; what was announced before is gone. */
void mdns_start_over(struct mdns *mdns);
void mdns_drop_group(struct mdns *mdns);
/* Of Avahi's server: Avahi's own number. */
void mdns_take_state(struct mdns *mdns, int state);
void mdns_take_other_name(struct mdns *mdns);
