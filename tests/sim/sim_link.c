#include "tests/sim/sim_link.h"

#include "server/base/alloc.h"

#include <stdlib.h>

struct sim_link_stream {
	struct stream base;    /* first */
	struct sim_link *link; /* NULL: closed */
	struct sim_events *events;
};

static void write_bytes(struct stream *s, struct span bytes)
{
	struct sim_link_stream *m = (struct sim_link_stream *)s;

	if (m->link)
		m->link->input(m->link->owner, bytes);
}

static void set_lines(struct stream *s, bool dtr, bool rts)
{
	(void)s;
	(void)dtr;
	(void)rts;
}

static void free_stream(struct stream *s)
{
	struct sim_link_stream *m = (struct sim_link_stream *)s;

	if (m->link) {
		sim_events_drop(m->events, m, NULL);
		m->link->stream = NULL;
	}
	free(m);
}

static const struct stream_ops OPS = { write_bytes, set_lines, free_stream };

static void opened(void *owner, const void *data, size_t size)
{
	struct sim_link_stream *m = owner;

	(void)data;
	(void)size;
	m->base.to->opened(m->base.owner);
}

void sim_link_put(struct sim_link *link, struct span bytes)
{
	if (link->stream)
		link->stream->base.to->bytes(link->stream->base.owner, bytes);
	else if (link->out)
		link->out(link->out_owner, bytes);
}

void sim_link_close(struct sim_link *link, const char *why)
{
	struct sim_link_stream *m = link->stream;
	struct err e;

	if (!m)
		return;
	sim_events_drop(m->events, m, NULL);
	link->stream = NULL;
	m->link = NULL;
	if (!why)
		return;
	err_set(&e, ERR_IO, "%s", why);
	m->base.to->closed(m->base.owner, &e);
}

static enum err_code open_stream(const struct stream_factory *f, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e)
{
	struct sim_link *link = f->ctx;
	struct sim_link_stream *m;

	if (link->unplugged)
		return err_set(e, ERR_IO, "the simulated stick is unplugged");
	if (link->stream)
		return err_set(e, ERR_BUSY, "the simulated stick is in use");
	m = xcalloc(1, sizeof *m);
	m->base = (struct stream){ .ops = &OPS, .to = events, .owner = owner };
	m->link = link;
	m->events = link->events;
	link->stream = m;
	link->taken(link->owner);
	sim_events_add(link->events, (struct sim_event){ .fn = opened, .owner = m });
	*out = &m->base;
	return OK;
}

struct stream_factory sim_link_factory(struct sim_link *link)
{
	return (struct stream_factory){ .open = open_stream, .ctx = link };
}
