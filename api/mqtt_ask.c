#include "api/context.h"
#include "api/ha_command.h"
#include "api/mqtt_parts.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdlib.h>

enum { COMPLAIN_EVERY_MS = 10000 };

static const char principal[] = "mqtt"; /* the broker does not tell who it was */

struct front_ask { /* a command that waits for the engine */
	struct front_ask *next, **at;
	struct mqtt_front *front;
	char lock[LOCK_ID_SIZE];
	bool install;
};

static struct front_ask *ask_new(struct mqtt_front *front, const char *lock, bool install)
{
	struct front_ask *ask = xcalloc(1, sizeof *ask);

	ask->front = front;
	ask->install = install;
	ask->next = front->asks;
	ask->at = &front->asks;
	if (ask->next)
		ask->next->at = &ask->next;
	front->asks = ask;
	(void)text_copy(ask->lock, sizeof ask->lock, lock);
	return ask;
}

static void ask_free(struct front_ask *ask)
{
	*ask->at = ask->next;
	if (ask->next)
		ask->next->at = ask->at;
	free(ask);
}

void front_asks_free(struct mqtt_front *front)
{
	while (front->asks) {
		struct front_ask *ask = front->asks;

		front->asks = ask->next;
		free(ask);
	}
}

/* MQTT has no answer: an install that was refused shows as a problem of the lock and as an event.
 * A cancel that came too late does not: the update goes on. */
static void refuse(struct mqtt_front *front, const char *id, bool install, const struct err *e)
{
	struct front_lock *lock = front_lock(front, id, true);

	log_warn("mqtt lock=%s refused reason=%s", id, e->reason);
	if (!lock || !install)
		return;
	lock->refused = *e;
	front_add_result(front, id, ha_refusal(e, loop_wall(front->api->options.loop)));
	front_look(front, lock);
}

static void over(struct front_ask *ask, const struct err *e)
{
	struct mqtt_front *front = ask->front;
	struct front_lock *lock = front_lock(front, ask->lock, false);

	if (e && e->code) {
		refuse(front, ask->lock, ask->install, e);
	} else if (lock) {
		lock->refused.code = OK;
		front_look(front, lock);
	}
	ask_free(ask);
}

static void job_done(
	void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	(void)job;
	(void)answer;
	over(owner, e);
}

static void lock_done(void *owner, const struct err *e, const struct lock *lock)
{
	(void)lock;
	over(owner, e);
}

static void install(struct mqtt_front *front, const char *lock, const struct ha_command *command)
{
	const struct job_request request = { .lock = lock,
		.has_version = command->has_version,
		.version = command->version,
		.requested_by = principal };
	struct front_lock *slot = front_lock(front, lock, true);

	if (slot)
		slot->insist_until = loop_now(front->api->options.loop) + FRONT_INSIST;
	engine_create_job(
		front->api->options.engine, &request, job_done, ask_new(front, lock, true));
}

static void cancel(struct mqtt_front *front, const char *lock)
{
	struct engine *engine = front->api->options.engine;
	const struct job *job = engine_active_job(engine, lock);

	if (job)
		engine_cancel_job(engine, job->id, job_done, ask_new(front, lock, false));
	else
		log_info("mqtt lock=%s there is nothing to cancel", lock);
}

static void check(struct mqtt_front *front, const char *lock)
{
	struct check found;
	struct err e;

	if (engine_check(front->api->options.engine, lock, &found, &e) != OK)
		refuse(front, lock, false, &e);
}

static void started(struct mqtt_front *front, const char *lock)
{
	struct err e;

	if (engine_wake_now(front->api->options.engine, lock, &e) != OK)
		refuse(front, lock, false, &e);
}

static void dismiss(struct mqtt_front *front, const char *lock)
{
	static const struct lock_patch patch = { .min_battery_percent = -1,
		.dismiss_problem = true };

	engine_put_lock(front->api->options.engine, lock, &patch, false, lock_done,
		ask_new(front, lock, false));
}

/* Whoever can publish there can fill the log, too: now and then one line must do. */
static void complain(struct mqtt_front *front, const char *what)
{
	msec now = loop_now(front->api->options.loop);

	if (front->complained_at && now - front->complained_at < COMPLAIN_EVERY_MS)
		return;
	front->complained_at = now;
	log_warn("mqtt command ignored: %s", what);
}

static bool may_ask(struct mqtt_front *front, const char *id)
{
	msec now = loop_now(front->api->options.loop);
	struct front_lock *lock = front_lock(front, id, true);

	if (!lock)
		return false;
	if (now - lock->since >= FRONT_COMMAND_WINDOW) {
		lock->since = now;
		lock->commands = 0;
	}
	return lock->commands++ < FRONT_COMMANDS_MAX;
}

static void do_command(struct mqtt_front *front, const char *lock, const struct ha_command *command)
{
	switch (command->action) {
	case HA_INSTALL:
		install(front, lock, command);
		return;
	case HA_CANCEL:
		cancel(front, lock);
		return;
	case HA_CHECK:
		check(front, lock);
		return;
	case HA_DISMISS:
		dismiss(front, lock);
		return;
	case HA_STARTED:
		started(front, lock);
		return;
	}
}

void front_command(struct mqtt_front *front, const char *lock, struct span payload)
{
	struct ha_command command;
	struct err e;

	if (!front->api->ready)
		complain(front, "the service is starting or stopping");
	else if (!engine_lock(front->api->options.engine, lock))
		complain(front, "there is no such lock");
	else if (!may_ask(front, lock))
		complain(front, "too many commands for one lock");
	else if (ha_command_read(&command, payload, &e) != OK)
		complain(front, "it is not one of ours, see docs/home-assistant.md");
	else
		do_command(front, lock, &command);
}
