/* interview.h: asks a device what it is, one question at a time, when it is awake. What stays
 * unanswered is asked again at a later sign of life, ever more rarely. Sans-I/O. */
#pragma once

#include "server/base/msec.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct device;
struct zcl_frame;

enum interview_step { /* bits; asked in this order */
	ASK_NODE = 1 << 0,
	ASK_ENDPOINTS = 1 << 1,
	ASK_SIMPLE = 1 << 2, /* each endpoint of the answer to ASK_ENDPOINTS, no other */
	ASK_NAME = 1 << 3,   /* Basic: manufacturer, model */
	ASK_BUILD = 1 << 4,  /* Basic: date code, build, power source */
	ASK_BATTERY = 1 << 5,
	ASK_LOCK = 1 << 6,
	ASK_VERSION = 1 << 7, /* the OTA client's attributes */
	ASK_WHAT = ASK_ENDPOINTS | ASK_SIMPLE,
	ASK_VALUES = ASK_NAME | ASK_BUILD | ASK_BATTERY | ASK_LOCK | ASK_VERSION,
	ASK_ALL = ASK_NODE | ASK_WHAT | ASK_VALUES,
};

enum { INTERVIEW_ENDPOINTS_MAX = 16, INTERVIEW_ANSWER = 8000 };

struct interview {
	unsigned want, asked;  /* asked: the step that is out; 0 none */
	bool done_once;        /* a full interview was ordered before */
	bool looked;           /* a stranger was asked what it is, because of what it said */
	bool no_version;       /* the client does not say its version: a query must */
	uint16_t manufacturer; /* OTA attribute 7, until 8 comes */
	uint8_t tsn, misses;
	msec answer_by, not_before;
	uint8_t endpoints[INTERVIEW_ENDPOINTS_MAX];
	uint8_t n_endpoints, next;
};

struct interview_question {
	bool zdo;
	uint16_t cluster;
	uint8_t endpoint;
	uint8_t bytes[40];
	size_t size;
};

void interview_want(struct device *d, unsigned steps, bool at_once);
/* The next question, if something is wanted, nothing is out and it is time. */
bool interview_ask(struct device *d, msec now, uint8_t tsn, struct interview_question *out);
/* Answers; true: it was the one that is out. Attribute values are learned in either case. */
bool interview_zdo(struct device *d, uint16_t cluster, struct span payload);
bool interview_zcl(struct device *d, uint16_t cluster, const struct zcl_frame *frame);
/* Time passes; true: the question that was out is given up for now. */
bool interview_tick(struct device *d, msec now);
