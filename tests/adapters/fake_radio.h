/* fake_radio.h: a radio that only remembers what it was told to send, and a Zigbee adapter on it,
 * on virtual time, with one lock: EUI-64 0x0102030405060708, network address 0x1234, endpoint 1. */
#pragma once

#include "adapters/adapter.h"
#include "adapters/adapter_store.h"
#include "adapters/zigbee/radio.h"
#include "adapters/zigbee/zigbee_adapter.h"
#include "tests/support/loop_virtual.h"

enum { FAKE_SENDS = 8192, FAKE_EVENTS = 16384, LOCK_ADDRESS = 0x1234 };
#define LOCK_IEEE 0x0102030405060708ULL
#define LOCK_NAME "0x0102030405060708"

struct fake_send {
	struct radio_send send;
	uint8_t bytes[RADIO_PAYLOAD_MAX];
	msec at;
};

struct fake_event {
	enum fake_event_kind { EVENT_STATE, EVENT_SEEN, EVENT_UPDATE, EVENT_SCANNED } kind;
	enum adapter_state state;
	struct lock_seen seen;
	struct update_report update;
	char address[ADDRESS_SIZE];
	msec at;
};

struct fake {
	struct radio radio;
	struct loop *loop;
	struct adapter *adapter;
	struct adapter_store store;
	char store_key[64], store_value[16];
	struct fake_send sends[FAKE_SENDS];
	size_t n_sends;
	struct fake_event events[FAKE_EVENTS];
	size_t n_events;
	uint8_t block_max;        /* 63 */
	enum radio_result result; /* of the next sends */
	int32_t status;
	bool no_confirm; /* sent() never comes */
	bool decide;     /* answers UPDATE_DOWNLOADED at once with decide_delay */
	uint32_t decide_delay;
};

/* Started, up, the lock known and already interviewed; no message sent yet. */
struct fake *fake_new(void);
/* The same without know(). */
struct fake *fake_new_empty(void);
void fake_free(struct fake *f);

/* From the lock to our endpoint 1, profile 0x0104, as hex with or without blanks. */
void fake_hear(struct fake *f, uint16_t cluster, const char *hex);
void fake_hear_as(struct fake *f, const struct radio_message *m, const char *hex);
/* Takes what was sent since the last call; NULL: nothing more. */
const struct fake_send *fake_next(struct fake *f);
/* The next send as "19 5B 05 95"; "" nothing; valid until the next call. */
const char *fake_next_hex(struct fake *f);
void fake_drain(struct fake *f);
/* The last update report of that step since the beginning; NULL: none. */
const struct update_report *fake_report(const struct fake *f, enum update_step step);
size_t fake_count(const struct fake *f, enum update_step step);
const struct lock_seen *fake_seen(const struct fake *f); /* the last one */
size_t fake_unhex(uint8_t *out, size_t max, const char *hex);
