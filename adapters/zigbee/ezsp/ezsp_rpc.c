#include "adapters/zigbee/ezsp/ezsp_rpc.h"

#include "server/base/check.h"

#include <assert.h>

enum { MESH_STACK = 2, SILENT_MAX = 2 };

static void fail(struct ezsp_rpc *rpc, const struct ezsp_failure *why, msec now)
{
	ezsp_rpc_stop(rpc);
	rpc->to->failed(rpc->owner, why, now);
}

static void end(struct ezsp_rpc *rpc, enum ezsp_end why, int code, msec now)
{
	fail(rpc, &(struct ezsp_failure){ .end = why, .code = code }, now);
}

static bool put(
	struct ezsp_rpc *rpc, enum ezsp_command command, const struct ezsp_values *values, msec now)
{
	uint8_t params[EZSP_FRAME_MAX], out[EZSP_FRAME_MAX];
	struct wire_out w = wire_out(params, sizeof params);
	uint8_t version = rpc->gate.version ? rpc->gate.version : EZSP_OLDEST;
	struct ezsp_frame frame = { .sequence = rpc->next_sequence, .control = 0 };
	size_t size;

	if (!ezsp_command_write(command, version, values, &frame.id, &w))
		return false;
	frame.params = wire_span(&w);
	size = ezsp_gate_write(&rpc->gate, &frame, out);
	if (!size)
		return false;
	rpc->asked = command;
	rpc->asked_id = frame.id;
	rpc->asked_sequence = rpc->next_sequence++;
	if (rpc->to->trace)
		rpc->to->trace(rpc->owner, true, &frame);
	ash_send(&rpc->ash, (struct span){ out, size }, now);
	return true;
}

static void ask_version(struct ezsp_rpc *rpc, enum ezsp_rpc_state state, uint8_t version, msec now)
{
	struct ezsp_values v = { .u = { [EZ_VERSION] = version } };

	rpc->state = state;
	rpc->gate.version = state == EZSP_RPC_HELLO ? 0 : version;
	rpc->deadline = now + EZSP_VERSION_TIMEOUT + rpc->margin;
	if (!put(rpc, EZSP_VERSION, &v, now))
		assert(false && "the gate knows the handshake");
}

static void connected(void *owner, int code, msec now)
{
	struct ezsp_rpc *rpc = owner;

	(void)code;
	rpc->next_sequence = 0;
	ask_version(rpc, EZSP_RPC_HELLO, EZSP_NEWEST, now);
}

static void ash_failed(void *owner, const struct ash_failure *why, msec now)
{
	fail(owner, &(struct ezsp_failure){ .end = EZSP_END_ASH, .code = why->code, .ash = *why },
		now);
}

static void ash_wrote(void *owner, struct span bytes)
{
	struct ezsp_rpc *rpc = owner;

	rpc->to->write(rpc->owner, bytes);
}

static void owe(struct ezsp_rpc *rpc)
{
	size_t i = rpc->owed_next++ % EZSP_OWED_MAX;

	rpc->owed[i].id = rpc->asked_id;
	rpc->owed[i].sequence = rpc->asked_sequence;
	rpc->owed[i].set = true;
}

static bool was_owed(struct ezsp_rpc *rpc, const struct ezsp_frame *f)
{
	for (size_t i = 0; i < EZSP_OWED_MAX; i++) {
		bool same = rpc->owed[i].id == f->id ||
			    ezsp_command_of(f->id, rpc->gate.version) == EZSP_INVALID_COMMAND;

		if (!rpc->owed[i].set || rpc->owed[i].sequence != f->sequence || !same)
			continue;
		rpc->owed[i].set = false;
		return true;
	}
	return false;
}

static void finish(struct ezsp_rpc *rpc, const struct ezsp_reply *reply, msec now)
{
	rpc->state = EZSP_RPC_READY;
	rpc->deadline = 0;
	rpc->to->reply(rpc->owner, reply, now);
}

