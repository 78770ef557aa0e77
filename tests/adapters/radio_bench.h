/* radio_bench.h: a radio on virtual time in front of a simulated or scripted stick, and all that
 * it told its owner. */
#pragma once

#include "adapters/adapter_store.h"
#include "adapters/zigbee/radio_options.h"
#include "tests/support/loop_virtual.h"

enum { BENCH_MESSAGES = 64, BENCH_SENT = 512 };

struct bench {
	struct loop *loop;
	struct radio *(*make)(const struct radio_options *options); /* NULL: znp_radio_new */
	struct radio *radio;
	struct adapter_store store;
	char pinned[128];
	enum radio_state state;
	unsigned downs, ups, starts;
	struct err why;
	struct radio_message messages[BENCH_MESSAGES];
	uint8_t payloads[BENCH_MESSAGES][RADIO_PAYLOAD_MAX];
	size_t message_count;
	struct radio_sent sent[BENCH_SENT];
	size_t sent_count;
	uint64_t announced_ieee, left_ieee;
	uint16_t announced_address;
	int capability;
	unsigned announces;
	bool stopped;
	/* Called inside message(), for answers in the same turn. */
	void (*answer)(struct bench *b, const struct radio_message *m);
};

/* Fills loop, store and events in; options->stream must be set. */
void bench_start(struct bench *b, struct radio_options *options);
bool bench_reach(struct bench *b, enum radio_state state, msec limit);
bool bench_reason(const struct bench *b, const char *reason);
bool bench_stop(struct bench *b, msec limit);
void bench_close(struct bench *b); /* frees the radio; the loop stays */
/* A message as the OTA server sends it; tag, then a copy of hex. */
void bench_send(struct bench *b, uint16_t to, uint32_t tag, bool urgent, const char *zcl_hex);
const struct radio_sent *bench_sent(const struct bench *b, uint32_t tag);
