#include "adapters/zigbee/znp/znp_rpc.h"

#include "server/base/check.h"

#include <assert.h>
#include <string.h>

enum { TYPE_MASK = 0xE0, TYPE_AREQ = 0x40, TYPE_SRSP = 0x60, SUBSYSTEM_MASK = 0x1F };
enum { PING_0 = 0x21, PING_1 = 0x01, SYNC_PINGS = 2 };

static const struct znp_ask ping = { .cmd0 = PING_0, .cmd1 = PING_1 };

void znp_rpc_init(struct znp_rpc *rpc, const struct znp_rpc_events *to, void *owner)
{
	*rpc = (struct znp_rpc){ .to = to, .owner = owner };
}

static void owe(struct znp_rpc *rpc, const struct znp_ask *ask)
{
	size_t i = rpc->owed_next++ % ZNP_OWED_MAX;

	rpc->owed[i].cmd0 = ask->cmd0;
	rpc->owed[i].cmd1 = ask->cmd1;
}

void znp_rpc_clear(struct znp_rpc *rpc)
{
	if (rpc->state != ZNP_RPC_IDLE)
		owe(rpc, rpc->state == ZNP_RPC_SYNC ? &ping : &rpc->ask);
	rpc->state = ZNP_RPC_IDLE;
	rpc->deadline = 0;
	rpc->reader.used = 0;
	rpc->reader.given = 0;
}

bool znp_rpc_busy(const struct znp_rpc *rpc)
{
	return rpc->state != ZNP_RPC_IDLE;
}

static bool put(struct znp_rpc *rpc, const struct znp_frame *frame)
{
	uint8_t out[ZNP_FRAME_MAX];
	size_t size = znp_gate_write(&rpc->gate, frame, out);

	if (!size)
		return false;
	if (rpc->to->trace)
		rpc->to->trace(rpc->owner, true, frame);
	rpc->to->write(rpc->owner, (struct span){ out, size });
	return true;
}

static bool put_ask(struct znp_rpc *rpc, const struct znp_ask *ask, msec now)
{
	struct znp_frame frame = {
		.cmd0 = ask->cmd0, .cmd1 = ask->cmd1, .length = ask->length, .data = ask->data
	};

	rpc->deadline = now + (ask->timeout ? ask->timeout : ZNP_SRSP_TIMEOUT) + rpc->margin;
	return put(rpc, &frame);
}

bool znp_rpc_call(struct znp_rpc *rpc, const struct znp_ask *ask, msec now)
{
	assert(!znp_rpc_busy(rpc) && ask->length <= ZNP_ASK_MAX);
	rpc->ask = *ask;
	rpc->tries_left = ask->tries ? ask->tries : 1;
	rpc->state = ZNP_RPC_ASKED;
	if (put_ask(rpc, ask, now))
		return true;
	rpc->state = ZNP_RPC_IDLE;
	rpc->deadline = 0;
	return false;
}

bool znp_rpc_tell(struct znp_rpc *rpc, uint8_t cmd0, uint8_t cmd1, struct span data)
{
	struct znp_frame frame = {
		.cmd0 = cmd0, .cmd1 = cmd1, .length = (uint8_t)data.size, .data = data.data
	};

	assert(data.size <= ZNP_ASK_MAX);
	return put(rpc, &frame);
}

static bool is_for(const struct znp_ask *ask, uint8_t cmd0, uint8_t cmd1)
{
	return (cmd0 & SUBSYSTEM_MASK) == (ask->cmd0 & SUBSYSTEM_MASK) && cmd1 == ask->cmd1;
}

static bool was_owed(struct znp_rpc *rpc, uint8_t cmd0, uint8_t cmd1)
{
	for (size_t i = 0; i < ZNP_OWED_MAX; i++) {
		struct znp_ask late = { .cmd0 = rpc->owed[i].cmd0, .cmd1 = rpc->owed[i].cmd1 };

		if (!late.cmd0 || !is_for(&late, cmd0, cmd1))
			continue;
		rpc->owed[i].cmd0 = 0;
		return true;
	}
	return false;
}

static void finish(struct znp_rpc *rpc, const struct znp_reply *reply)
{
	rpc->state = ZNP_RPC_IDLE;
	rpc->deadline = 0;
	rpc->to->reply(rpc->owner, reply);
}

