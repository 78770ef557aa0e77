/* sim_lock_private.h: inside of one simulated lock. */
#pragma once

#include "tests/sim/sim_ether.h"
#include "tests/sim/sim_zcl.h"

enum {
	OTA_CLUSTER = 0x0019,
	LOCK_CLUSTER = 0x0101,
	LOCK_ENDPOINT = 1,
	IMAGE_MAX = 8 << 20,
	PAGE_SIZE = 1024,
	PAGE_BLOCK = 32,
	PAGE_SPACING = 50,
	ERRORS_MAX = 10,
};

enum ota_state {
	OTA_IDLE,   /* until the next query */
	OTA_QUERY,  /* asked for an image */
	OTA_BLOCKS, /* asked for a block */
	OTA_BACKOFF,
	OTA_WAIT, /* the server said WAIT_FOR_DATA */
	OTA_PAGE,
	OTA_END,  /* asked whether to install */
	OTA_HOLD, /* told to wait with it */
	OTA_COUNTDOWN,
};

/* How the vendors' clients differ. */
struct ota_habit {
	uint8_t block_size;
	msec response_timeout, backoff;
	msec end_repeat;
	uint8_t end_repeats;
	bool busy_refuses_notify; /* Default Response FAILURE while downloading */
	bool keeps_offset;        /* over a reboot */
	bool resumes_unasked;     /* block requests after a reboot, no query */
	uint32_t resume_above;    /* offsets up to here start over */
	uint8_t granule;          /* blocks must be multiples, but for the last */
};

struct sim_lock {
	struct sim_node node; /* first */
	struct sim_lock_options options;
	const struct ota_habit *habit;
	struct sim_events *events;
	char model[33], manufacturer[33];
	struct sim_endpoint endpoint;
	uint32_t version;
	double battery; /* half percent */
	uint8_t reported_battery;
	uint8_t bolt; /* lockState */
	uint8_t sequence;

	/* why it may be deaf */
	bool asleep, rebooting, powerless, bricked;
	bool puppet; /* somebody else speaks for its OTA client */
	msec fast_until;

	enum ota_state ota;
	msec ota_at; /* when ota_due() comes, or would have come to a lock awake */
	uint8_t server_endpoint;
	uint8_t tries;  /* of the query or End Request */
	uint8_t errors; /* in a row */
	bool pages_refused;
	uint32_t target_version, target_size, offset, asked_offset;
	bool complete;
	uint8_t *image;
	uint32_t received_size;
	uint8_t page_got[PAGE_SIZE / PAGE_BLOCK];
	uint32_t page_start;

	struct sim_lock_state counts; /* blocks, repeats, timeouts, reboots, aborts */

	/* who spent the time: see sim_lock_time.c */
	msec started, ended, at_host, host_answered, could_have, polled;
	msec host_time;
};

msec lock_now(const struct sim_lock *lock);
void lock_after(struct sim_lock *lock, msec delay, sim_event_fn *fn);
void lock_send(struct sim_lock *lock, struct sim_frame *frame); /* and polls fast for a while */
void lock_poll_fast(struct sim_lock *lock, msec duration);
void lock_update_deaf(struct sim_lock *lock);

void sim_lock_wake(struct sim_lock *lock);

/* sim_lock_zcl.c */
void lock_receive(struct sim_node *node, const struct sim_frame *frame);
void lock_report_battery(struct sim_lock *lock);
void lock_check_in(void *owner, const void *data, size_t size);

/* sim_lock_ota.c */
void ota_start(struct sim_lock *lock); /* after power-up */
void ota_due(void *owner, const void *data, size_t size);
void ota_enter(struct sim_lock *lock, enum ota_state state, msec delay);
void ota_idle(struct sim_lock *lock);
void ota_query(struct sim_lock *lock);
void ota_wake(struct sim_lock *lock); /* the silence is over; asks again what it had asked */
bool ota_receive(struct sim_lock *lock, const struct sim_frame *frame, struct sim_zcl *z,
	struct sim_frame *reply);
struct wire_out ota_begin(struct sim_lock *lock, struct sim_frame *frame, uint8_t command);
void ota_put_ids(struct sim_lock *lock, struct wire_out *w);

/* sim_lock_blocks.c */
void blocks_start(struct sim_lock *lock);
void blocks_request(struct sim_lock *lock);
void blocks_timeout(struct sim_lock *lock);
bool blocks_response(struct sim_lock *lock, struct sim_zcl *z, struct sim_frame *reply);
void blocks_page_done(struct sim_lock *lock);

/* sim_lock_end.c */
void end_request(struct sim_lock *lock, uint8_t status);
void end_timeout(struct sim_lock *lock);
void end_response(struct sim_lock *lock, struct sim_zcl *z);
void end_apply(struct sim_lock *lock);
void end_finished(struct sim_lock *lock); /* all bytes are here: verify, then ask */

/* sim_lock_time.c */
void time_reached(struct sim_node *node);
void time_answered(struct sim_node *node);
void time_polled(struct sim_lock *lock);
void time_delivered(struct sim_lock *lock);
void time_gave_up(struct sim_lock *lock);
