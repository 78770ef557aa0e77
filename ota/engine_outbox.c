/* engine_outbox.c: what waits for the next commit, and who waits for it. */
#include "ota/engine_parts.h"
#include "server/base/alloc.h"

#include <stdlib.h>
#include <string.h>

void outbox_mark(struct outbox *box, msec due)
{
	if (!box->dirty || due < box->due)
		box->due = due;
	box->dirty = true;
}

enum { FIRST_ROOM = 2 };

static void grow(struct outbox *box)
{
	size_t room = box->room ? 2 * box->room : FIRST_ROOM;
	struct event *events;

	room = room < OUTBOX_MAX ? room : OUTBOX_MAX;
	events = xcalloc(room, sizeof *events);
	if (box->n)
		memcpy(events, box->events, box->n * sizeof *events);
	free(box->events);
	box->events = events;
	box->room = room;
}

void outbox_add(struct outbox *box, const struct event *event, msec now)
{
	/* Full only when the disk has been failing for long: the newest fact counts most. */
	if (box->n == OUTBOX_MAX)
		box->n--;
	if (box->n == box->room)
		grow(box);
	box->events[box->n++] = *event;
	outbox_mark(box, now);
}

void outbox_drop(struct outbox *box, size_t n)
{
	box->n -= n;
	if (box->n) {
		memmove(box->events, box->events + n, box->n * sizeof *box->events);
		return;
	}
	free(box->events);
	box->events = NULL;
	box->room = 0;
}

static void ask(struct asker **end, struct outbox *box, const struct asker *asker)
{
	while (*end)
		end = &(*end)->next;
	*end = xmemdup(asker, sizeof *asker);
	outbox_mark(box, 0); /* a commit that is under way may not carry what was asked */
}

void ask_job(struct job_slot *slot, engine_job_done *done, void *owner, enum job_answer answer)
{
	ask(&slot->askers, &slot->box,
		&(struct asker){ .job_done = done, .owner = owner, .answer = answer });
}

void ask_lock(struct lock_slot *slot, engine_lock_done *done, void *owner)
{
	ask(&slot->askers, &slot->box, &(struct asker){ .lock_done = done, .owner = owner });
}

void ask_pause(struct pause_slot *slot, engine_pause_done *done, void *owner)
{
	ask(&slot->askers, &slot->box, &(struct asker){ .pause_done = done, .owner = owner });
}

void askers_free(struct asker *askers)
{
	while (askers) {
		struct asker *next = askers->next;

		free(askers);
		askers = next;
	}
}

void askers_answer(
	struct asker **list, const struct err *e, const struct job *job, const struct lock *lock)
{
	struct asker *next = *list;

	*list = NULL;
	while (next) {
		struct asker *a = next;

		next = a->next;
		if (a->job_done)
			a->job_done(a->owner, e, job, a->answer);
		if (a->lock_done)
			a->lock_done(a->owner, e, lock);
		if (a->pause_done)
			a->pause_done(a->owner, e);
		free(a);
	}
}
