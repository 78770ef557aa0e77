/* ezsp_rpc.h: commands and their answers on an EZSP line, ASH included. It resets the stick,
 * negotiates the version, then carries one command at a time; whoever drives it chooses what is
 * asked next.
 *
 * An answer is taken by sequence number and command; one that comes after its time-out is dropped,
 * never taken for a newer one. One answer may stay out (firmware 8.0.0 loses some); two in a row
 * end the line.
 *
 * Sans-I/O: bytes and time in; bytes, answers and callbacks out through the events. No event may
 * free the rpc; ready() and reply() may call ezsp_rpc_call(),
 * callback() too when ezsp_rpc_ready(), and failed() may call ezsp_rpc_start(). */
#pragma once

#include "adapters/zigbee/ezsp/ash.h"
#include "adapters/zigbee/ezsp/ezsp_command.h"
#include "adapters/zigbee/ezsp/ezsp_gate.h"

enum { EZSP_ANSWER_TIMEOUT = 10000, EZSP_VERSION_TIMEOUT = 5000, EZSP_OWED_MAX = 4 };

enum ezsp_outcome {
	EZSP_ANSWER,    /* values.status may still say no */
	EZSP_INVALID,   /* the firmware does not take this command; reason: an EzspStatus */
	EZSP_BROKEN,    /* too short, or marked as truncated */
	EZSP_NO_ANSWER, /* in time */
};

struct ezsp_reply {
	enum ezsp_outcome outcome;
	enum ezsp_command command;
	uint8_t reason;
	struct ezsp_values values; /* its spans are valid during the call */
};

struct ezsp_hello {
	uint8_t version;        /* EZSP */
	uint16_t stack_version; /* nibbles major, minor, patch, special */
};

enum ezsp_end {
	EZSP_END_ASH,        /* ash says why */
	EZSP_END_VERSION,    /* code: the stick's version, not one of EZSP_OLDEST..EZSP_NEWEST */
	EZSP_END_STACK_TYPE, /* code: not 2, a mesh stack */
	EZSP_END_HANDSHAKE,  /* no answer to version, or nonsense */
	EZSP_END_SILENT,     /* two commands in a row without an answer */
	EZSP_END_FORGOT,     /* it wants the version again: it restarted unseen */
};

struct ezsp_failure {
	enum ezsp_end end;
	int code;
	struct ash_failure ash; /* EZSP_END_ASH */
};

struct ezsp_rpc_events {
	void (*write)(void *owner, struct span bytes); /* as one write */
	void (*ready)(void *owner, const struct ezsp_hello *hello, msec now);
	void (*reply)(void *owner, const struct ezsp_reply *reply, msec now);
	/* Callbacks not in enum ezsp_command are passed over. */
	void (*callback)(
		void *owner, enum ezsp_command which, const struct ezsp_values *v, msec now);
	/* The line is idle and not busy; no reply follows for what was outstanding. */
	void (*failed)(void *owner, const struct ezsp_failure *why, msec now);
	/* May be NULL. */
	void (*trace)(void *owner, bool out, const struct ezsp_frame *frame);
};

enum ezsp_rpc_state {
	EZSP_RPC_IDLE,
	EZSP_RPC_CONNECTING,
	EZSP_RPC_HELLO,   /* version in the oldest header */
	EZSP_RPC_CONFIRM, /* version in the stick's own header */
	EZSP_RPC_READY,
	EZSP_RPC_ASKED,
};

struct ezsp_rpc {
	struct ash ash;
	struct ezsp_gate gate;
	enum ezsp_rpc_state state;
	enum ezsp_command asked;
	uint16_t asked_id;
	uint8_t asked_sequence, next_sequence;
	uint8_t silent;  /* time-outs in a row */
	msec deadline;   /* of the answer */
	msec heard;      /* last byte from the stick; 0 = none yet */
	uint32_t margin; /* ms on top of every time-out: TCP. Set after init. */
	struct {
		uint16_t id;
		uint8_t sequence;
		bool set;
	} owed[EZSP_OWED_MAX]; /* answers that may still come late */
	size_t owed_next;
	uint32_t timeouts, late;
	uint32_t unasked;   /* answers to nothing we ever asked: two owners */
	uint32_t overflows; /* the stick lost callbacks */
	uint32_t garbled;   /* frames that could not be read */
	const struct ezsp_rpc_events *to;
	void *owner;
};

void ezsp_rpc_init(struct ezsp_rpc *rpc, const struct ezsp_rpc_events *to, void *owner);
/* Resets the stick; ready() or failed() follows. In any state. */
void ezsp_rpc_start(struct ezsp_rpc *rpc, msec now);
/* The port is closed or given back: idle, no event, nothing written. */
void ezsp_rpc_stop(struct ezsp_rpc *rpc);

bool ezsp_rpc_ready(const struct ezsp_rpc *rpc); /* connected and nothing outstanding */
/* Only when ready. values: borrowed for the call; NULL: all zero. false: this version has no such
 * command, or the gate refuses it; no event follows. */
bool ezsp_rpc_call(struct ezsp_rpc *rpc, enum ezsp_command command,
	const struct ezsp_values *values, msec now);

void ezsp_rpc_bytes(struct ezsp_rpc *rpc, struct span bytes, msec now);
void ezsp_rpc_due(struct ezsp_rpc *rpc, msec now);
msec ezsp_rpc_deadline(const struct ezsp_rpc *rpc); /* 0: none */