static void hello(struct ezsp_rpc *rpc, const struct ezsp_values *v, msec now)
{
	uint64_t version = v->u[EZ_VERSION];

	if (version < EZSP_OLDEST || version > EZSP_NEWEST)
		end(rpc, EZSP_END_VERSION, (int)version, now);
	else if (v->u[EZ_STACK_TYPE] != MESH_STACK)
		end(rpc, EZSP_END_STACK_TYPE, (int)v->u[EZ_STACK_TYPE], now);
	else
		ask_version(rpc, EZSP_RPC_CONFIRM, (uint8_t)version, now);
}

static void confirm(struct ezsp_rpc *rpc, const struct ezsp_values *v, msec now)
{
	struct ezsp_hello h = { .version = (uint8_t)v->u[EZ_VERSION],
		.stack_version = (uint16_t)v->u[EZ_STACK_VERSION] };

	if (h.version != rpc->gate.version) {
		end(rpc, EZSP_END_HANDSHAKE, -1, now);
		return;
	}
	rpc->state = EZSP_RPC_READY;
	rpc->deadline = 0;
	rpc->to->ready(rpc->owner, &h, now);
}

static void answered(struct ezsp_rpc *rpc, const struct ezsp_reply *reply, msec now)
{
	bool is_hello = rpc->state == EZSP_RPC_HELLO;

	rpc->silent = 0;
	if (rpc->state == EZSP_RPC_ASKED)
		finish(rpc, reply, now);
	else if (reply->outcome != EZSP_ANSWER)
		end(rpc, EZSP_END_HANDSHAKE, -1, now);
	else if (is_hello)
		hello(rpc, &reply->values, now);
	else
		confirm(rpc, &reply->values, now);
}

static void take_invalid(struct ezsp_rpc *rpc, const struct ezsp_frame *f, msec now)
{
	enum { VERSION_NOT_SET = 0x30 };
	struct ezsp_reply reply = { .outcome = EZSP_INVALID, .command = rpc->asked };

	reply.reason = f->params.size ? f->params.data[0] : 0;
	if (rpc->state == EZSP_RPC_ASKED && reply.reason == VERSION_NOT_SET)
		end(rpc, EZSP_END_FORGOT, -1, now);
	else
		answered(rpc, &reply, now);
}

/* Version up to the negotiated one: before, all is as in v4. */
static uint8_t layout(const struct ezsp_rpc *rpc)
{
	return rpc->gate.version ? rpc->gate.version : EZSP_OLDEST;
}

static void take_answer(struct ezsp_rpc *rpc, const struct ezsp_frame *f, msec now)
{
	struct ezsp_reply reply = { .outcome = EZSP_ANSWER, .command = rpc->asked };

	if (f->control & EZSP_CONTROL_TRUNCATED ||
		!ezsp_command_read(rpc->asked, layout(rpc), f->params, &reply.values)) {
		rpc->garbled++;
		reply.outcome = EZSP_BROKEN;
	}
	answered(rpc, &reply, now);
}

static void take_callback(struct ezsp_rpc *rpc, const struct ezsp_frame *f, msec now)
{
	enum ezsp_command which = ezsp_command_of(f->id, layout(rpc));
	struct ezsp_values v;

	if (!ezsp_command_is_callback(which))
		return;
	if (f->control & EZSP_CONTROL_TRUNCATED ||
		!ezsp_command_read(which, layout(rpc), f->params, &v))
		rpc->garbled++;
	else
		rpc->to->callback(rpc->owner, which, &v, now);
}

static bool is_asking(const struct ezsp_rpc *rpc)
{
	return rpc->state == EZSP_RPC_HELLO || rpc->state == EZSP_RPC_CONFIRM ||
	       rpc->state == EZSP_RPC_ASKED;
}

