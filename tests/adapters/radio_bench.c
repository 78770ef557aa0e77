#include "tests/adapters/radio_bench.h"

#include "adapters/zigbee/znp/znp_radio.h"
#include "server/base/text.h"

#include <stdio.h>
#include <string.h>

static void on_state(void *owner, enum radio_state state, const struct err *why)
{
	struct bench *b = owner;

	b->state = state;
	b->downs += state == RADIO_DOWN;
	b->ups += state == RADIO_UP;
	b->starts += state == RADIO_STARTING;
	if (why)
		b->why = *why;
}

static void on_message(void *owner, const struct radio_message *m)
{
	struct bench *b = owner;
	size_t i = b->message_count % BENCH_MESSAGES;
	size_t size = m->payload.size < RADIO_PAYLOAD_MAX ? m->payload.size : RADIO_PAYLOAD_MAX;

	b->messages[i] = *m;
	if (size)
		memcpy(b->payloads[i], m->payload.data, size);
	b->messages[i].payload = (struct span){ b->payloads[i], size };
	b->message_count++;
	if (b->answer)
		b->answer(b, m);
}

static void on_sent(void *owner, const struct radio_sent *s)
{
	struct bench *b = owner;

	b->sent[b->sent_count++ % BENCH_SENT] = *s;
}

static void on_announced(void *owner, uint64_t ieee, uint16_t address, int capability)
{
	struct bench *b = owner;

	b->announced_ieee = ieee;
	b->announced_address = address;
	b->capability = capability;
	b->announces++;
}

static void on_left(void *owner, uint64_t ieee, uint16_t address)
{
	struct bench *b = owner;

	(void)address;
	b->left_ieee = ieee;
}

static const struct radio_events events = { on_state, on_message, on_sent, on_announced, on_left };

static struct bench *of_store(struct adapter_store *store)
{
	return (struct bench *)(void *)((char *)store - offsetof(struct bench, store));
}

static const char *get(struct adapter_store *store, const char *key)
{
	struct bench *b = of_store(store);

	return strcmp(key, "network") == 0 && b->pinned[0] ? b->pinned : NULL;
}

static void put(struct adapter_store *store, const char *key, const char *value)
{
	if (strcmp(key, "network") == 0)
		text_copy(of_store(store)->pinned, sizeof of_store(store)->pinned,
			value ? value : "");
}

void bench_start(struct bench *b, struct radio_options *options)
{
	struct err e;

	b->store = (struct adapter_store){ get, put };
	options->loop = b->loop;
	options->store = &b->store;
	b->radio = b->make ? b->make(options) : znp_radio_new(options);
	b->radio->to = &events;
	b->radio->owner = b;
	b->radio->ops->start(b->radio, &e);
}

struct goal {
	const struct bench *b;
	enum radio_state state;
};

static bool reached(void *arg)
{
	const struct goal *g = arg;

	return g->b->state == g->state;
}

bool bench_reach(struct bench *b, enum radio_state state, msec limit)
{
	struct goal g = { b, state };

	return loop_run_while_not(b->loop, reached, &g, limit);
}

bool bench_reason(const struct bench *b, const char *reason)
{
	if (strcmp(b->why.reason, reason) == 0)
		return true;
	fprintf(stderr, "reason is %s: %s\n", b->why.reason, b->why.text);
	return false;
}

static void on_stopped(void *owner)
{
	((struct bench *)owner)->stopped = true;
}

static bool is_stopped(void *arg)
{
	return ((struct bench *)arg)->stopped;
}

bool bench_stop(struct bench *b, msec limit)
{
	b->stopped = false;
	b->radio->ops->stop(b->radio, on_stopped, b);
	return loop_run_while_not(b->loop, is_stopped, b, limit);
}

void bench_close(struct bench *b)
{
	b->radio->ops->free(b->radio);
	b->radio = NULL;
}

void bench_send(struct bench *b, uint16_t to, uint32_t tag, bool urgent, const char *zcl_hex)
{
	uint8_t raw[RADIO_PAYLOAD_MAX];
	size_t size = 0;
	struct radio_send s = { .destination = to,
		.endpoint = 1,
		.source_endpoint = 1,
		.profile = 0x0104,
		.cluster = 0x0019,
		.urgent = urgent,
		.tag = tag };

	text_unhex(raw, sizeof raw, &size, zcl_hex);
	s.payload = (struct span){ raw, size };
	b->radio->ops->send(b->radio, &s);
}

const struct radio_sent *bench_sent(const struct bench *b, uint32_t tag)
{
	for (size_t i = 0; i < b->sent_count && i < BENCH_SENT; i++)
		if (b->sent[i].tag == tag)
			return &b->sent[i];
	return NULL;
}
