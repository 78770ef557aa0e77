#include "tests/adapters/fake_radio.h"

#include "adapters/zigbee/aps_gate.h"
#include "server/base/alloc.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake *of(const struct radio *r)
{
	return (struct fake *)r;
}

struct confirm {
	struct fake *f;
	struct radio_sent sent;
};

static void deliver(void *arg)
{
	struct confirm *c = arg;

	c->f->radio.to->sent(c->f->radio.owner, &c->sent);
	free(c);
}

static void fake_send(struct radio *r, const struct radio_send *s)
{
	struct fake *f = of(r);
	struct fake_send *to = &f->sends[f->n_sends];
	struct confirm *c;

	if (f->n_sends == FAKE_SENDS || !aps_gate_allows(s))
		abort(); /* a test that sends so much, or what must not be said */
	to->send = *s;
	memcpy(to->bytes, s->payload.data, s->payload.size);
	to->send.payload.data = to->bytes;
	to->at = loop_now(f->loop);
	f->n_sends++;
	if (f->no_confirm)
		return;
	c = xcalloc(1, sizeof *c);
	c->f = f;
	c->sent = (struct radio_sent){
		.tag = s->tag, .result = f->result, .space = "znp", .status = f->status
	};
	loop_post(f->loop, deliver, c);
}

static void up(void *arg)
{
	struct fake *f = arg;

	f->radio.to->state(f->radio.owner, RADIO_UP, NULL);
}

static enum err_code fake_start(struct radio *r, struct err *e)
{
	(void)e;
	loop_post(of(r)->loop, up, r);
	return OK;
}

static void fake_stop(struct radio *r, void (*done)(void *owner), void *owner)
{
	loop_post(of(r)->loop, done, owner);
}

static enum err_code fake_restart(struct radio *r, struct err *e)
{
	(void)r;
	(void)e;
	return OK;
}

static uint8_t fake_block_max(const struct radio *r, uint16_t destination, uint16_t last_hop)
{
	(void)destination;
	(void)last_hop;
	return of(r)->block_max;
}

static bool fake_network(const struct radio *r, struct radio_network *out)
{
	(void)r;
	*out = (struct radio_network){ .channel = 15, .pan_id = 0x4402 };
	return true;
}

static void fake_health(const struct radio *r, struct radio_health *out)
{
	(void)r;
	*out = (struct radio_health){ .firmware = "fake", .resets = 2 };
}

static void fake_radio_free(struct radio *r)
{
	(void)r;
}

static const struct radio_ops radio_ops = {
	.start = fake_start,
	.stop = fake_stop,
	.restart = fake_restart,
	.send = fake_send,
	.block_max = fake_block_max,
	.network = fake_network,
	.health = fake_health,
	.free = fake_radio_free,
};

static struct fake_event *event(struct fake *f, enum fake_event_kind kind)
{
	struct fake_event *e = &f->events[f->n_events++];

	if (f->n_events == FAKE_EVENTS)
		abort();
	e->kind = kind;
	e->at = loop_now(f->loop);
	return e;
}

static void on_state(
	void *owner, struct adapter *from, enum adapter_state state, const struct err *why)
{
	(void)from;
	(void)why;
	event(owner, EVENT_STATE)->state = state;
}

static void on_seen(void *owner, struct adapter *from, const struct lock_seen *seen)
{
	struct fake_event *e = event(owner, EVENT_SEEN);

	(void)from;
	e->seen = *seen;
	snprintf(e->address, sizeof e->address, "%s", seen->address);
	e->seen.address = e->address;
}

static void on_update(void *owner, struct adapter *from, const struct update_report *report)
{
	struct fake *f = owner;
	struct fake_event *e = event(f, EVENT_UPDATE);

	e->update = *report;
	snprintf(e->address, sizeof e->address, "%s", report->address);
	e->update.address = e->address;
	if (report->step == UPDATE_DOWNLOADED && f->decide)
		from->ops->finish(from, e->address, f->decide_delay);
}

static void on_scanned(void *owner, struct adapter *from, const struct err *e)
{
	(void)from;
	(void)e;
	event(owner, EVENT_SCANNED);
}

static const struct adapter_events adapter_events = {
	.state = on_state,
	.seen = on_seen,
	.update = on_update,
	.scanned = on_scanned,
};

static const char *store_get(struct adapter_store *store, const char *key)
{
	struct fake *f = (struct fake *)((char *)store - offsetof(struct fake, store));

	return strcmp(key, f->store_key) == 0 ? f->store_value : NULL;
}

