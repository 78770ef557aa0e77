#include "tests/sim/ezsp_host.h"

#include "server/base/text.h"
#include "server/base/wire.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_MSEC = 6000 };

/* --- bytes --- */

void ezsp_host_bytes(struct ezsp_host *h, struct span bytes)
{
	h->stream->ops->write(h->stream, bytes);
}

void ezsp_host_hex(struct ezsp_host *h, const char *wire)
{
	uint8_t raw[ASH_WIRE_MAX];
	size_t n = 0;

	if (!text_unhex(raw, sizeof raw, &n, wire))
		abort();
	ezsp_host_bytes(h, (struct span){ raw, n });
}

static void send_frame(struct ezsp_host *h, const struct ash_frame *f)
{
	uint8_t wire[ASH_WIRE_MAX];

	ezsp_host_bytes(h, (struct span){ wire, ash_encode(wire, f, false) });
}

static void take_data(struct ezsp_host *h, const struct ash_frame *f)
{
	struct ash_frame ack = { .control = ASH_ACK };
	bool fresh = (f->control >> 4 & 7) == h->expected;

	h->repeats += (f->control & 8) != 0;
	if (fresh && !h->mute)
		h->expected = (h->expected + 1) & 7;
	if (fresh && f->data[1] & 0x10)
		h->kept[h->callbacks++ % EZSP_KEPT] = *f;
	else if (fresh) {
		h->last = *f;
		h->responses++;
	}
	ack.control |= h->expected;
	if (!h->mute)
		send_frame(h, &ack);
}

static void take(struct ezsp_host *h, const struct ash_frame *f)
{
	if (!(f->control & 0x80))
		take_data(h, f);
	h->acks += (f->control & 0xE0) == ASH_ACK;
	h->naks += (f->control & 0xE0) == ASH_NAK;
	h->rstacks += f->control == ASH_RSTACK;
	h->errors += f->control == ASH_ERROR;
	if (f->control == ASH_RSTACK || f->control == ASH_ERROR)
		h->last_code = f->data[1];
}

static void bytes(void *owner, struct span s)
{
	struct ezsp_host *h = owner;
	struct ash_frame f;

	for (size_t i = 0; i < s.size; i++) {
		if (h->raw_size < sizeof h->raw)
			h->raw[h->raw_size++] = s.data[i];
		if (ash_feed(&h->reader, s.data[i], &f) == ASH_FRAME)
			take(h, &f);
	}
}

static void opened(void *owner)
{
	(void)owner;
}

static void closed(void *owner, const struct err *why)
{
	(void)why;
	((struct ezsp_host *)owner)->closed = true;
}

static const struct stream_events EVENTS = { opened, bytes, closed };

/* --- life --- */

void ezsp_host_start(struct ezsp_host *h, const struct sim_network_options *network,
	const struct sim_ezsp_options *options)
{
	struct stream_factory f;

	*h = (struct ezsp_host){ .version = options->version };
	h->loop = loop_new();
	h->network = sim_network_new(h->loop, network);
	h->ezsp = sim_ezsp_new(h->network, options);
	h->stick = sim_ezsp_stick(h->ezsp);
	f = h->stick.kind->factory(h->stick.self);
	if (f.open(&f, &h->stream, &EVENTS, h, NULL))
		abort();
}

void ezsp_host_stop(struct ezsp_host *h)
{
	h->stream->ops->free(h->stream);
	sim_ezsp_free(h->ezsp);
	sim_network_free(h->network);
	loop_free(h->loop);
}

/* --- commands --- */

static void put_header(struct ezsp_host *h, struct wire_out *w, uint16_t id)
{
	wire_put_u8(w, h->sequence++);
	wire_put_u8(w, 0);
	if (h->version >= 8) {
		wire_put_u8(w, 1);
		wire_put_u16(w, id);
		return;
	}
	if (h->version >= 5)
		wire_put(w, "\xFF\0", 2);
	wire_put_u8(w, (uint8_t)id);
}

static void send_data(struct ezsp_host *h, struct span ezsp)
{
	struct ash_frame f = { .size = (uint8_t)ezsp.size };

	f.control = (uint8_t)(h->next << 4 | h->expected);
	h->next = (h->next + 1) & 7;
	memcpy(f.data, ezsp.data, ezsp.size);
	send_frame(h, &f);
}

void ezsp_host_send(struct ezsp_host *h, uint16_t id, const char *parameters)
{
	uint8_t raw[ASH_DATA_MAX], body[ASH_DATA_MAX];
	struct wire_out w = wire_out(raw, sizeof raw);
	size_t n = 0;

	if (!text_unhex(body, sizeof body, &n, parameters))
		abort();
	put_header(h, &w, id);
	wire_put(&w, body, n);
	send_data(h, wire_span(&w));
}

static bool answered(void *arg)
{
	const struct ezsp_host *h = arg;

	return h->responses > 0;
}

static size_t header_size(uint8_t version)
{
	return version >= 5 ? 5 : 3;
}

static const char *parameters_of(const struct ezsp_host *h, const struct ash_frame *f)
{
	static char hex[2 * ASH_DATA_MAX + 1];
	size_t at = header_size(h->version);

	text_hex(hex, (struct span){ f->data + at, f->size - at });
	return hex;
}

const char *ezsp_host_call(struct ezsp_host *h, uint16_t id, const char *parameters)
{
	h->responses = 0;
	ezsp_host_send(h, id, parameters);
	if (!loop_run_while_not(h->loop, answered, h, PATIENCE_MSEC))
		return NULL;
	return parameters_of(h, &h->last);
}

void ezsp_host_connect(struct ezsp_host *h)
{
	char version[3];

	h->next = h->expected = 0;
	ezsp_host_hex(h, "1ac038bc7e");
	loop_run_for(h->loop, 500);
	h->responses = 0;
	send_data(h, (struct span){ (const uint8_t[]){ h->sequence++, 0, 0, h->version }, 4 });
	loop_run_while_not(h->loop, answered, h, PATIENCE_MSEC);
	snprintf(version, sizeof version, "%02x", h->version);
	ezsp_host_call(h, 0x0000, version);
}

void ezsp_host_up(struct ezsp_host *h)
{
	ezsp_host_connect(h);
	ezsp_host_call(h, 0x0053, "12001e"); /* indirect transmissions: 7680 ms */
	ezsp_host_call(h, 0x0002,
		"0104010500000100"
		"1900");
	ezsp_host_call(h, h->version < 6 ? 0x0070 : 0x0017, "0000");
	loop_run_for(h->loop, 500);
}

/* --- callbacks --- */

static uint16_t id_of(const struct ezsp_host *h, const struct ash_frame *f)
{
	if (h->version >= 8)
		return (uint16_t)(f->data[3] | f->data[4] << 8);
	return f->data[h->version >= 5 ? 4 : 2];
}

const char *ezsp_host_heard(const struct ezsp_host *h, uint16_t id)
{
	for (size_t i = h->callbacks; i > 0 && i + EZSP_KEPT > h->callbacks; i--)
		if (id_of(h, &h->kept[(i - 1) % EZSP_KEPT]) == id)
			return parameters_of(h, &h->kept[(i - 1) % EZSP_KEPT]);
	return NULL;
}

size_t ezsp_host_count(const struct ezsp_host *h, uint16_t id)
{
	size_t n = 0;

	for (size_t i = 0; i < h->callbacks && i < EZSP_KEPT; i++)
		n += id_of(h, &h->kept[i]) == id;
	return n;
}
