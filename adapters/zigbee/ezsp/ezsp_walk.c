#include "adapters/zigbee/ezsp/ezsp_walk.h"

enum { SLEEPY_CHILD = 4, RECORDS = 3 };
/* Bits of a neighbour record (Zigbee R22 §2.4.4.3.2.2). */
enum { TYPE_ROUTER = 1, TYPE_END_DEVICE = 2, RX_ON = 1 << 2, CHILD = 1 << 4, SIBLING = 2 << 4 };

void ezsp_walk_begin(struct ezsp_walk *w, uint8_t children)
{
	w->runs = true;
	w->is_counted = false;
	w->child = 0;
	w->children = children;
	w->neighbour = w->neighbours = 0;
	w->n = 0;
}

bool ezsp_walk_next(struct ezsp_walk *w, enum ezsp_command *command, struct ezsp_values *v)
{
	*v = (struct ezsp_values){ 0 };
	if (!w->runs)
		return false;
	if (w->child < w->children) {
		*command = EZSP_GET_CHILD_DATA;
		v->u[EZ_INDEX] = w->child++;
	} else if (!w->is_counted) {
		w->is_counted = true;
		*command = EZSP_NEIGHBOR_COUNT;
	} else if (w->neighbour < w->neighbours) {
		*command = EZSP_GET_NEIGHBOR;
		v->u[EZ_INDEX] = w->neighbour++;
	} else {
		w->runs = false;
	}
	return w->runs;
}

static const struct ezsp_relative *add(struct ezsp_walk *w, const struct ezsp_relative *found)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->list[i].ieee == found->ieee)
			return NULL;
	if (!found->ieee || w->n == EZSP_WALK_MAX)
		return NULL;
	w->list[w->n] = *found;
	return &w->list[w->n++];
}

const struct ezsp_relative *ezsp_walk_answered(struct ezsp_walk *w, const struct ezsp_reply *reply)
{
	const uint64_t *u = reply->values.u;
	struct ezsp_relative found = { .ieee = u[EZ_EUI],
		.address = (uint16_t)u[EZ_NODE],
		.lqi = (uint8_t)u[EZ_LQI],
		.is_child = reply->command == EZSP_GET_CHILD_DATA,
		.is_sleepy = u[EZ_NODE_TYPE] == SLEEPY_CHILD };

	if (reply->outcome != EZSP_ANSWER || !ezsp_status_ok(reply->values.status))
		return NULL;
	if (reply->command == EZSP_NEIGHBOR_COUNT) {
		w->neighbours = (uint8_t)u[EZ_COUNT];
		return NULL;
	}
	return add(w, &found);
}

void ezsp_walk_want(struct ezsp_walk *w, uint8_t start, uint8_t children)
{
	w->is_wanted = true;
	w->start = start;
	if (start == 0 && !w->runs)
		ezsp_walk_begin(w, children);
}

bool ezsp_walk_is_due(const struct ezsp_walk *w)
{
	return w->is_wanted && !w->runs;
}

static void put_record(struct wire_out *out, const struct ezsp_relative *r, uint64_t ext_pan_id)
{
	enum { UNKNOWN_JOINING = 2, DEPTH = 1 };
	unsigned bits = r->is_child ? TYPE_END_DEVICE | CHILD : TYPE_ROUTER | SIBLING;

	wire_put_u64(out, ext_pan_id);
	wire_put_u64(out, r->ieee);
	wire_put_u16(out, r->address);
	wire_put_u8(out, (uint8_t)(bits | (r->is_sleepy ? 0 : RX_ON)));
	wire_put_u8(out, UNKNOWN_JOINING);
	wire_put_u8(out, DEPTH);
	wire_put_u8(out, r->lqi);
}

struct span ezsp_walk_write(
	struct ezsp_walk *w, uint64_t ext_pan_id, uint8_t out[static EZSP_WALK_ANSWER_MAX])
{
	struct wire_out answer = wire_out(out, EZSP_WALK_ANSWER_MAX);
	size_t start = w->start < w->n ? w->start : w->n;
	size_t end = start + RECORDS < w->n ? start + RECORDS : w->n;

	w->is_wanted = false;
	wire_put_u8(&answer, 0); /* success */
	wire_put_u8(&answer, (uint8_t)w->n);
	wire_put_u8(&answer, w->start);
	wire_put_u8(&answer, (uint8_t)(end - start));
	for (size_t i = start; i < end; i++)
		put_record(&answer, &w->list[i], ext_pan_id);
	return wire_span(&answer);
}
