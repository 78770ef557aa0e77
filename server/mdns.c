#include "server/mdns.h"

#include "server/base/alloc.h"
#include "server/base/check.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/mdns_private.h"

#include <stdlib.h>
#include <string.h>

/* Avahi's numbers of a group's state. */
enum { GROUP_ESTABLISHED = 2, GROUP_COLLISION = 3, GROUP_FAILURE = 4 };

static int on_owner(sd_bus_message *signal, void *owner, sd_bus_error *error)
{
	struct mdns *m = owner;
	const char *name = NULL, *before = NULL, *after = NULL;

	(void)error;
	if (m->bus.library->read(signal, "sss", &name, &before, &after) < 0)
		return 0;
	mdns_forget_call(m);
	m->group[0] = '\0';
	if (*after)
		mdns_start_over(m);
	else
		log_info("mdns=gone \"Avahi was stopped\"");
	return 0;
}

static int on_server_state(sd_bus_message *signal, void *owner, sd_bus_error *error)
{
	struct mdns *m = owner;
	int state = 0;

	(void)error;
	if (m->bus.library->read(signal, "i", &state) >= 0)
		mdns_take_state(m, state);
	return 0;
}

static int on_group_state(sd_bus_message *signal, void *owner, sd_bus_error *error)
{
	struct mdns *m = owner;
	const char *path = m->bus.library->path(signal);
	int state = 0;

	(void)error;
	if (!path || strcmp(path, m->group) != 0 || m->bus.library->read(signal, "i", &state) < 0)
		return 0;
	if (state == GROUP_COLLISION)
		mdns_take_other_name(m);
	if (state == GROUP_FAILURE) {
		mdns_say(m, "Avahi cannot");
		mdns_drop_group(m);
		mdns_try_later(m);
	}
	if (state == GROUP_ESTABLISHED) {
		log_info("mdns=announced name=\"%s\" type=%s port=%u", m->name, m->type,
			m->place.port);
		m->said = false;
		m->collisions = 0;
		m->pause = MDNS_FIRST_PAUSE_MS;
	}
	return 0;
}

static int on_listening(sd_bus_message *answer, void *owner, sd_bus_error *error)
{
	struct mdns *m = owner;

	(void)error;
	if (!m->bus.library->error(answer))
		mdns_start_over(m);
	else
		mdns_say(m, "the system's D-Bus gives no signals");
	return 0;
}

/* Signals are ordered before the first question, so that no change falls between the two. */
static int listen_to_avahi(struct mdns *m)
{
	static const char owners[] =
		"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
		"member='NameOwnerChanged',arg0='" AVAHI "'";
	static const char states[] = "type='signal',sender='" AVAHI "',interface='" AVAHI
				     ".Server',member='StateChanged'";
	static const char groups[] = "type='signal',sender='" AVAHI "',interface='" AVAHI
				     ".EntryGroup',member='StateChanged'";
	const struct bus_library *l = m->bus.library;
	int r = l->match(m->bus.sd, &m->signals[0], states, on_server_state, NULL, m);

	if (r >= 0)
		r = l->match(m->bus.sd, &m->signals[1], groups, on_group_state, NULL, m);
	if (r >= 0)
		r = l->match(m->bus.sd, &m->signals[2], owners, on_owner, on_listening, m);
	bus_flush(&m->bus);
	return r;
}

static void hang_up(struct mdns *m)
{
	if (!m->bus.sd)
		return;
	mdns_forget_call(m);
	for (size_t i = 0; i < ARRAY_SIZE(m->signals); i++)
		m->signals[i] = m->bus.library->forget(m->signals[i]);
	bus_close(&m->bus);
	m->group[0] = '\0';
}

static void on_lost(void *owner, const struct err *e)
{
	struct mdns *m = owner;

	hang_up(m);
	mdns_say(m, e->text);
	mdns_try_later(m);
}

static void on_again(void *owner)
{
	struct mdns *m = owner;
	struct err e;

	if (m->bus.sd) {
		mdns_start_over(m);
	} else if (bus_open(&m->bus, m->loop, on_lost, m, &e) != OK) {
		m->bus = (struct bus){ 0 };
		mdns_say(m, e.text);
		mdns_try_later(m);
	} else if (listen_to_avahi(m) < 0) {
		hang_up(m);
		mdns_say(m, "the system's D-Bus does not listen");
		mdns_try_later(m);
	}
}

struct mdns *mdns_new(const struct mdns_options *options)
{
	struct mdns *m = xcalloc(1, sizeof *m);

	m->loop = options->loop;
	m->place = options->place;
	(void)text_copy(m->name, sizeof m->name, options->name); /* cut as the header says */
	m->type = xstrdup(options->type);
	for (; m->n_texts < MDNS_TEXTS_MAX && options->texts[m->n_texts]; m->n_texts++)
		m->texts[m->n_texts] = xstrdup(options->texts[m->n_texts]);
	m->pause = MDNS_FIRST_PAUSE_MS;
	m->again = loop_timer_new(m->loop, on_again, m);
	loop_timer_set(m->again, loop_now(m->loop));
	return m;
}

void mdns_free(struct mdns *m)
{
	if (!m)
		return;
	hang_up(m);
	loop_timer_free(m->again);
	for (size_t i = 0; i < m->n_texts; i++)
		free(m->texts[i]);
	free(m->type);
	free(m);
}
