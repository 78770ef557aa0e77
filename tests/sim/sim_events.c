#include "tests/sim/sim_events.h"

#include "server/base/alloc.h"

#include <stdlib.h>

struct entry {
	struct entry *next;
	msec when;
	uint64_t number;
	struct sim_event event;
};

struct sim_events {
	struct loop *loop;
	struct loop_timer *timer;
	struct entry *first; /* by (when, number) */
	uint64_t numbers;
};

static void entry_free(struct entry *e)
{
	free((void *)(uintptr_t)e->event.data);
	free(e);
}

static void arm(struct sim_events *events)
{
	loop_timer_set(events->timer, events->first ? events->first->when : 0);
}

/* What an event adds for "now" belongs to the next turn. */
static struct entry *take_due(struct sim_events *events, msec now, uint64_t limit)
{
	for (struct entry **at = &events->first; *at && (*at)->when <= now; at = &(*at)->next) {
		struct entry *e = *at;

		if (e->number >= limit)
			continue;
		*at = e->next;
		return e;
	}
	return NULL;
}

static void due(void *owner)
{
	struct sim_events *events = owner;
	msec now = loop_now(events->loop);
	uint64_t limit = events->numbers;
	struct entry *e;

	while ((e = take_due(events, now, limit))) {
		e->event.fn(e->event.owner, e->event.data, e->event.size);
		entry_free(e);
	}
	arm(events);
}

struct sim_events *sim_events_new(struct loop *loop)
{
	struct sim_events *events = xcalloc(1, sizeof *events);

	events->loop = loop;
	events->timer = loop_timer_new(loop, due, events);
	return events;
}

void sim_events_free(struct sim_events *events)
{
	if (!events)
		return;
	while (events->first) {
		struct entry *e = events->first;

		events->first = e->next;
		entry_free(e);
	}
	loop_timer_free(events->timer);
	free(events);
}

void sim_events_add(struct sim_events *events, struct sim_event event)
{
	struct entry *e = xcalloc(1, sizeof *e);
	struct entry **at = &events->first;

	e->when = loop_now(events->loop) + event.delay;
	e->number = events->numbers++;
	e->event = event;
	e->event.data = event.size ? xmemdup(event.data, event.size) : NULL;
	while (*at && (*at)->when <= e->when)
		at = &(*at)->next;
	e->next = *at;
	*at = e;
	if (events->first == e)
		arm(events);
}

void sim_events_drop(struct sim_events *events, const void *owner, sim_event_fn *fn)
{
	struct entry **at = &events->first;

	while (*at) {
		struct entry *e = *at;

		if (e->event.owner != owner || (fn && e->event.fn != fn)) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		entry_free(e);
	}
	arm(events);
}
