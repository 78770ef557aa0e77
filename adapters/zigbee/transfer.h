/* transfer.h: drives the OTA server of one lock: answers on the way the request came, notifies,
 * paces, keeps the lock polling, reports to the engine. */
#pragma once

#include "adapters/zigbee/ota_server.h"
#include "server/base/msec.h"

#include <stdbool.h>
#include <stdint.h>

struct device;
struct radio_message;
struct radio_send;
struct radio_sent;
struct update_order;
struct zcl_frame;
struct zigbee;

struct transfer {
	struct ota_server ota;
	/* The way of the latest OTA request, and of our answers. */
	uint8_t endpoint, our_endpoint;
	uint16_t profile, last_hop;

	msec notify_at, notify_due; /* notify_due: at the next sign of life not before */
	msec mismatch_at;           /* it asked for another image; 0 never */
	uint8_t burst;              /* notifies left of "awake now" */
	msec burst_due;

	msec again_due, delayed_due; /* the latest block request: repeated, paced */
	uint8_t delayed[64];
	uint8_t delayed_size;

	msec page_slot;               /* the burst's place in the shared pace; 0 none */
	msec battery_due, finish_due; /* End Request: our read, the engine's decision */
	bool fast_polling;
	bool release_lost; /* the End Response after a hold did not arrive: at the next sign of life
			    */
	enum { REPORT_NONE, REPORT_APPLYING, REPORT_HELD } report;
	uint32_t report_delay;
	int64_t report_job;
	uint32_t block_tag;   /* of the latest block sent */
	uint16_t size_parent; /* behind which the learned block size holds */
	bool size_loaded;
};

/* Both from the End Request on. */
enum { TRANSFER_READ = 1000, TRANSFER_DECIDE = 1500 };

/* A unicast frame of cluster 0x0019. */
void transfer_frame(struct zigbee *z, struct device *d, const struct radio_message *m,
	const struct zcl_frame *frame);
/* The battery answered, or never will: the engine may decide. */
void transfer_battery(struct zigbee *z, struct device *d);
void transfer_order(struct zigbee *z, struct device *d, const struct update_order *order);
void transfer_cancel(struct zigbee *z, struct device *d, int64_t abort_until);
void transfer_finish(struct zigbee *z, struct device *d, uint32_t delay);
/* A sign of life: what the sleeping lock did not hear is said again. */
void transfer_life(struct zigbee *z, struct device *d);
void transfer_block_sent(struct zigbee *z, struct device *d, const struct radio_sent *sent);
msec transfer_due(const struct device *d); /* 0: nothing */
void transfer_tick(struct zigbee *z, struct device *d);
/* Addressed as its last request was, urgent. */
struct radio_send transfer_envelope(const struct device *d, uint16_t cluster);
bool transfer_is_busy(const struct device *d, msec now); /* our reads must wait */