/* Old firmwares leave out the callback bit; the number of a callback is none of an answer's. */
static void take(struct ezsp_rpc *rpc, const struct ezsp_frame *f, msec now)
{
	enum ezsp_command which = ezsp_command_of(f->id, layout(rpc));
	bool is_ours = is_asking(rpc) && f->sequence == rpc->asked_sequence;

	if (ezsp_frame_is_callback(f) || ezsp_command_is_callback(which))
		take_callback(rpc, f, now);
	else if (is_ours && f->id == rpc->asked_id)
		take_answer(rpc, f, now);
	else if (is_ours && which == EZSP_INVALID_COMMAND)
		take_invalid(rpc, f, now);
	else if (was_owed(rpc, f))
		rpc->late++;
	else
		rpc->unasked++;
}

static void arrived(void *owner, struct span ezsp, msec now)
{
	struct ezsp_rpc *rpc = owner;
	struct ezsp_frame f;

	if (!ezsp_frame_read(rpc->gate.version, ezsp, &f) || !(f.control & EZSP_CONTROL_RESPONSE)) {
		rpc->garbled++;
		return;
	}
	if (f.control & EZSP_CONTROL_OVERFLOW)
		rpc->overflows++;
	if (rpc->to->trace)
		rpc->to->trace(rpc->owner, false, &f);
	take(rpc, &f, now);
}

static const struct ash_events ash_events = {
	.write = ash_wrote, .connected = connected, .frame = arrived, .failed = ash_failed
};

void ezsp_rpc_init(struct ezsp_rpc *rpc, const struct ezsp_rpc_events *to, void *owner)
{
	*rpc = (struct ezsp_rpc){ .to = to, .owner = owner };
	ash_init(&rpc->ash, &ash_events, rpc);
}

void ezsp_rpc_start(struct ezsp_rpc *rpc, msec now)
{
	ezsp_rpc_stop(rpc);
	rpc->state = EZSP_RPC_CONNECTING;
	rpc->ash.margin = rpc->margin;
	ash_connect(&rpc->ash, now);
}

void ezsp_rpc_stop(struct ezsp_rpc *rpc)
{
	ash_stop(&rpc->ash);
	rpc->state = EZSP_RPC_IDLE;
	rpc->deadline = 0;
	rpc->silent = 0;
	rpc->gate.version = 0;
	for (size_t i = 0; i < EZSP_OWED_MAX; i++)
		rpc->owed[i].set = false;
}

bool ezsp_rpc_ready(const struct ezsp_rpc *rpc)
{
	return rpc->state == EZSP_RPC_READY && !ash_is_full(&rpc->ash);
}

bool ezsp_rpc_call(
	struct ezsp_rpc *rpc, enum ezsp_command command, const struct ezsp_values *values, msec now)
{
	static const struct ezsp_values none;

	assert(ezsp_rpc_ready(rpc));
	if (!put(rpc, command, values ? values : &none, now))
		return false;
	rpc->state = EZSP_RPC_ASKED;
	rpc->deadline = now + EZSP_ANSWER_TIMEOUT + rpc->margin;
	return true;
}

void ezsp_rpc_bytes(struct ezsp_rpc *rpc, struct span bytes, msec now)
{
	rpc->heard = now;
	ash_bytes(&rpc->ash, bytes, now);
}

static void not_answered(struct ezsp_rpc *rpc, msec now)
{
	rpc->timeouts++;
	if (rpc->state != EZSP_RPC_ASKED) {
		end(rpc, EZSP_END_HANDSHAKE, -1, now);
	} else if (++rpc->silent >= SILENT_MAX || ash_is_full(&rpc->ash)) {
		end(rpc, EZSP_END_SILENT, -1, now);
	} else {
		owe(rpc);
		finish(rpc,
			&(struct ezsp_reply){ .outcome = EZSP_NO_ANSWER, .command = rpc->asked },
			now);
	}
}

void ezsp_rpc_due(struct ezsp_rpc *rpc, msec now)
{
	ash_due(&rpc->ash, now);
	if (rpc->deadline && now >= rpc->deadline)
		not_answered(rpc, now);
}

msec ezsp_rpc_deadline(const struct ezsp_rpc *rpc)
{
	msec line = ash_deadline(&rpc->ash);

	return line && (!rpc->deadline || line < rpc->deadline) ? line : rpc->deadline;
}
