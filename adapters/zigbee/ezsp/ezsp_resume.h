/* ezsp_resume.h: brings the network that a stick holds back to life, or refuses (ezsp.md §4).
 *
 * Connecting restarted the stick, so its network is down until networkInit, which resumes what is
 * stored and can make nothing new. Therefore the verdict comes after it: a stick that is refused
 * then is left as its owner expects it, with its network running. What is set before lives in the
 * stick's RAM only and is what both usual owners set.
 *
 * Sans-I/O: the radio does what `want` says and reports back. */
#pragma once

#include "adapters/zigbee/ezsp/ezsp_facts.h"
#include "adapters/zigbee/network_pin.h"

enum ezsp_want {
	EZSP_WANT_ASK,     /* command with ask, then ezsp_resume_reply() */
	EZSP_WANT_ANSWER,  /* set by the radio: the answer is not here yet */
	EZSP_WANT_TIME,    /* until wake or a callback */
	EZSP_WANT_NOTHING, /* done, the network runs */
	EZSP_WANT_RETRY,   /* failed, why says so; may work later */
	EZSP_WANT_LATER,   /* the network we adopted does not come up, why says so: after a rest */
	EZSP_WANT_REFUSE,  /* this stick must not be used, why says so */
};

struct ezsp_resume {
	enum ezsp_want want;
	enum ezsp_command command;
	struct ezsp_values ask;
	void (*then)(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now);
	msec wake;
	struct err why;
	struct network_expect expect;
	struct ezsp_facts facts;
	size_t setting;
	bool runs; /* the network is up: the stick may be left alone */
};

void ezsp_resume_begin(
	struct ezsp_resume *r, const struct network_expect *expect, const struct ezsp_hello *hello);
void ezsp_resume_reply(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now);
void ezsp_resume_callback(
	struct ezsp_resume *r, enum ezsp_command which, const struct ezsp_values *v);
void ezsp_resume_due(struct ezsp_resume *r); /* wake is over */
