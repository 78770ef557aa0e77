#include "server/base/log.h"
#include "server/base/text.h"
#include "server/mdns_private.h"

#include <string.h>
#include <sys/socket.h>

enum {
	CALL_US = 10 * 1000 * 1000, /* nobody waits longer for an answer of Avahi */
	COLLISIONS_MAX = 16,        /* in a row, before a pause */
};

/* Numbers of Avahi's interface. */
enum { SERVER_REGISTERING = 1, SERVER_RUNNING = 2, SERVER_COLLISION = 3 };
enum { ANY_INTERFACE = -1, ANY_FAMILY = -1, FOUR = 0, SIX = 1 };

static const char avahi[] = AVAHI, server[] = AVAHI ".Server", group[] = AVAHI ".EntryGroup";

struct question {
	const char *path, *interface, *member;
	int (*fill)(struct mdns *m, sd_bus_message *message); /* NULL: nothing to say */
	sd_bus_message_handler_t on; /* NULL: nobody waits for the answer */
};

void mdns_forget_call(struct mdns *m)
{
	if (m->call)
		m->call = m->bus.library->forget(m->call);
}

void mdns_try_later(struct mdns *m)
{
	mdns_forget_call(m);
	loop_timer_set(m->again, loop_now(m->loop) + m->pause);
	m->pause = m->pause * 2 < MDNS_LAST_PAUSE_MS ? m->pause * 2 : MDNS_LAST_PAUSE_MS;
}

void mdns_say(struct mdns *m, const char *why)
{
	if (!m->said)
		log_info("mdns=none \"not announced in the network: %s\"", why);
	m->said = true;
}

static int put(struct mdns *m, const struct question *q)
{
	const struct bus_library *l = m->bus.library;
	sd_bus_message *message = NULL;
	int r = l->new_call(m->bus.sd, &message, avahi, q->path, q->interface, q->member);

	if (r >= 0) /* a user who has switched Avahi off does not want it started */
		r = l->auto_start(message, 0);
	if (r >= 0 && q->fill)
		r = q->fill(m, message);
	mdns_forget_call(m);
	if (r >= 0)
		r = l->call(
			m->bus.sd, q->on ? &m->call : NULL, message, q->on, m, q->on ? CALL_US : 0);
	l->release(message);
	bus_flush(&m->bus);
	return r;
}

static void ask(struct mdns *m, const struct question *q)
{
	int r = put(m, q);

	if (r >= 0)
		return;
	mdns_say(m, strerror(-r));
	mdns_try_later(m);
}

static bool is_absent(const sd_bus_error *error)
{
	return !strcmp(error->name, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
	       !strcmp(error->name, SD_BUS_ERROR_NAME_HAS_NO_OWNER);
}

/* The answer to what was asked last. False: there is none to be had, and that was dealt with. */
static bool answered(struct mdns *m, sd_bus_message *answer)
{
	const sd_bus_error *error = m->bus.library->error(answer);

	mdns_forget_call(m);
	if (!error)
		return true;
	if (is_absent(error)) { /* its coming is a signal */
		mdns_say(m, "no Avahi runs on this machine");
		return false;
	}
	mdns_say(m, error->message ? error->message : error->name);
	mdns_try_later(m);
	return false;
}

void mdns_drop_group(struct mdns *m)
{
	if (m->group[0])
		(void)put(m, &(struct question){ m->group, group, "Free", NULL,
				     NULL }); /* it may be gone already */
	m->group[0] = '\0';
}

static int fill_name(struct mdns *m, sd_bus_message *message)
{
	return m->bus.library->append(message, "s", m->name);
}

static int on_other_name(sd_bus_message *answer, void *owner, sd_bus_error *error)
{
	struct mdns *m = owner;
	const char *name = NULL;

	(void)error;
	if (!answered(m, answer))
		return 0;
	if (m->bus.library->read(answer, "s", &name) < 0 || !*name) {
		mdns_try_later(m);
		return 0;
	}
	(void)text_copy(m->name, sizeof m->name, name);
	mdns_start_over(m);
	return 0;
}

void mdns_take_other_name(struct mdns *m)
{
	log_info("mdns name=\"%s\" \"another one in the network has it\"", m->name);
	mdns_drop_group(m);
	if (++m->collisions % COLLISIONS_MAX)
		ask(m, &(struct question){ "/", server, "GetAlternativeServiceName", fill_name,
			       on_other_name });
	else
		mdns_try_later(m);
}

static int on_commit(sd_bus_message *answer, void *owner, sd_bus_error *error)
{
	(void)error;
	(void)answered(owner, answer); /* what comes of it is a signal */
	return 0;
}

static int on_added(sd_bus_message *answer, void *owner, sd_bus_error *unused)
{
	struct mdns *m = owner;
	const sd_bus_error *error = m->bus.library->error(answer);

	(void)unused;
	if (error && !strcmp(error->name, AVAHI ".CollisionError"))
		mdns_take_other_name(m); /* on this machine already */
	else if (answered(m, answer))
		ask(m, &(struct question){ m->group, group, "Commit", NULL, on_commit });
	return 0;
}

static int append_texts(struct mdns *m, sd_bus_message *message)
{
	const struct bus_library *l = m->bus.library;
	int r = l->open_container(message, 'a', "ay");

	for (size_t i = 0; r >= 0 && i < m->n_texts; i++)
		r = l->append_array(message, 'y', m->texts[i], strlen(m->texts[i]));
	return r < 0 ? r : l->close_container(message);
}

static int fill_service(struct mdns *m, sd_bus_message *message)
{
	int interface = m->place.interface ? m->place.interface : ANY_INTERFACE;
	int family = m->place.family == AF_INET    ? FOUR
		     : m->place.family == AF_INET6 ? SIX
						   : ANY_FAMILY;
	/* no flags, the usual domain, the host's own name */
	int r = m->bus.library->append(message, "iiussssq", interface, family, 0U, m->name, m->type,
		"", "", (unsigned)m->place.port);

	return r < 0 ? r : append_texts(m, message);
}

static int on_group(sd_bus_message *answer, void *owner, sd_bus_error *error)
{
	struct mdns *m = owner;
	const char *path = NULL;

	(void)error;
	if (!answered(m, answer))
		return 0;
	if (m->bus.library->read(answer, "o", &path) < 0 ||
		!text_copy(m->group, sizeof m->group, path)) {
		m->group[0] = '\0';
		mdns_try_later(m);
		return 0;
	}
	ask(m, &(struct question){ m->group, group, "AddService", fill_service, on_added });
	return 0;
}

void mdns_take_state(struct mdns *m, int state)
{
	if (state == SERVER_RUNNING && !m->group[0] && !m->call)
		ask(m, &(struct question){ "/", server, "EntryGroupNew", NULL, on_group });
	else if (state == SERVER_REGISTERING || state == SERVER_COLLISION)
		mdns_drop_group(m); /* the host's name becomes another one */
}

static int on_state(sd_bus_message *answer, void *owner, sd_bus_error *error)
{
	struct mdns *m = owner;
	int state = 0;

	(void)error;
	if (answered(m, answer) && m->bus.library->read(answer, "i", &state) >= 0)
		mdns_take_state(m, state);
	return 0;
}

void mdns_start_over(struct mdns *m)
{
	loop_timer_set(m->again, 0);
	m->group[0] = '\0';
	ask(m, &(struct question){ "/", server, "GetState", NULL, on_state });
}
