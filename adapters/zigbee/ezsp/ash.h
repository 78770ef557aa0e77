/* ash.h: the host's side of ASH version 2: a reliable line for EZSP frames to a Silicon Labs stick
 * (UG101; ezsp.md §1).
 *
 * One frame of ours is unacknowledged at a time, as the stick has one buffer for commands; every
 * DATA frame of the stick is acknowledged at once, before it is handed up, and one NAK is sent per
 * disturbance. What is not acknowledged is repeated with an adapting time-out; after six
 * repetitions in a row without an answer, 14.4 s, the line ends. An ERROR frame, or a RSTACK after
 * the first DATA frame, ends it too: the stick restarted and has forgotten all that was set.
 *
 * Connecting resets the stick's chip: its network is down until it is resumed.
 *
 * Sans-I/O: bytes and time in; bytes, frames and the end out through the events. No event may free
 * the ash; connected() and frame() may call ash_send(), failed() may call ash_connect(). */
#pragma once

#include "adapters/zigbee/ezsp/ash_frame.h"
#include "adapters/zigbee/ezsp/ash_look.h"
#include "server/base/msec.h"

enum { ASH_ATTEMPTS = 5, ASH_TIMEOUTS_MAX = 6 /* repetitions in a row */ };

enum ash_timing {                  /* ms */
	ASH_RESET_WAIT = 3000,     /* for RSTACK, per attempt */
	ASH_BOOTLOADER_WAIT = 700, /* from "run" in the bootloader's menu to the next reset */
	ASH_ACK_FIRST = 800,
	ASH_ACK_MIN = 400,
	ASH_ACK_MAX = 2400,
};

/* Codes of RSTACK and ERROR. */
enum ash_code {
	ASH_CODE_UNKNOWN = 0x00,
	ASH_CODE_PIN = 0x01,
	ASH_CODE_POWER_ON = 0x02,
	ASH_CODE_WATCHDOG = 0x03,
	ASH_CODE_ASSERT = 0x06,
	ASH_CODE_BOOTLOADER = 0x09,
	ASH_CODE_SOFTWARE = 0x0B, /* the usual answer to our reset */
	ASH_CODE_UNACKED = 0x51,  /* the stick missed our ACKs: we or the line stalled */
};

enum ash_end {
	ASH_NO_RESET,  /* no acceptable RSTACK in ASH_ATTEMPTS; seen says what came instead */
	ASH_NCP_ERROR, /* ERROR while connected; code */
	ASH_NCP_RESET, /* RSTACK while connected; code. Software: somebody else reset it */
	ASH_UNACKED,   /* our frame was never acknowledged */
};

struct ash_failure {
	enum ash_end end;
	enum ash_seen seen; /* ASH_NO_RESET */
	int code;           /* enum ash_code or 0x80 + a chip's own; -1 none */
};

struct ash_events {
	void (*write)(void *owner, struct span bytes); /* as one write */
	/* Ready for ash_send(). Comes again, before any frame, when the stick resets twice. */
	void (*connected)(void *owner, int code, msec now);
	void (*frame)(void *owner, struct span ezsp, msec now); /* valid during the call */
	/* The line is idle again; ash_connect() may be called, also from here. */
	void (*failed)(void *owner, const struct ash_failure *why, msec now);
};

struct ash_counters {
	uint32_t crc_errors; /* broken frames of all kinds while connected */
	uint32_t naks_sent, naks_got;
	uint32_t retransmits, timeouts, duplicates;
	uint32_t dropped_bytes;
};

enum ash_state { ASH_IDLE, ASH_CONNECTING, ASH_CONNECTED };

struct ash_slot {
	size_t size; /* 0: empty */
	uint8_t data[ASH_DATA_MAX];
};

struct ash {
	enum ash_state state;
	struct ash_reader reader;
	struct ash_look look;
	struct ash_slot flying, waiting;
	struct ash_counters counters;
	msec deadline;     /* of the reset or the frame in flight; 0 = none */
	msec sent_at;      /* first transmission of the frame in flight */
	uint32_t ack_wait; /* ms, adapts */
	uint32_t margin;   /* ms on top of every time-out: TCP */
	uint8_t next_out;  /* number of our next new frame */
	uint8_t next_in;   /* number expected */
	uint8_t attempts;  /* resets sent */
	uint8_t timeouts;  /* in a row */
	uint8_t naks;      /* got for the frame in flight */
	bool rejecting;    /* NAK sent, no good DATA since */
	bool again;        /* the frame in flight was repeated: its time is not measured */
	bool heard;        /* a DATA frame came since connected */
	bool left_menu;    /* the bootloader was told to run the firmware */
	int code;          /* of the last RSTACK or ERROR while connecting; -1 none */
	uint32_t line;     /* changes when a line begins or ends */
	const struct ash_events *to;
	void *owner;
};

void ash_init(struct ash *a, const struct ash_events *to, void *owner);
/* Resets the stick and the line; connected() or failed() follows. In any state. */
void ash_connect(struct ash *a, msec now);
void ash_stop(struct ash *a); /* idle, no event, nothing written */

/* Only while connected; at most one frame may wait behind the one in flight: ash_is_full(). */
void ash_send(struct ash *a, struct span ezsp, msec now);
bool ash_is_full(const struct ash *a);

void ash_bytes(struct ash *a, struct span bytes, msec now);
void ash_due(struct ash *a, msec now);
msec ash_deadline(const struct ash *a); /* 0: none */
