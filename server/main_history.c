#include "server/main_history.h"

#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/config.h"
#include "server/loop.h"

#include <stdlib.h>

enum { FIRST_MS = 5000, PAUSE_MS = 1000, IDLE_MS = 600 * 1000, DAY_MS = 86400000 };

struct main_history {
	struct loop *loop;
	struct store *store;
	const struct config *config;
	struct loop_timer *timer;
};

/* Portion after portion with a second between them: others' commits come in between. */
static void pruned(void *owner, const struct err *e, bool more)
{
	struct main_history *h = owner;

	if (e->code)
		log_warn("store=prune error=%s \"%s\"", e->reason, e->text);
	loop_timer_set(h->timer, loop_now(h->loop) + (more ? PAUSE_MS : IDLE_MS));
}

static void on_time(void *owner)
{
	struct main_history *h = owner;
	int64_t now = loop_wall(h->loop);
	const struct retention retention = { .now = now,
		.before = now - (int64_t)h->config->history_days * DAY_MS,
		.max_size = (int64_t)h->config->history_mb << 20 };

	store_prune(h->store, &retention, pruned, h);
}

struct main_history *main_history_new(
	struct loop *loop, struct store *store, const struct config *config)
{
	struct main_history *h = xcalloc(1, sizeof *h);

	*h = (struct main_history){ .loop = loop, .store = store, .config = config };
	h->timer = loop_timer_new(loop, on_time, h);
	loop_timer_set(h->timer, loop_now(loop) + FIRST_MS);
	return h;
}

void main_history_free(struct main_history *history)
{
	if (!history)
		return;
	loop_timer_free(history->timer);
	free(history);
}
