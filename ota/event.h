/* event.h: an append-only, numbered fact about a job, lock, image or adapter. The WebSocket and the
 * history are views of these; they are pushed after they are on disk. Progress is no event. */
#pragma once

#include "ota/job.h"

enum event_kind {
	EVENT_JOB,     /* a job came to be or changed its phase */
	EVENT_NOTE,    /* something worth telling happened to a job: code and text say what */
	EVENT_LOCK,    /* a lock was added, changed, removed, or learned a version */
	EVENT_IMAGE,   /* an image was added or removed */
	EVENT_ADAPTER, /* an adapter changed its state */
	EVENT_CHECK,   /* a check was finished: text is the verdict */
	EVENT_KINDS
};

struct event {
	int64_t seq; /* given by the store, one sequence for all */
	int64_t at;  /* Unix ms */
	enum event_kind kind;
	int64_t job;                     /* 0 none */
	char lock[LOCK_ID_SIZE];         /* "" none */
	char adapter[64];                /* "" none */
	char image[SHA256_TEXT];         /* "" none */
	char phase[16], waiting_for[12]; /* of the job or the adapter's state; "" none */
	char code[40];                   /* "added", "removed", "stick_reset", a failure code … */
	char text[216];                  /* one sentence for people */
	int64_t bytes_done, bytes_total; /* -1 none */
};

const char *event_kind_name(enum event_kind kind);
bool event_kind_parse(enum event_kind *out, const char *name);
