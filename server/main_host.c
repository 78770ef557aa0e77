#include "server/main_host.h"

#include "server/base/alloc.h"
#include "server/base/check.h"
#include "server/base/text.h"
#include "server/config.h"
#include "server/host.h"
#include "server/loop.h"
#include "server/worker.h"

#include <stdlib.h>
#include <string.h>

enum { EVERY = 60000 };

struct main_host {
	struct work work; /* first */
	struct loop *loop;
	struct worker *worker;
	struct engine *engine;
	const char *folder;
	struct loop_timer *timer;
	struct host_room room; /* the worker's while it works */
};

static void look(struct work *work)
{
	struct main_host *host = (struct main_host *)work;

	host_look(&host->room, host->folder);
}

static void looked(struct work *work)
{
	struct main_host *host = (struct main_host *)work;

	engine_host(host->engine, &(struct host_facts){ .at = loop_wall(host->loop),
					  .disk_free = host->room.disk_free,
					  .memory_free = host->room.memory_free,
					  .uptime_s = host->room.uptime_s });
	loop_timer_set(host->timer, loop_now(host->loop) + EVERY);
}

static void due(void *owner)
{
	struct main_host *host = owner;

	worker_submit(host->worker, &host->work);
}

struct main_host *main_host_new(
	struct loop *loop, struct worker *work, struct engine *engine, const char *folder)
{
	struct main_host *host = xcalloc(1, sizeof *host);

	host->work = (struct work){ .run = look, .done = looked };
	host->loop = loop;
	host->worker = work;
	host->engine = engine;
	host->folder = folder;
	host->timer = loop_timer_new(loop, due, host);
	due(host);
	return host;
}

void main_host_free(struct main_host *host)
{
	if (host)
		loop_timer_free(host->timer);
	free(host);
}

static enum err_code read_policy(struct policy *out, const struct config_policy *c, struct err *e)
{
	if (c->auto_update)
		(void)auto_update_parse(&out->auto_update, c->auto_update); /* config checked it */
	out->window.set = c->window != NULL;
	if (c->window && !window_parse(&out->window, c->window))
		return err_set(e, ERR_INVALID, "policy.window: must be like \"02:00-05:00\"");
	for (size_t i = 0; i < c->n_window_days; i++)
		out->window.days |= (uint8_t)(1U << window_day_parse(c->window_days[i]));
	(void)text_copy(
		out->window.zone, sizeof out->window.zone, c->time_zone ? c->time_zone : "");
	out->min_battery_percent = (uint8_t)c->min_battery_percent;
	out->min_lqi = (uint8_t)c->min_lqi;
	out->max_attempts = (uint8_t)c->max_attempts;
	if (out->auto_update == AUTO_WINDOW && !c->window)
		return err_set(e, ERR_INVALID, "policy.auto_update: \"window\" needs a window");
	return OK;
}

static enum err_code check_zone(const struct policy *policy, struct err *e)
{
	struct zones *zones = zones_new("/usr/share/zoneinfo");
	const struct tz *tz;
	enum err_code r = OK;

	if (policy->window.zone[0])
		r = zones_get(zones, &tz, policy->window.zone, e);
	zones_free(zones);
	return r == OK ? OK : err_prefix(e, "policy.time_zone: ");
}

enum err_code main_engine_options(
	struct engine_options *out, const struct config *config, struct err *e)
{
	enum err_code r = read_policy(&out->defaults, &config->policy, e);

	out->give_up_after_s = config->give_up_after_s;
	out->upgrade_delay_s = config->upgrade_delay_s;
	out->transfers_per_adapter = config->policy.transfers;
	out->wifi_channels = config->policy.wifi_channels;
	return r == OK ? check_zone(&out->defaults, e) : r;
}

void main_tell_ports(struct engine *engine, const struct config *config)
{
	for (size_t i = 0; i < config->n_adapters; i++) {
		const struct config_adapter *c = &config->adapters[i];
		struct host_port port = { .known = false };
		struct port_facts facts = { .known = false };

		if (c->port)
			host_port_look(&port, c->port, "/sys");
		facts.known = port.known;
		facts.usb3 = port.usb3;
		(void)text_copy(facts.what, sizeof facts.what, port.what);
		engine_adapter_port(engine, c->id, &facts);
	}
}

enum log_level main_log_level(const char *name)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return (enum log_level)i;
	return LOG_LEVEL_INFO;
}
