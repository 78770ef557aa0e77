/* The stick's end of a stream in the same process. */
#include "server/base/alloc.h"
#include "tests/sim/sim_znp_private.h"

#include <stdlib.h>

struct mt_stream {
	struct stream base;  /* first */
	struct sim_znp *znp; /* NULL: closed */
	struct sim_events *events;
};

static void write_bytes(struct stream *s, struct span bytes)
{
	struct mt_stream *m = (struct mt_stream *)s;

	if (m->znp)
		sim_znp_input(m->znp, bytes);
}

static void set_lines(struct stream *s, bool dtr, bool rts)
{
	(void)s;
	(void)dtr;
	(void)rts;
}

static void free_stream(struct stream *s)
{
	struct mt_stream *m = (struct mt_stream *)s;

	if (m->znp) {
		sim_events_drop(m->events, m, NULL);
		m->znp->stream = NULL;
	}
	free(m);
}

static const struct stream_ops OPS = { write_bytes, set_lines, free_stream };

static void opened(void *owner, const void *data, size_t size)
{
	struct mt_stream *m = owner;

	(void)data;
	(void)size;
	m->base.to->opened(m->base.owner);
}

void mt_stream_bytes(struct mt_stream *stream, struct span bytes)
{
	stream->base.to->bytes(stream->base.owner, bytes);
}

/* why NULL: the stick is gone for good; the stream only stays to be freed. */
void mt_stream_close(struct mt_stream *stream, const char *why)
{
	struct err e;

	sim_events_drop(stream->events, stream, NULL);
	stream->znp->stream = NULL;
	stream->znp = NULL;
	if (!why)
		return;
	err_set(&e, ERR_IO, "%s", why);
	stream->base.to->closed(stream->base.owner, &e);
}

static enum err_code open_stream(const struct stream_factory *f, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e)
{
	struct sim_znp *znp = f->ctx;
	struct mt_stream *m;

	if (znp->unplugged)
		return err_set(e, ERR_IO, "the simulated stick is unplugged");
	if (znp->stream)
		return err_set(e, ERR_BUSY, "the simulated stick is in use");
	m = xcalloc(1, sizeof *m);
	m->base = (struct stream){ .ops = &OPS, .to = events, .owner = owner };
	m->znp = znp;
	m->events = znp->events;
	znp->stream = m;
	znp->parser.have = 0;
	sim_events_add(znp->events, (struct sim_event){ .fn = opened, .owner = m });
	*out = &m->base;
	return OK;
}

struct stream_factory sim_znp_factory(struct sim_znp *znp)
{
	return (struct stream_factory){ .open = open_stream, .ctx = znp };
}
