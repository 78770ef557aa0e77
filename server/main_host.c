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
		engine_adapter_transfers(engine, c->id, c->transfers);
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
