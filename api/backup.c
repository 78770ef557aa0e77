/* backup.c: the data folder is held still while somebody copies it. Who forgets to say that the
 * copy is done holds it for a quarter of an hour: meanwhile nothing is lost, only the log grows. */
#include "api/context.h"
#include "api/problem.h"
#include "ota/store.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/loop.h"

enum { HOLD_MS = 15 * 60 * 1000 };

static void released(void *owner, const struct err *e)
{
	(void)owner;
	if (e && e->code)
		log_warn("backup=end failed: %s", e->text);
}

static void on_forgotten(void *owner)
{
	struct api *api = owner;

	log_warn("backup=end \"nobody said that the copy is done\"");
	store_hold(api->options.store, false, released, NULL);
}

static void on_held(void *owner, const struct err *e)
{
	struct answer *pending = owner;
	struct api *api = pending->api;
	char until[TEXT_TIME_SIZE];

	if (answer_failed(pending, e))
		return;
	if (!api->hold)
		api->hold = loop_timer_new(api->options.loop, on_forgotten, api);
	loop_timer_set(api->hold, loop_now(api->options.loop) + HOLD_MS);
	log_info("backup=begin");
	text_time(until, loop_wall(api->options.loop) + HOLD_MS);
	reply_json(pending->reply, 200, json_pack("{s:s}", "until", until));
	answer_free(pending);
}

void backup_begin(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;

	store_hold(api->options.store, true, on_held, answer_new(api, request, reply));
}

static void on_released(void *owner, const struct err *e)
{
	struct answer *pending = owner;

	if (answer_failed(pending, e))
		return;
	log_info("backup=end");
	reply_nothing(pending->reply);
	answer_free(pending);
}

void backup_end(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;

	if (api->hold)
		loop_timer_set(api->hold, 0);
	store_hold(api->options.store, false, on_released, answer_new(api, request, reply));
}
