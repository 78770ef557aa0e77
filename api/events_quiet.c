/* A wait grows old without an event: after ten minutes of silence its job is not in progress any
 * more. Who watches hears it as progress, which is where that member stands. */
#include "api/context.h"
#include "api/events.h"
#include "server/loop.h"

enum { LOOK_EVERY = 5000 /* ms */ };

static bool is_quiet(const struct engine *engine, const struct job *job)
{
	struct progress progress;

	engine_progress(engine, job->id, &progress);
	return job->phase == JOB_WAITING && !progress.in_progress;
}

/* Where it is among those that were quiet when we looked last; n: it was not. */
static size_t find(const struct api *api, int64_t job)
{
	size_t i = 0;

	while (i < api->quiet.n && api->quiet.jobs[i] != job)
		i++;
	return i;
}

static void forget_others(struct api *api)
{
	const struct engine *engine = api->options.engine;

	for (size_t i = api->quiet.n; i-- > 0;) {
		const struct job *job = engine_active_by_id(engine, api->quiet.jobs[i]);

		if (!job || !is_quiet(engine, job))
			api->quiet.jobs[i] = api->quiet.jobs[--api->quiet.n];
	}
}

static void look(void *owner)
{
	struct api *api = owner;
	const struct engine *engine = api->options.engine;

	loop_timer_set(api->quiet.timer, loop_now(api->options.loop) + LOOK_EVERY);
	forget_others(api);
	for (size_t i = 0; i < engine_active_count(engine); i++) {
		const struct job *job = engine_active_at(engine, i);

		if (api->quiet.n == EVENTS_QUIET_MAX)
			return;
		if (!is_quiet(engine, job) || find(api, job->id) < api->quiet.n)
			continue;
		api->quiet.jobs[api->quiet.n++] = job->id;
		events_moved(api, job);
	}
}

void events_quiet_begin(struct api *api)
{
	api->quiet.timer = loop_timer_new(api->options.loop, look, api);
	loop_timer_set(api->quiet.timer, loop_now(api->options.loop) + LOOK_EVERY);
}

void events_quiet_done(struct api *api)
{
	loop_timer_free(api->quiet.timer);
	api->quiet.timer = NULL;
}
