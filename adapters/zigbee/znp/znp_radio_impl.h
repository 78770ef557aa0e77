/* znp_radio_impl.h: what the four sources of the ZNP radio share: znp_radio.c (operations),
 * znp_phase.c (from a closed port to a running network and back), znp_receive.c (what the stick
 * says while it runs) and znp_watch.c (what it is asked when it says nothing). */
#pragma once

#include "adapters/zigbee/network_pin.h"
#include "adapters/zigbee/radio_tell.h"
#include "adapters/zigbee/send_queue.h"
#include "adapters/zigbee/stick_record.h"
#include "adapters/zigbee/znp/znp_endpoint.h"
#include "adapters/zigbee/znp/znp_probe.h"
#include "adapters/zigbee/znp/znp_radio.h"
#include "adapters/zigbee/znp/znp_resume.h"

enum znp_phase {
	ZNP_OFF,    /* not started, or handed back */
	ZNP_CLOSED, /* waits to open the port again */
	ZNP_OPENING,
	ZNP_PROBING,
	ZNP_RESUMING,
	ZNP_ENROLLING, /* endpoints */
	ZNP_UP,
	ZNP_RECOVERING, /* the stick restarted; give it a second */
	ZNP_DRAINING,   /* stop(): the last confirms */
	ZNP_LEAVING,    /* stop(): endpoints go */
	ZNP_REFUSED,
};

/* Who waits for the answer of the one request outstanding. */
enum znp_asker {
	ZNP_BY_NOBODY,
	ZNP_BY_TASK,
	ZNP_BY_ITEM,
	ZNP_BY_PING,
	ZNP_BY_STATE,
	ZNP_BY_RELEASE
};

struct znp_radio {
	struct radio base;
	struct radio_options options;
	struct loop_timer *tick;
	struct stream *stream;
	msec close_at; /* the stream is to be closed then; 0: not. Its bytes are ignored meanwhile.
			*/
	struct znp_rpc rpc;
	struct send_queue send;
	struct stick_record record;
	struct znp_probe probe;
	struct znp_resume resume;
	struct znp_endpoints endpoints;
	struct znp_task *task; /* one of the three, or NULL */
	enum znp_phase phase;
	msec phase_until;
	enum znp_asker asker;
	struct send_item *item;
	bool lines_skewed; /* exactly one of DTR and RTS is on: no state to leave a stick in */
	bool is_wrapped;   /* form of the ZDO answers */
	bool re_enrolled;
	msec pinged;
	bool is_doubted;        /* it answers; does it run? */
	struct znp_ask release; /* cmd0 0: nothing to give back */
	struct radio_tell tell;
	bool is_stopping;
	msec stop_by;
	void (*stopped)(void *owner);
	void *stopped_owner;
};

/* znp_phase.c */
void znp_phase_open(struct znp_radio *z);
void znp_phase_step(struct znp_radio *z); /* as far as it goes without waiting */
void znp_phase_due(struct znp_radio *z);
msec znp_phase_deadline(const struct znp_radio *z);
void znp_phase_failed(struct znp_radio *z, const struct err *why);
void znp_phase_refused(struct znp_radio *z, const struct err *why);
void znp_phase_reset(struct znp_radio *z); /* the stick restarted unasked */
void znp_phase_enroll(struct znp_radio *z);
void znp_phase_restart(struct znp_radio *z);
void znp_phase_stop(struct znp_radio *z);
void znp_phase_close(struct znp_radio *z); /* the stream, now */

/* znp_receive.c */
void znp_receive_message(void *owner, const struct znp_frame *areq);
void znp_receive_unasked(void *owner, const struct znp_frame *srsp);
void znp_receive_item(struct znp_radio *z, const struct znp_reply *reply);

/* znp_watch.c */
msec znp_watch_due(const struct znp_radio *z); /* never 0 while the radio is up */
void znp_watch_ask(struct znp_radio *z);
void znp_watch_answered(struct znp_radio *z, enum znp_asker asker, const struct znp_reply *reply);

/* znp_radio.c */
msec znp_radio_now(const struct znp_radio *z);
void znp_radio_pump(struct znp_radio *z);  /* hands messages to the stick */
void znp_radio_flush(struct znp_radio *z); /* results to the owner */
void znp_radio_tell(struct znp_radio *z, enum radio_state state, const struct err *why);
void znp_radio_rearm(struct znp_radio *z);
/* Restarting the stick for its silence: by consent, and not too often. */
bool znp_radio_may_restart(const struct znp_radio *z);
extern const struct stream_events znp_radio_stream;
