#include "api/supervisor_mqtt.h"

#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/loop.h"
#include "server/supervisor.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 15 * 1000, KNOWN_LOOK_MS = 60 * 1000 };

struct supervisor_mqtt {
	struct loop *loop;
	struct supervisor *supervisor;
	struct loop_timer *timer;
	struct found_broker known; /* host "": none yet */
	char trouble[216];         /* told last */
	void (*found)(void *owner, const struct found_broker *broker);
	void *owner;
};

static void say_trouble(struct supervisor_mqtt *m, const struct err *e)
{
	if (strcmp(m->trouble, e->text) != 0) /* each look ends alike: once is enough */
		log_info("mqtt=none \"%s; asked again and again\"", e->text);
	(void)text_copy(m->trouble, sizeof m->trouble, e->text);
}

static void on_answer(void *owner, unsigned status, struct span body, const struct err *failed)
{
	struct supervisor_mqtt *m = owner;
	struct found_broker broker = { 0 };
	struct err e = *failed;

	if (e.code == ERR_BUSY) /* stopping */
		return;
	if (!e.code)
		e.code = supervisor_read_broker(&broker, status, body, &e);
	if (e.code) {
		if (!m->known.host[0]) /* one that is known may be restarting */
			say_trouble(m, &e);
	} else if (!same_broker(&broker, &m->known)) {
		log_info("mqtt host=%s port=%u user=%s tls=%d \"the broker of Home Assistant\"",
			broker.host, broker.port, broker.user, broker.tls);
		m->known = broker;
		m->trouble[0] = '\0';
		m->found(m->owner, &m->known);
	}
	explicit_bzero(&broker, sizeof broker);
	loop_timer_set(m->timer, loop_now(m->loop) + (m->known.host[0] ? KNOWN_LOOK_MS : LOOK_MS));
}

static void on_due(void *owner)
{
	struct supervisor_mqtt *m = owner;

	supervisor_ask(m->supervisor, "GET", "/services/mqtt", NULL, on_answer, m);
}

struct supervisor_mqtt *supervisor_mqtt_new(struct loop *loop, struct supervisor *supervisor,
	void (*found)(void *owner, const struct found_broker *broker), void *owner)
{
	struct supervisor_mqtt *m = xcalloc(1, sizeof *m);

	m->loop = loop;
	m->supervisor = supervisor;
	m->found = found;
	m->owner = owner;
	m->timer = loop_timer_new(loop, on_due, m);
	loop_timer_set(m->timer, loop_now(loop));
	return m;
}

void supervisor_mqtt_free(struct supervisor_mqtt *m)
{
	if (!m)
		return;
	loop_timer_free(m->timer);
	explicit_bzero(&m->known, sizeof m->known);
	free(m);
}
