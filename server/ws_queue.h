/* ws_queue.h: what waits for one WebSocket peer: facts in order, and one volatile text per key,
 * sent after the facts and at most once a second. Sans-I/O. */
#pragma once

#include "server/base/msec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WS_LATEST_GAP = 1000 /* ms */ };

struct ws_text { /* malloc; whoever takes it frees it */
	struct ws_text *next;
	size_t size, before; /* before: room in front of the text, for the library's head */
	unsigned char raw[];
};
unsigned char *ws_text_data(struct ws_text *text);

struct ws_latest_slot;
struct ws_queue {
	size_t before;
	struct ws_text *facts, **facts_end;
	size_t bytes; /* of facts */
	struct ws_latest_slot *slots;
};

void ws_queue_init(struct ws_queue *q, size_t before);
void ws_queue_clear(struct ws_queue *q);
/* False: the queue would hold more than WS_QUEUE_MAX bytes; it is unchanged. */
bool ws_queue_add(struct ws_queue *q, const char *text, size_t size);
void ws_queue_latest(struct ws_queue *q, int64_t key, const char *text, size_t size);
/* The oldest fact, else a volatile text that may go now, else NULL. */
struct ws_text *ws_queue_take(struct ws_queue *q, msec now);
bool ws_queue_due(const struct ws_queue *q, msec now); /* is there a volatile text that may go? */
msec ws_queue_next(const struct ws_queue *q); /* when the next volatile text may go; 0: none */
