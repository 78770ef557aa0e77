#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/sim/sim_znp_private.h"

#include <assert.h>
#include <stdlib.h>

enum { LATE_SRSP = 4000, SRSP_TIME = 1, FORCE_RUN = 0xEF };

/* --- life --- */

struct nv_network mt_default_network(const struct sim_znp *znp)
{
	const struct sim_network_options *o = sim_network_facts(znp->network);

	return (struct nv_network){ o->channel, o->pan_id, o->ext_pan_id, o->coordinator };
}

static void register_owners_endpoints(struct sim_znp *znp)
{
	static const struct sim_endpoint owners[] = {
		{ .id = 1, .profile = SIM_PROFILE_HA, .device = 5 },
		{ .id = 13,
			.profile = SIM_PROFILE_HA,
			.device = 5,
			.in_count = 1,
			.in = { 0x0019 } },
		{ .id = 242, .profile = 0xA1E0, .device = 0x61 },
	};

	memcpy(znp->endpoints, owners, sizeof owners);
	znp->endpoint_count = ARRAY_SIZE(owners);
	znp->state = STATE_COORDINATOR;
	znp->restored = true;
}

static void from_host(void *owner, struct span bytes)
{
	sim_znp_input(owner, bytes);
}

static void taken(void *owner)
{
	struct sim_znp *znp = owner;

	znp->parser.have = 0;
}

struct sim_znp *sim_znp_new(struct sim_network *network, const struct sim_znp_options *options)
{
	struct sim_znp *znp = xcalloc(1, sizeof *znp);
	struct nv_network net;

	znp->network = network;
	znp->events = sim_network_events(network);
	znp->link = (struct sim_link){
		.events = znp->events, .input = from_host, .taken = taken, .owner = znp
	};
	if (options)
		znp->options = *options;
	znp->nv = nv_new();
	net = mt_default_network(znp);
	nv_fill(znp->nv, &znp->options, &net);
	if (znp->options.running)
		register_owners_endpoints(znp);
	sim_network_attach(network, &MT_STICK, znp);
	return znp;
}

void sim_znp_free(struct sim_znp *znp)
{
	if (!znp)
		return;
	sim_network_attach(znp->network, NULL, NULL);
	sim_events_drop(znp->events, znp, NULL);
	sim_link_close(&znp->link, NULL);
	nv_free(znp->nv);
	sim_turnaround_end(&znp->turnaround);
	free(znp);
}

/* --- faults --- */

void sim_znp_fault(struct sim_znp *znp, enum sim_fault fault, int count, int arg)
{
	sim_faults_arm(&znp->faults, fault, count, arg);
}

bool mt_fault(struct sim_znp *znp, enum sim_fault fault, int *arg)
{
	return sim_faults_strike(&znp->faults, fault, arg);
}

void sim_znp_dead(struct sim_znp *znp, bool dead)
{
	znp->dead = dead;
}

/* --- out --- */

/* Cluster 0x0019, command 0x03 of a cluster-specific frame: offsets of AF_INCOMING_MSG. */
static bool is_block_request(const struct mt_frame *f)
{
	return f->cmd0 == (MT_AREQ | MT_AF) && f->cmd1 == 0x81 && f->size > 19 &&
	       f->data[2] == 0x19 && !f->data[3] && (f->data[17] & 3) == 1 && f->data[19] == 0x03;
}

static void note_request(struct sim_znp *znp, const struct mt_frame *f)
{
	if (is_block_request(f))
		sim_turnaround_asked(&znp->turnaround, (uint16_t)(f->data[4] | f->data[5] << 8));
}

static void emit(void *owner, const void *data, size_t size)
{
	struct sim_znp *znp = owner;
	const struct mt_frame *f = data;
	static const uint8_t noise[] = { 0x00, 0xFE, 0xFF, 0x55, 0x0D };
	uint8_t raw[MT_FRAME_MAX];
	uint8_t n = mt_encode(raw, f);

	(void)size;
	if (znp->dead || znp->link.unplugged)
		return;
	if (mt_fault(znp, SIM_BAD_FCS, NULL))
		raw[n - 1] ^= 0x5A;
	if (mt_fault(znp, SIM_GARBAGE, NULL))
		sim_link_put(&znp->link, (struct span){ noise, sizeof noise });
	/* Before the write: the host may run, and even answer, before the write returns. */
	note_request(znp, f);
	if (mt_fault(znp, SIM_SPLIT, NULL))
		for (uint8_t i = 0; i < n; i++)
			sim_link_put(&znp->link, (struct span){ raw + i, 1 });
	else
		sim_link_put(&znp->link, (struct span){ raw, n });
}

void mt_say_later(struct sim_znp *znp, const struct mt_frame *frame, msec delay)
{
	sim_events_add(znp->events, (struct sim_event){ .delay = delay,
					    .fn = emit,
					    .owner = znp,
					    .data = frame,
					    .size = sizeof *frame });
}

void mt_say(struct sim_znp *znp, uint8_t cmd0, uint8_t cmd1, struct span data)
{
	struct mt_frame f = { .cmd0 = cmd0, .cmd1 = cmd1, .size = (uint8_t)data.size };

	assert(data.size <= MT_DATA_MAX);
	if (data.size)
		memcpy(f.data, data.data, data.size);
	mt_say_later(znp, &f, 0);
}

/* --- in --- */

