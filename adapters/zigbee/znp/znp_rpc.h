/* znp_rpc.h: requests and their answers on a ZNP line. One request at a time, as the stick has
 * one slot for its answer; whoever drives it chooses what is asked next.
 *
 * A request that got no answer is followed by SYS_PING, and all answers before the ping's are
 * dropped: a late answer can never be taken for a new one (znp.md §5.1).
 *
 * Sans-I/O: bytes and time in; bytes, answers and messages out through the events. No event may
 * free the rpc; all may call znp_rpc_call(). */
#pragma once

#include "adapters/zigbee/znp/znp_gate.h"
#include "server/base/msec.h"
#include "server/base/span.h"

enum { ZNP_ASK_MAX = 120, ZNP_SRSP_TIMEOUT = 3000, ZNP_OWED_MAX = 4 };

struct znp_ask {
	uint8_t cmd0, cmd1, length;
	uint8_t data[ZNP_ASK_MAX];
	uint32_t timeout; /* ms; 0 = ZNP_SRSP_TIMEOUT */
	uint8_t tries;    /* 0 = 1; more only for what may safely be asked twice */
};

enum znp_outcome {
	ZNP_ANSWER,
	ZNP_RPC_ERROR, /* the firmware does not know this request; error says why */
	ZNP_NO_ANSWER, /* but it answers pings */
	ZNP_DEAD,      /* it does not even answer two pings */
};

struct znp_reply {
	enum znp_outcome outcome;
	uint8_t error;
	struct span data; /* valid during the call */
};

struct znp_rpc_events {
	void (*write)(void *owner, struct span frame); /* as one write */
	void (*reply)(void *owner, const struct znp_reply *reply);
	void (*message)(void *owner, const struct znp_frame *areq);
	/* An answer to nothing that we ever asked: somebody else talks to this stick. */
	void (*unasked)(void *owner, const struct znp_frame *srsp);
	void (*trace)(void *owner, bool out, const struct znp_frame *frame);
};

enum znp_rpc_state { ZNP_RPC_IDLE, ZNP_RPC_ASKED, ZNP_RPC_SYNC };

struct znp_rpc {
	struct znp_gate gate;
	struct znp_reader reader;
	enum znp_rpc_state state;
	struct znp_ask ask;
	uint8_t tries_left, pings_left;
	msec deadline;   /* of the request or ping outstanding */
	msec heard;      /* last byte from the stick; 0 = none yet */
	uint32_t margin; /* ms on top of every time-out: TCP, slow sticks */
	uint32_t timeouts;
	struct {
		uint8_t cmd0, cmd1;
	} owed[ZNP_OWED_MAX]; /* answers that may still come late */
	size_t owed_next;
	const struct znp_rpc_events *to;
	void *owner;
};

void znp_rpc_init(struct znp_rpc *rpc, const struct znp_rpc_events *to, void *owner);
/* A new line or a stick that restarted: forgets what is outstanding and half read. */
void znp_rpc_clear(struct znp_rpc *rpc);

bool znp_rpc_busy(const struct znp_rpc *rpc);
/* Only when not busy. false: the gate refuses; no event follows. */
bool znp_rpc_call(struct znp_rpc *rpc, const struct znp_ask *ask, msec now);
/* A message without answer, SYS_RESET_REQ; also while busy. */
bool znp_rpc_tell(struct znp_rpc *rpc, uint8_t cmd0, uint8_t cmd1, struct span data);

void znp_rpc_bytes(struct znp_rpc *rpc, struct span bytes, msec now);
void znp_rpc_due(struct znp_rpc *rpc, msec now);
msec znp_rpc_deadline(const struct znp_rpc *rpc); /* 0: none */
