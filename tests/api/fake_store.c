#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/api/support.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Answers come in the next turn, as of the moment of asking, like those of the db thread. */
struct later {
	struct store *store;
	struct event_filter filter;
	struct event page[100];
	size_t n;
	bool more;
	int64_t oldest;
	struct err e;
	void *owner;
	store_events_done *events;
	store_simple_done *simple;
	store_jobs_done *jobs;
	struct job job[FAKE_MAX];
};

static void run(void *arg)
{
	struct later *l = arg;
	const struct err *e = l->e.code ? &l->e : NULL;

	if (l->events)
		l->events(l->owner, e, l->page, l->n, l->more, l->oldest);
	if (l->simple)
		l->simple(l->owner, e);
	if (l->jobs)
		l->jobs(l->owner, e, l->job, l->n, l->more);
	free(l);
}

static struct later *later(struct store *store, void *owner)
{
	struct later *l = xcalloc(1, sizeof *l);

	l->store = store;
	l->owner = owner;
	l->e = store->fails;
	store->fails = (struct err){ 0 };
	return l;
}

void store_release(struct store *store)
{
	assert(store->held);
	loop_post(store->loop, run, store->held);
	store->held = NULL;
}

void store_events(struct store *store, const struct event_filter *filter, store_events_done *done,
	void *owner)
{
	struct later *l = later(store, owner);

	store->pages++;
	l->events = done;
	l->oldest = store->oldest;
	for (size_t i = 0; i < store->n_events; i++) {
		const struct event *event = &store->events[i];

		if (event->seq <= filter->after || event->seq < store->oldest ||
			(filter->job && event->job != filter->job))
			continue;
		if (l->n == filter->limit || l->n == 100)
			l->more = true;
		else
			l->page[l->n++] = *event;
	}
	if (store->hold)
		store->held = l;
	else
		loop_post(store->loop, run, l);
}

void store_jobs(
	struct store *store, const struct job_filter *filter, store_jobs_done *done, void *owner)
{
	struct later *l = later(store, owner);

	store->filter = *filter;
	l->jobs = done;
	for (size_t i = 0; i < store->n_jobs; i++) {
		if (filter->before && store->jobs[i].id >= filter->before)
			continue;
		if (l->n == filter->limit)
			l->more = true;
		else
			l->job[l->n++] = store->jobs[i];
	}
	loop_post(store->loop, run, l);
}

void store_job(struct store *store, int64_t id, store_jobs_done *done, void *owner)
{
	struct later *l = later(store, owner);

	l->jobs = done;
	for (size_t i = 0; i < store->n_jobs; i++)
		if (store->jobs[i].id == id)
			l->job[l->n++] = store->jobs[i];
	loop_post(store->loop, run, l);
}

enum err_code store_tokens_load(struct store *store, struct token **out, size_t *n, struct err *e)
{
	(void)e;
	*out = xmemdup(store->tokens, sizeof store->tokens);
	*n = store->n_tokens;
	return OK;
}

static char kept[4096]; /* the list of integrations: all that is put */

static const char *value_get(struct adapter_store *values, const char *key)
{
	(void)values;
	if (strcmp(key, "id") == 0)
		return "00112233445566778899aabbccddeeff";
	if (strcmp(key, "tuya") == 0)
		return "00112233445566778899aabbccddeeff0011223344556677";
	return *kept ? kept : NULL;
}

static void value_put(struct adapter_store *values, const char *key, const char *value)
{
	(void)values;
	(void)key;
	assert(text_copy(kept, sizeof kept, value));
}

enum err_code store_adapter_store(
	struct store *store, const char *adapter, struct adapter_store **out, struct err *e)
{
	static struct adapter_store values = { value_get, value_put };

	(void)store;
	(void)adapter;
	(void)e;
	*out = &values;
	return OK;
}

void store_hold(struct store *store, bool hold, store_simple_done *done, void *owner)
{
	struct later *l = later(store, owner);

	l->simple = done;
	if (!l->e.code)
		store->still = hold;
	loop_post(store->loop, run, l);
}

void store_token_put(
	struct store *store, const struct token *token, store_simple_done *done, void *owner)
{
	struct later *l = later(store, owner);
	size_t i = 0;

	l->simple = done;
	while (i < store->n_tokens && strcmp(store->tokens[i].name, token->name) != 0)
		i++;
	assert(i < FAKE_MAX);
	if (!l->e.code) {
		store->tokens[i] = *token;
		store->n_tokens = i == store->n_tokens ? i + 1 : store->n_tokens;
	}
	loop_post(store->loop, run, l);
}

void store_token_remove(struct store *store, const char *name, store_simple_done *done, void *owner)
{
	struct later *l = later(store, owner);

	l->simple = done;
	for (size_t i = 0; i < store->n_tokens; i++)
		if (strcmp(store->tokens[i].name, name) == 0)
			store->tokens[i] = store->tokens[--store->n_tokens];
	loop_post(store->loop, run, l);
}

struct event *add_event(struct world *w, enum event_kind kind)
{
	struct event *event = &w->store.events[w->store.n_events++];

	event->seq = (int64_t)w->store.n_events;
	event->at = 1780272000000;
	event->kind = kind;
	event->bytes_done = event->bytes_total = -1;
	if (!w->store.oldest)
		w->store.oldest = 1;
	return event;
}
