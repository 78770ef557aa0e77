/* ota_server.h: the server side of cluster 0x0019 towards one lock, sans-I/O.
 *
 * Blocks are served statelessly by (ids, version, offset) of the order: no query has to come first,
 * in this process's life or ever. Each call takes one request and the time and yields at most one
 * frame to send and one event. Silence is only for what must not be answered (rules §3.6, floods).
 *
 * A device that is not ours to care for (`ours` false: some other device of the house, while we
 * hold its stick) is never told ABORT: WAIT keeps its download alive for the stick's owner, and a
 * hold what it has downloaded. */
#pragma once

#include "adapters/zigbee/block_size.h"
#include "adapters/zigbee/ota_cluster.h"
#include "adapters/zigbee/radio.h"
#include "server/base/msec.h"

#include <stdbool.h>
#include <stdint.h>

struct zcl_frame;

enum ota_phase {
	OTA_ARMED,
	OTA_TRANSFERRING,
	OTA_ENDING, /* End Request came; finish() is awaited */
	OTA_APPLYING,
	OTA_HELD
};

enum { OTA_QUERY_SLOTS = 4 };

struct ota_order {
	int64_t job;
	struct span image; /* data NULL: still being loaded */
	struct ota_key key;
	bool reinstall, allow_downgrade;
};

struct ota_server {
	struct ota_order order;
	enum ota_phase phase;
	bool has_order;
	bool aes, served; /* served: a block, since the order */
	bool undecided;   /* HELD because nobody decided: the next End Request asks again */
	/* The ids of the order that was taken back, and the last End Response, for the lock that
	 * did not hear it. */
	bool has_cancelled, has_finished;
	int64_t abort_until; /* Unix ms; past: WAIT */
	struct ota_key cancelled, finished;
	uint32_t finish_delay;
	uint32_t repeats; /* since the order */
	struct block_size size;

	struct ota_request end;   /* the latest End Request */
	struct ota_request block; /* the latest answered block request */
	msec block_at;            /* when; 0 never */
	msec loop_since;
	uint32_t loop_offset, loop_count;
	uint8_t block_endpoint;
	uint8_t block_tries; /* how often we answered it of ourselves, after the radio could not */
	bool block_unsent;   /* the radio has not said what became of the answer */

	uint8_t window_count;
	uint8_t refused;
	uint8_t shortcuts;              /* told to install without any block, since start */
	uint8_t finished_again;         /* End Responses repeated since it was decided */
	msec query_at[OTA_QUERY_SLOTS]; /* of the last answer to a query, by endpoint */
	msec window;                    /* of the flood limit */
	msec refused_since;             /* End Requests nobody waits for */

	struct {
		struct ota_request request;
		msec due;
		uint32_t next, end;
		uint8_t failures;
		bool running;
	} page;
};

struct ota_context {
	msec now;
	int64_t wall;
	bool ours;        /* a lock that know() named */
	uint8_t endpoint; /* the request's source endpoint */
	uint8_t path;     /* radio block_max */
};

enum ota_event {
	OTA_NOTHING,
	OTA_OFFERED,
	OTA_BLOCK_SERVED,
	OTA_COMPLETE, /* the lock has it all: call ota_server_finish() when it is decided */
	OTA_OVER,     /* the order is gone; status, space and reason say why */
};

struct ota_answer {
	uint8_t bytes[RADIO_PAYLOAD_MAX];
	size_t size; /* 0: send nothing */
	bool is_block;
	bool ack;
	bool size_changed; /* the learned block size */
	bool mismatch;     /* the lock wants another image: tell it again in 60 s */
	bool is_query;     /* facts: what it runs */
	struct ota_request request;
	enum ota_event event;
	int64_t job;
	uint64_t offset;
	uint32_t block_size;
	int32_t status;
	const char *space, *reason, *text;
};

/* The same job again replaces image and flags and keeps the phase. */
void ota_server_order(struct ota_server *s, const struct ota_order *order);
void ota_server_cancel(struct ota_server *s, int64_t abort_until);
/* Before a cancel: the End Request that still waits is refused (abort) or told to hold. False:
 * none waits. */
bool ota_server_close_end(struct ota_server *s, bool abort, struct ota_answer *out);
/* A frame of cluster 0x0019, unicast from the lock. */
void ota_server_frame(struct ota_server *s, const struct zcl_frame *frame,
	const struct ota_context *c, struct ota_answer *out);
/* The End Response: after OTA_COMPLETE, or to release a hold (then with tsn as new one). False:
 * nothing to answer. */
bool ota_server_finish(struct ota_server *s, uint32_t delay, uint8_t tsn, struct ota_answer *out);
/* The End Response once more, to the End Request that got none: the radio could not deliver it. */
bool ota_server_end_again(struct ota_server *s, struct ota_answer *out);
/* The End Response once more, unasked: the lock slept when a hold was released. */
bool ota_server_repeat_finish(struct ota_server *s, uint8_t tsn, struct ota_answer *out);
/* What became of the last block (or burst frame). Returns in how many ms to call
 * ota_server_again(); 0: not at all. *changed: the learned block size did. */
unsigned ota_server_sent(
	struct ota_server *s, const struct radio_sent *sent, msec now, bool *changed);
/* The latest block request once more, if none came since and it is younger than 2 s. */
bool ota_server_again(struct ota_server *s, const struct ota_context *c, struct ota_answer *out);
/* When the next frame of a page burst is due; 0: no burst. */
msec ota_server_page_due(const struct ota_server *s);
void ota_server_page_next(
	struct ota_server *s, const struct ota_context *c, struct ota_answer *out);

/* Asked for a block within the last minute, or busy ending. */
bool ota_server_is_downloading(const struct ota_server *s, msec now);
/* Waits to be found by the lock: a notify makes sense. */
bool ota_server_is_armed(const struct ota_server *s, msec now);
/* A word of the failure catalogue for what a lock answered. */
const char *ota_server_reason(int32_t status);
