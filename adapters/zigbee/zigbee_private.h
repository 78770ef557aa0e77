/* zigbee_private.h: the adapter's insides, shared by the files it is made of:
 *
 *   zigbee_adapter  the adapter.h operations, the one timer, news to the engine
 *   radio_events    what the radio says
 *   traffic         received messages: whose they are, what they mean
 *   transfer        the OTA conversation of one lock; with block_memory, pace and wake
 *   survey          interviews and the scan */
#pragma once

#include "adapters/adapter_store.h"
#include "adapters/zigbee/device.h"
#include "adapters/zigbee/radio.h"
#include "adapters/zigbee/scan.h"
#include "adapters/zigbee/zigbee_adapter.h"
#include "server/loop.h"

enum {
	SENT_SLOTS = 256, /* more than are sent while a sleeping lock keeps one waiting */
	STRANGERS_MAX = 32,
	STRANGER_GAP = 60000, /* between two questions for the EUI-64 of one address */
	OUR_ENDPOINT = 1,
	AWAKE_FOR = 5000, /* after a message; long enough for one question */
};

enum sent_kind { SENT_OTHER, SENT_NOTIFY, SENT_BLOCK, SENT_RELEASE, SENT_END };

struct zigbee {
	struct adapter base;
	struct adapter_ops ops; /* with the type's name */
	struct loop *loop;
	struct loop_timer *timer;
	struct radio *radio;
	struct adapter_store *store; /* may be NULL */
	struct devices devices;
	struct scan scan;
	struct {
		uint16_t address;
		msec asked_at; /* 0: free */
	} strangers[STRANGERS_MAX];
	msec strangers_window; /* of the limit of answers to them */
	uint8_t strangers_told;
	size_t search;   /* the next device whose address may have to be asked for */
	msec search_due; /* 0: none */
	struct {
		uint32_t tag;
		struct device *device;
		enum sent_kind kind;
	} slots[SENT_SLOTS];
	uint32_t tag;
	uint8_t tsn;
	msec pace_next, paced_until; /* the shared token bucket */
	int64_t heard_wall;
	bool stopping;
	void (*stopped)(void *owner);
	void *stopped_owner;
};

/* Gives the message a tag and hands it to the radio; nothing while that is not up. Returns the
 * tag. device NULL: nobody waits for the result. */
uint32_t zigbee_send(
	struct zigbee *z, struct device *d, enum sent_kind kind, struct radio_send *send);
/* Tells the engine of a sign of life and of the facts that are new. */
void zigbee_seen(struct zigbee *z, struct device *d, bool awake, bool announced);
void zigbee_set_state(struct zigbee *z, enum adapter_state state, const struct err *why);
extern const struct radio_events zigbee_radio_events;
void zigbee_rearm(struct zigbee *z); /* the timer, after any deadline changed */
bool zigbee_is_up(const struct zigbee *z);
void zigbee_gone(void *owner, struct device *d); /* a device record is about to be freed */

void traffic_message(struct zigbee *z, const struct radio_message *m);
/* Asks the device at an address for its EUI-64: whoever speaks from there is not as we know him. */
void traffic_doubt(struct zigbee *z, uint16_t address);

/* The next interview question if the lock may be bothered. */
void survey_ask(struct zigbee *z, struct device *d);
void survey_tick(struct zigbee *z);
void survey_neighbours(struct zigbee *z, const struct radio_message *m);
void survey_scan_next(struct zigbee *z);
/* Asks for the addresses of the locks that have none, one broadcast in ten seconds. */
void survey_search(struct zigbee *z);
void survey_search_next(struct zigbee *z);