static void ask_again(struct znp_rpc *rpc, msec now)
{
	if (--rpc->tries_left == 0) {
		finish(rpc, &(struct znp_reply){ .outcome = ZNP_NO_ANSWER });
		return;
	}
	rpc->state = ZNP_RPC_ASKED;
	put_ask(rpc, &rpc->ask, now);
}

static void answered(struct znp_rpc *rpc, const struct znp_frame *f, msec now)
{
	bool is_error = f->cmd0 == TYPE_SRSP && f->cmd1 == 0 && f->length == 3;
	uint8_t cmd0 = is_error ? f->data[1] : f->cmd0;
	uint8_t cmd1 = is_error ? f->data[2] : f->cmd1;

	if (rpc->state == ZNP_RPC_ASKED && is_for(&rpc->ask, cmd0, cmd1))
		finish(rpc, &(struct znp_reply){ .outcome = is_error ? ZNP_RPC_ERROR : ZNP_ANSWER,
				    .error = is_error ? f->data[0] : 0,
				    .data = { f->data, f->length } });
	else if (rpc->state == ZNP_RPC_SYNC && is_for(&ping, cmd0, cmd1))
		ask_again(rpc, now);
	else if (!was_owed(rpc, cmd0, cmd1))
		rpc->to->unasked(rpc->owner, f);
}

static void take(struct znp_rpc *rpc, const struct znp_frame *f, msec now)
{
	if (rpc->to->trace)
		rpc->to->trace(rpc->owner, false, f);
	if ((f->cmd0 & TYPE_MASK) == TYPE_SRSP)
		answered(rpc, f, now);
	else if ((f->cmd0 & TYPE_MASK) == TYPE_AREQ)
		rpc->to->message(rpc->owner, f);
}

void znp_rpc_bytes(struct znp_rpc *rpc, struct span bytes, msec now)
{
	bool whole = true;

	rpc->heard = now;
	while (whole) {
		struct znp_frame f;
		size_t took = znp_read(&rpc->reader, bytes.data, bytes.size, &f, &whole);

		if (took)
			bytes = (struct span){ bytes.data + took, bytes.size - took };
		if (whole)
			take(rpc, &f, now);
	}
}

static msec gap_end(const struct znp_rpc *rpc)
{
	return znp_reading(&rpc->reader) ? rpc->heard + ZNP_BYTE_GAP_MAX : 0;
}

static void start_sync(struct znp_rpc *rpc, msec now)
{
	rpc->state = ZNP_RPC_SYNC;
	put_ask(rpc, &ping, now);
}

static void timed_out(struct znp_rpc *rpc, msec now)
{
	bool is_ping = is_for(&ping, rpc->ask.cmd0, rpc->ask.cmd1);

	rpc->timeouts++;
	if (rpc->state == ZNP_RPC_ASKED && !is_ping) {
		owe(rpc, &rpc->ask);
		rpc->pings_left = SYNC_PINGS;
		start_sync(rpc, now);
		return;
	}
	owe(rpc, &ping);
	if (rpc->state == ZNP_RPC_SYNC && --rpc->pings_left)
		start_sync(rpc, now);
	else if (rpc->state == ZNP_RPC_ASKED && --rpc->tries_left)
		put_ask(rpc, &rpc->ask, now);
	else
		finish(rpc, &(struct znp_reply){ .outcome = ZNP_DEAD });
}

void znp_rpc_due(struct znp_rpc *rpc, msec now)
{
	msec gap = gap_end(rpc);

	if (gap && now >= gap) {
		msec heard = rpc->heard;

		znp_read_gave_up(&rpc->reader);
		znp_rpc_bytes(rpc, (struct span){ NULL, 0 }, now);
		if (!znp_reading(&rpc->reader))
			rpc->heard = heard;
	}
	if (rpc->deadline && now >= rpc->deadline)
		timed_out(rpc, now);
}

msec znp_rpc_deadline(const struct znp_rpc *rpc)
{
	msec gap = gap_end(rpc);

	return gap && (!rpc->deadline || gap < rpc->deadline) ? gap : rpc->deadline;
}