static void store_put(struct adapter_store *store, const char *key, const char *value)
{
	struct fake *f = (struct fake *)((char *)store - offsetof(struct fake, store));

	snprintf(f->store_key, sizeof f->store_key, "%s", value ? key : "");
	snprintf(f->store_value, sizeof f->store_value, "%s", value ? value : "");
}

struct fake *fake_new_empty(void)
{
	struct fake *f = xcalloc(1, sizeof *f);

	f->loop = loop_new();
	f->radio.ops = &radio_ops;
	f->store = (struct adapter_store){ .get = store_get, .put = store_put };
	f->block_max = 63;
	f->result = RADIO_DELIVERED;
	f->decide = true;
	f->decide_delay = 5;
	f->adapter = zigbee_adapter_new(&(struct zigbee_options){ .loop = f->loop,
		.radio = &f->radio,
		.store = &f->store,
		.id = "stick",
		.type = "fake" });
	f->adapter->to = &adapter_events;
	f->adapter->owner = f;
	if (f->adapter->ops->start(f->adapter, NULL) != OK)
		abort();
	loop_run_for(f->loop, 10);
	return f;
}

struct fake *fake_new(void)
{
	struct fake *f = fake_new_empty();

	f->adapter->ops->know(f->adapter, LOCK_NAME,
		&(struct lock_facts){ .known = FACT_MODEL | FACT_NETWORK,
			.model = "V3-BTZBE",
			.manufacturer = "Danalock",
			.network_address = LOCK_ADDRESS,
			.parent = 0xFFFF,
			.endpoint = 1,
			.sleepy = true });
	return f;
}

void fake_free(struct fake *f)
{
	loop_run_for(f->loop, 10);
	f->adapter->ops->free(f->adapter);
	loop_free(f->loop);
	free(f);
}

size_t fake_unhex(uint8_t *out, size_t max, const char *hex)
{
	size_t n = 0;
	unsigned byte;
	int used;

	while (n < max && sscanf(hex, " %2x%n", &byte, &used) == 1) {
		out[n++] = (uint8_t)byte;
		hex += used;
	}
	return n;
}

void fake_hear_as(struct fake *f, const struct radio_message *m, const char *hex)
{
	uint8_t bytes[256];
	struct radio_message copy = *m;
	uint8_t *exact;

	copy.payload.size = fake_unhex(bytes, sizeof bytes, hex);
	exact = xmemdup(bytes, copy.payload.size); /* so that the sanitizer sees an overrun */
	copy.payload.data = exact;
	f->radio.to->message(f->radio.owner, &copy);
	free(exact);
}

void fake_hear(struct fake *f, uint16_t cluster, const char *hex)
{
	fake_hear_as(f,
		&(struct radio_message){ .source = LOCK_ADDRESS,
			.source_endpoint = 1,
			.endpoint = 1,
			.profile = 0x0104,
			.cluster = cluster,
			.lqi = 100,
			.last_hop = RADIO_NO_ADDRESS },
		hex);
}

static size_t taken; /* each test has a process of its own */

const struct fake_send *fake_next(struct fake *f)
{
	return taken < f->n_sends ? &f->sends[taken++] : NULL;
}

const char *fake_next_hex(struct fake *f)
{
	static char text[3 * RADIO_PAYLOAD_MAX + 1];
	const struct fake_send *s = fake_next(f);

	text[0] = '\0';
	if (!s || s->send.payload.size == 0)
		return text;
	for (size_t i = 0; i < s->send.payload.size; i++)
		snprintf(text + 3 * i, sizeof text - 3 * i, "%02X ", s->bytes[i]);
	text[3 * s->send.payload.size - 1] = '\0';
	return text;
}

void fake_drain(struct fake *f)
{
	taken = f->n_sends;
}

const struct update_report *fake_report(const struct fake *f, enum update_step step)
{
	for (size_t i = f->n_events; i-- > 0;)
		if (f->events[i].kind == EVENT_UPDATE && f->events[i].update.step == step)
			return &f->events[i].update;
	return NULL;
}

size_t fake_count(const struct fake *f, enum update_step step)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_events; i++)
		n += f->events[i].kind == EVENT_UPDATE && f->events[i].update.step == step;
	return n;
}

const struct lock_seen *fake_seen(const struct fake *f)
{
	for (size_t i = f->n_events; i-- > 0;)
		if (f->events[i].kind == EVENT_SEEN)
			return &f->events[i].seen;
	return NULL;
}
