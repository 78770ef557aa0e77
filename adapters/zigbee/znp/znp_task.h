/* znp_task.h: one conversation with the stick (probe, resume, endpoints, hand-back) as a state
 * machine that says what it wants next; the radio does it and reports back.
 *
 * Sans-I/O. Each task embeds this first; its steps are the functions stored in reply, due and
 * areq. */
#pragma once

#include "adapters/zigbee/znp/znp_rpc.h"
#include "server/base/err.h"

enum znp_want {
	ZNP_WAIT,  /* until wake (0: for an event only) */
	ZNP_ASK,   /* ask, then reply() */
	ZNP_ASKED, /* set by the radio: the answer is not here yet */
	ZNP_RESET, /* soft reset, then wait */
	ZNP_SKIP,  /* the byte that makes TI's serial bootloader start the firmware; then wait */
	ZNP_LINES, /* DTR and RTS as in dtr and rts, then wait */
	ZNP_DONE,
	ZNP_RETRY,  /* failed, why says so; may work later */
	ZNP_REFUSE, /* this stick must not be used, why says so */
};

struct znp_task {
	enum znp_want want;
	struct znp_ask ask;
	msec wake;
	bool dtr, rts;
	bool reset_first; /* with ZNP_REFUSE: soft reset before anything else */
	struct err why;
	void (*reply)(struct znp_task *t, const struct znp_reply *reply, msec now);
	void (*due)(struct znp_task *t, msec now);
	void (*areq)(struct znp_task *t, const struct znp_frame *areq, msec now); /* may be NULL */
};

typedef void znp_on_reply(struct znp_task *t, const struct znp_reply *reply, msec now);
typedef void znp_on_due(struct znp_task *t, msec now);

/* Wants `cmd0 cmd1 data` asked, at most twice, with the usual time-out. */
void znp_task_ask(
	struct znp_task *t, uint8_t cmd0, uint8_t cmd1, struct span data, znp_on_reply *then);
void znp_task_wait(struct znp_task *t, msec until, znp_on_due *then);
void znp_task_retry(struct znp_task *t, const char *reason, const char *text);
void znp_task_refuse(struct znp_task *t, const char *reason, const char *text);

/* true for an answer of at least min bytes. Otherwise t fails: dead or silent sticks are tried
 * again, a firmware that does not know the request is refused as "stick_unknown". */
bool znp_task_answer(struct znp_task *t, const struct znp_reply *reply, size_t min);
