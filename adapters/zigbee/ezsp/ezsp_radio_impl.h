/* ezsp_radio_impl.h: what the sources of the EZSP radio share: ezsp_radio.c (operations),
 * ezsp_phase.c (from a closed port to a running network and back), ezsp_failure.c (what the end of
 * the line means), ezsp_receive.c (what the stick says) and ezsp_chores.c (what it is asked beside
 * the messages). */
#pragma once

#include "adapters/zigbee/ezsp/ezsp_peers.h"
#include "adapters/zigbee/ezsp/ezsp_radio.h"
#include "adapters/zigbee/ezsp/ezsp_resume.h"
#include "adapters/zigbee/ezsp/ezsp_walk.h"
#include "adapters/zigbee/radio_tell.h"
#include "adapters/zigbee/send_queue.h"
#include "adapters/zigbee/stick_record.h"

enum ezsp_phase {
	EZSP_PHASE_OFF,    /* not started, or handed back */
	EZSP_PHASE_CLOSED, /* waits to open the port again */
	EZSP_PHASE_OPENING,
	EZSP_PHASE_SETTLING,   /* TCP: some bridges reset the stick when one connects */
	EZSP_PHASE_CONNECTING, /* reset and handshake */
	EZSP_PHASE_RESUMING,
	EZSP_PHASE_UP,
	EZSP_PHASE_DRAINING, /* stop(): the last confirms */
	EZSP_PHASE_REFUSED,
};

/* Who waits for the answer of the one command outstanding. */
enum ezsp_asker { EZSP_BY_NOBODY, EZSP_BY_RESUME, EZSP_BY_ITEM, EZSP_BY_CHORE };

/* What the stick is asked beside the messages. */
enum ezsp_chore {
	EZSP_CHORE_NONE,
	EZSP_CHORE_WALK,     /* who is at this place of its tables? */
	EZSP_CHORE_LOOKUP,   /* does it know this sleeper? */
	EZSP_CHORE_PATIENCE, /* wait for it longer */
	EZSP_CHORE_ADDRESS,  /* know it, and wait for it longer */
	EZSP_CHORE_ROUTES,   /* routers shall tell the way again */
	EZSP_CHORE_COUNTERS,
	EZSP_CHORE_STATE, /* does it still run its network? */
};

struct ezsp_chores {
	enum ezsp_chore asked;
	uint8_t next_address;
	uint16_t sleeper; /* LOOKUP, PATIENCE, ADDRESS */
	bool is_stranger; /* the stick does not know the sleeper */
	bool routes_wanted;
	bool state_wanted;
	msec counted, routed; /* when last */
	uint16_t last[3];     /* counters as read last: they start at 0 with the stick */
};

struct ezsp_radio {
	struct radio base;
	struct radio_options options;
	struct loop_timer *tick;
	struct stream *stream;
	bool is_closing;  /* the stream is freed in the next turn; its bytes are ignored */
	bool is_to_reset; /* the stick, at the end of this turn */
	bool rests;       /* CLOSED until it may be restarted */
	struct ezsp_rpc rpc;
	struct send_queue send;
	struct stick_record record;
	struct radio_tell tell;
	struct ezsp_resume resume;
	struct ezsp_peers peers;
	struct ezsp_chores chores;
	struct ezsp_walk walk;
	enum ezsp_phase phase;
	msec phase_until;
	enum ezsp_asker asker;
	struct send_item *item;
	uint8_t zdo_sequence;
	uint64_t sender; /* EUI-64 of the message that comes next; 0 not said */
	uint32_t unasked_seen, overflows_seen;
	uint32_t line_errors, channel_busy, stick_full; /* by its counters */
	bool is_stopping;
	msec stop_by;
	void (*stopped)(void *owner);
	void *stopped_owner;
};

/* ezsp_phase.c */
void ezsp_phase_opened(struct ezsp_radio *z);
void ezsp_phase_connect(struct ezsp_radio *z); /* resets the stick */
void ezsp_phase_ready(struct ezsp_radio *z, const struct ezsp_hello *hello);
void ezsp_phase_step(struct ezsp_radio *z); /* as far as it goes without waiting */
void ezsp_phase_due(struct ezsp_radio *z);
msec ezsp_phase_deadline(const struct ezsp_radio *z);
void ezsp_phase_failed(struct ezsp_radio *z, const struct err *why); /* tried again later */
void ezsp_phase_refused(struct ezsp_radio *z, const struct err *why);
void ezsp_phase_recover(struct ezsp_radio *z); /* it restarted, or lost its network */
void ezsp_phase_restart(struct ezsp_radio *z); /* because we want it */
bool ezsp_phase_wake(struct ezsp_radio *z);    /* from its rest; false: it has none */
void ezsp_phase_stop(struct ezsp_radio *z);
void ezsp_phase_close(struct ezsp_radio *z); /* the stream, now */

/* ezsp_failure.c */
void ezsp_failed(void *owner, const struct ezsp_failure *why, msec now);
/* A sign of one; true: one too many, the stick is refused now. */
bool ezsp_second_owner(struct ezsp_radio *z, const char *sign);

/* ezsp_receive.c */
void ezsp_receive_callback(
	void *owner, enum ezsp_command which, const struct ezsp_values *v, msec now);
void ezsp_receive_item(struct ezsp_radio *z, const struct ezsp_reply *reply);
void ezsp_receive_walk(struct ezsp_radio *z); /* the stick's tables, if somebody waits for them */

/* ezsp_chores.c */
void ezsp_chores_begin(struct ezsp_radio *z);  /* the network was resumed */
bool ezsp_chores_urgent(struct ezsp_radio *z); /* asks what must be known before messages */
bool ezsp_chores_next(struct ezsp_radio *z);   /* asks the next; false: nothing to ask now */
msec ezsp_chores_due(const struct ezsp_radio *z);
void ezsp_chores_answered(struct ezsp_radio *z, const struct ezsp_reply *reply);

/* ezsp_radio.c */
msec ezsp_radio_now(const struct ezsp_radio *z);
void ezsp_radio_tell(struct ezsp_radio *z, enum radio_state state, const struct err *why);
void ezsp_radio_flush(struct ezsp_radio *z); /* results to the owner */
bool ezsp_radio_may_restart(const struct ezsp_radio *z);
extern const struct stream_events ezsp_radio_stream;
