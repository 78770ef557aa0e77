#include "server/ws_queue.h"

#include "server/base/alloc.h"
#include "server/ws_hub.h"

#include <stdlib.h>
#include <string.h>

struct ws_latest_slot {
	struct ws_latest_slot *next;
	int64_t key;
	msec due; /* when the next text may go; 0: at once */
	struct ws_text *waiting;
};

unsigned char *ws_text_data(struct ws_text *text)
{
	return text->raw + text->before;
}

static struct ws_text *new_text(const struct ws_queue *q, const char *data, size_t size)
{
	struct ws_text *text = xcalloc(1, sizeof *text + q->before + size);

	text->size = size;
	text->before = q->before;
	memcpy(ws_text_data(text), data, size);
	return text;
}

void ws_queue_init(struct ws_queue *q, size_t before)
{
	*q = (struct ws_queue){ .before = before };
	q->facts_end = &q->facts;
}

static void drop_slot(struct ws_latest_slot **link)
{
	struct ws_latest_slot *slot = *link;

	*link = slot->next;
	free(slot->waiting);
	free(slot);
}

void ws_queue_clear(struct ws_queue *q)
{
	while (q->facts) {
		struct ws_text *text = q->facts;

		q->facts = text->next;
		free(text);
	}
	while (q->slots)
		drop_slot(&q->slots);
	ws_queue_init(q, q->before);
}

bool ws_queue_add(struct ws_queue *q, const char *text, size_t size)
{
	if (size > WS_QUEUE_MAX - q->bytes)
		return false;
	*q->facts_end = new_text(q, text, size);
	q->facts_end = &(*q->facts_end)->next;
	q->bytes += size;
	return true;
}

static struct ws_latest_slot **find_slot(struct ws_queue *q, int64_t key)
{
	struct ws_latest_slot **link = &q->slots;

	while (*link && (*link)->key != key)
		link = &(*link)->next;
	return link;
}

void ws_queue_latest(struct ws_queue *q, int64_t key, const char *text, size_t size)
{
	struct ws_latest_slot **link = find_slot(q, key);

	if (!size) {
		if (*link)
			drop_slot(link);
		return;
	}
	if (!*link) {
		*link = xcalloc(1, sizeof **link);
		(*link)->key = key;
	}
	free((*link)->waiting);
	(*link)->waiting = new_text(q, text, size);
}

static struct ws_text *take_fact(struct ws_queue *q)
{
	struct ws_text *text = q->facts;

	q->facts = text->next;
	if (!q->facts)
		q->facts_end = &q->facts;
	q->bytes -= text->size;
	return text;
}

struct ws_text *ws_queue_take(struct ws_queue *q, msec now)
{
	if (q->facts)
		return take_fact(q);
	for (struct ws_latest_slot *slot = q->slots; slot; slot = slot->next) {
		struct ws_text *text = slot->waiting;

		if (!text || slot->due > now)
			continue;
		slot->waiting = NULL;
		slot->due = now + WS_LATEST_GAP;
		return text;
	}
	return NULL;
}

bool ws_queue_due(const struct ws_queue *q, msec now)
{
	msec next = ws_queue_next(q);

	return next && next <= now;
}

msec ws_queue_next(const struct ws_queue *q)
{
	msec next = 0;

	for (const struct ws_latest_slot *slot = q->slots; slot; slot = slot->next) {
		msec due = slot->due ? slot->due : 1;

		if (slot->waiting && (!next || due < next))
			next = due;
	}
	return next;
}