void mt_forbidden(struct sim_znp *znp, const struct mt_frame *frame)
{
	uint8_t raw[MT_FRAME_MAX];
	uint8_t n = mt_encode(raw, frame);
	size_t most = (sizeof znp->last_forbidden - 1) / 2;

	znp->forbidden++;
	text_hex(znp->last_forbidden, (struct span){ raw, n < most ? n : most });
}

static void run_subsystem(struct mt_call *call)
{
	enum sim_znp_stack stack = call->znp->options.stack;

	switch (call->request->cmd0 & 0x1F) {
	case MT_SYS:
		mt_sys(call);
		return;
	case MT_AF:
		mt_af(call);
		return;
	case MT_ZDO:
		mt_zdo(call);
		return;
	case MT_UTIL:
		mt_util(call);
		return;
	case MT_SAPI:
		if (stack == SIM_ZSTACK_12)
			mt_sapi(call);
		else
			call->rpc_error = 1;
		return;
	case MT_APP_CNF:
		if (stack != SIM_ZSTACK_12)
			mt_app_cnf(call);
		else
			call->rpc_error = 1;
		return;
	default:
		call->rpc_error = 1;
	}
}

static void finish(struct mt_call *call)
{
	struct mt_frame *r = &call->response;

	r->cmd0 = MT_SRSP | (call->request->cmd0 & 0x1F);
	r->cmd1 = call->request->cmd1;
	r->size = (uint8_t)call->out.size;
	if (!call->rpc_error)
		return;
	*r = (struct mt_frame){ .cmd0 = MT_SRSP,
		.size = 3,
		.data = { call->rpc_error, call->request->cmd0, call->request->cmd1 } };
}

static void answer(struct sim_znp *znp, const struct mt_frame *frame)
{
	struct mt_call call = { .znp = znp,
		.request = frame,
		.in = wire_in((struct span){ frame->data, frame->size }) };
	bool timed = sim_network_facts(znp->network)->radio_timing;
	bool silent = mt_fault(znp, SIM_NO_SRSP, NULL);
	msec delay = mt_fault(znp, SIM_LATE_SRSP, NULL) ? LATE_SRSP : timed ? SRSP_TIME : 0;

	if (silent)
		return;
	call.out = wire_out(call.response.data, MT_DATA_MAX);
	run_subsystem(&call);
	finish(&call);
	mt_say_later(znp, &call.response, delay);
}

void mt_dispatch(struct sim_znp *znp, const struct mt_frame *frame)
{
	znp->requests++;
	if (mt_is_forbidden(frame, znp->options.stack))
		mt_forbidden(znp, frame);
	if (frame->cmd0 == (MT_AREQ | MT_SYS) && frame->cmd1 == 0x00)
		mt_reset(znp, 0);
	else if ((frame->cmd0 & 0xE0) == MT_SREQ)
		answer(znp, frame);
}

static bool is_block_response(const struct mt_frame *f)
{
	return f->cmd0 == (MT_SREQ | MT_AF) && f->cmd1 == 0x01 && f->size > 12 &&
	       f->data[4] == 0x19 && !f->data[5] && (f->data[10] & 3) == 1 && f->data[12] == 0x05;
}

static void note_response(struct sim_znp *znp, const struct mt_frame *f)
{
	if (is_block_response(f))
		sim_turnaround_answered(&znp->turnaround, (uint16_t)(f->data[0] | f->data[1] << 8));
}

static void leave_bootloader(struct sim_znp *znp, uint8_t byte)
{
	if (byte != FORCE_RUN)
		return;
	znp->options.bootloader = false;
	mt_reset(znp, 0);
}

void sim_znp_input(struct sim_znp *znp, struct span bytes)
{
	struct mt_frame frame;

	for (size_t i = 0; i < bytes.size && !znp->dead && !znp->link.unplugged; i++) {
		if (znp->options.bootloader) {
			leave_bootloader(znp, bytes.data[i]);
			continue;
		}
		if (!znp->parser.have)
			sim_turnaround_frame(&znp->turnaround);
		if (!mt_feed(&znp->parser, bytes.data[i], &frame))
			continue;
		note_response(znp, &frame);
		mt_dispatch(znp, &frame);
	}
}

void sim_znp_output(struct sim_znp *znp, void (*out)(void *owner, struct span bytes), void *owner)
{
	znp->link.out = out;
	znp->link.out_owner = owner;
}

void sim_znp_clock(struct sim_znp *znp, uint64_t (*microseconds)(void))
{
	znp->turnaround.clock = microseconds;
}

/* --- what was seen --- */

void sim_znp_stats(const struct sim_znp *znp, struct sim_stick_stats *out)
{
	*out = (struct sim_stick_stats){ .forbidden = znp->forbidden,
		.formed_alarm = znp->formed_alarm,
		.lock_commands = sim_network_commands(znp->network),
		.requests = znp->requests,
		.endpoints = (uint32_t)znp->endpoint_count,
		.nv_digest = nv_digest(znp->nv),
		.turnaround_count = znp->turnaround.count };
	text_copy(out->last_forbidden, sizeof out->last_forbidden, znp->last_forbidden);
}

size_t sim_znp_turnarounds(const struct sim_znp *znp, struct sim_turn *out, size_t max)
{
	return sim_turnaround_last(&znp->turnaround, out, max);
}

struct stream_factory sim_znp_factory(struct sim_znp *znp)
{
	return sim_link_factory(&znp->link);
}
