#include "tests/bench/history.h"

#include "tests/support/worker_batched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, TOGETHER = 60 };

static void committed(void *owner, const struct err *e, int64_t job_id, const struct event *events,
	size_t n_events)
{
	(void)owner;
	(void)job_id;
	(void)events;
	(void)n_events;
	if (e->code) {
		printf("failed: %s\n", e->text);
		exit(1);
	}
}

static void commit(struct store *store, const struct store_change *change)
{
	static int waiting;

	store_commit(store, change, committed, NULL);
	if (++waiting % TOGETHER == 0)
		(void)worker_run_batch();
}

void history_lock_name(char out[LOCK_ID_SIZE], int number)
{
	(void)snprintf(out, LOCK_ID_SIZE, "front-door-%d", number);
}

static void add_lock(struct store *store, int number, int64_t now)
{
	struct lock lock = { .managed = LOCK_BY_API,
		.created_at = now,
		.facts = { .battery_half_percent = -1,
			.battery_decivolt = -1,
			.lock_state = LOCK_UNKNOWN },
		.battery = { -1, -1, false, 0 },
		.sag_half_percent = -1 };
	struct store_change change = { .lock = &lock };

	history_lock_name(lock.id, number);
	(void)snprintf(lock.name, sizeof lock.name, "Front door %d", number);
	(void)snprintf(lock.adapter, sizeof lock.adapter, "stick");
	(void)snprintf(lock.address, sizeof lock.address, "0x00124b%010x", (unsigned)number);
	commit(store, &change);
}

static void tell(struct event *event, enum event_kind kind, const char *lock, int64_t at)
{
	*event = (struct event){ .kind = kind, .at = at, .bytes_done = -1, .bytes_total = -1 };
	(void)snprintf(event->lock, sizeof event->lock, "%s", lock);
	(void)snprintf(event->code, sizeof event->code, "%s",
		kind == EVENT_LOCK ? "version" : "transfer_resumed");
	(void)snprintf(event->text, sizeof event->text, "%s",
		"The lock asked for the image at byte 131,072 of 204,522; the transfer goes on.");
}

static struct job job_of(const struct history *h, int i, int64_t at)
{
	bool active = i >= h->jobs - h->locks;
	struct job job = { .phase = active  ? JOB_WAITING
				    : i % 3 ? JOB_SUCCEEDED
					    : JOB_FAILED,
		.waiting_for = active ? WAIT_WAKE : WAIT_NOTHING,
		.status = -1,
		.created_at = at,
		.changed_at = at,
		.ended_at = active ? 0 : at,
		.summary = "The lock runs 17.7.0.0 now; it was read back from the lock twice.",
		.image_name = "danalock-v3-btzbe-17.7.0.ota",
		.requested_by = "token:home-assistant" };

	history_lock_name(job.lock, i % h->locks);
	(void)snprintf(job.idempotency_key, sizeof job.idempotency_key, "key-%d", i);
	memset(job.image, 'a', sizeof job.image - 1);
	memset(job.request_digest, 'b', sizeof job.request_digest - 1);
	return job;
}

static void add_job(struct store *store, const struct history *h, int i, int64_t at)
{
	struct job job = job_of(h, i, at);
	struct store_change change = { .job = &job, .n_events = CHANGE_EVENTS_MAX };

	for (int n = 0; n < JOB_EVENTS; n += CHANGE_EVENTS_MAX) {
		for (size_t k = 0; k < change.n_events; k++) {
			tell(&change.events[k], EVENT_JOB, job.lock, at);
			change.events[k].job = n ? i + 1 : 0; /* ids count from 1 */
		}
		commit(store, &change);
		change.job = NULL;
	}
}

static void add_lock_events(struct store *store, const struct history *h, int64_t at)
{
	struct store_change change = { .n_events = 1 };
	char name[LOCK_ID_SIZE];

	for (int i = 0; i < h->locks * h->lock_events; i++) {
		history_lock_name(name, i % h->locks);
		tell(&change.events[0], EVENT_LOCK, name, at);
		commit(store, &change);
	}
}

void history_fill(struct store *store, const struct history *h)
{
	int job = 0;

	for (int i = 0; i < h->locks; i++)
		add_lock(store, i, h->now - (int64_t)h->days * DAY_MS);
	for (int day = 0; day < h->days; day++) {
		int64_t at = h->now - (int64_t)(h->days - day) * DAY_MS + 1;

		add_lock_events(store, h, at);
		for (; job < (int64_t)h->jobs * (day + 1) / h->days; job++)
			add_job(store, h, job, at);
	}
	while (worker_run_batch())
		;
}
