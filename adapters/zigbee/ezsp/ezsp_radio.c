#include "adapters/zigbee/ezsp/ezsp_radio.h"

#include "adapters/zigbee/aps_gate.h"
#include "adapters/zigbee/ezsp/ezsp_message.h"
#include "adapters/zigbee/ezsp/ezsp_radio_impl.h"
#include "adapters/zigbee/zdo.h"
#include "server/base/alloc.h"
#include "server/base/check.h"
#include "server/base/log.h"
#include "server/loop.h"

#include <stdlib.h>
#include <string.h>

enum { LOST_IN_ROW = 3, ZDO_SEQUENCE_MAX = 127 };
/* Bytes of an Image Block Response beside the image; blocks on unknown paths. */
enum { BLOCK_HEAD = 17, BLOCK_MIN = 40, BLOCK_MAX = 63, BLOCK_UNKNOWN = 50 };

msec ezsp_radio_now(const struct ezsp_radio *z)
{
	return loop_now(z->options.loop);
}

void ezsp_radio_tell(struct ezsp_radio *z, enum radio_state state, const struct err *why)
{
	if (!z->is_stopping)
		radio_tell(&z->base, &z->tell, state, why);
}

void ezsp_radio_flush(struct ezsp_radio *z)
{
	struct radio_sent sent;

	/* What sent() itself adds comes in the next turn. */
	for (size_t n = z->send.result_count; n && send_queue_take(&z->send, &sent); n--)
		z->base.to->sent(z->base.owner, &sent);
}

bool ezsp_radio_may_restart(const struct ezsp_radio *z)
{
	return z->options.may_restart && stick_record_may_restart(&z->record, ezsp_radio_now(z));
}

/* --- handing messages to the stick --- */

static void ask_item(struct ezsp_radio *z, struct send_item *item)
{
	struct ezsp_outgoing out;

	z->zdo_sequence = (uint8_t)(z->zdo_sequence % ZDO_SEQUENCE_MAX + 1);
	ezsp_message_write(&out, item, z->zdo_sequence);
	z->asker = EZSP_BY_ITEM;
	z->item = item;
	if (ezsp_rpc_call(&z->rpc, out.command, &out.values, ezsp_radio_now(z)))
		return;
	z->asker = EZSP_BY_NOBODY;
	z->item = NULL;
	send_queue_ended(&z->send, item, RADIO_DENIED, ezsp_radio_now(z));
}

static void pump(struct ezsp_radio *z)
{
	while (z->phase == EZSP_PHASE_UP && !z->is_closing && ezsp_rpc_ready(&z->rpc)) {
		struct send_item *item;

		if (ezsp_chores_urgent(z))
			break;
		item = send_queue_next(&z->send, ezsp_radio_now(z));
		if (item)
			ask_item(z, item);
		else if (!ezsp_chores_next(z))
			break;
	}
}

/* --- the line --- */

static void write_line(void *owner, struct span bytes)
{
	struct ezsp_radio *z = owner;

	if (z->stream)
		z->stream->ops->write(z->stream, bytes);
}

static void on_ready(void *owner, const struct ezsp_hello *hello, msec now)
{
	(void)now;
	ezsp_phase_ready(owner, hello);
}

static void on_reply(void *owner, const struct ezsp_reply *reply, msec now)
{
	struct ezsp_radio *z = owner;
	enum ezsp_asker asker = z->asker;

	z->asker = EZSP_BY_NOBODY;
	if (asker == EZSP_BY_RESUME && z->phase == EZSP_PHASE_RESUMING)
		ezsp_resume_reply(&z->resume, reply, now);
	if (asker == EZSP_BY_ITEM)
		ezsp_receive_item(z, reply);
	if (asker == EZSP_BY_CHORE)
		ezsp_chores_answered(z, reply);
}

static void on_trace(void *owner, bool out, const struct ezsp_frame *f)
{
	uint8_t raw[EZSP_FRAME_MAX + 2];

	(void)owner;
	if (!log_wants(LOG_LEVEL_DEBUG) || f->params.size > EZSP_FRAME_MAX)
		return;
	raw[0] = (uint8_t)(f->id >> 8);
	raw[1] = (uint8_t)f->id;
	if (f->params.size)
		memcpy(raw + 2, f->params.data, f->params.size);
	log_hex(out ? "ezsp >" : "ezsp <", (struct span){ raw, f->params.size + 2 });
}

static const struct ezsp_rpc_events rpc_events = { .write = write_line,
	.ready = on_ready,
	.reply = on_reply,
	.callback = ezsp_receive_callback,
	.failed = ezsp_failed,
	.trace = on_trace };

/* --- turns --- */

static bool many_lost(struct ezsp_radio *z)
{
	if (z->phase != EZSP_PHASE_UP || z->send.lost_in_row < LOST_IN_ROW)
		return false;
	z->send.lost_in_row = 0;
	return true;
}

static void watch_line(struct ezsp_radio *z)
{
	if (z->rpc.overflows != z->overflows_seen)
		log_warn("ezsp overflows=%u \"the stick lost notices for want of memory\"",
			z->rpc.overflows);
	z->overflows_seen = z->rpc.overflows;
	if (z->rpc.unasked != z->unasked_seen && !z->is_closing)
		(void)ezsp_second_owner(z, "the stick answers questions that we did not ask");
	z->unasked_seen = z->rpc.unasked;
}

static void rearm(struct ezsp_radio *z)
{
	msec now = ezsp_radio_now(z);
	msec times[] = { ezsp_phase_deadline(z), ezsp_rpc_deadline(&z->rpc),
		send_queue_deadline(&z->send, now),
		z->phase == EZSP_PHASE_UP && ezsp_rpc_ready(&z->rpc) ? ezsp_chores_due(z) : 0,
		z->send.result_count ? now : 0 };
	msec first = 0;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (times[i] && (!first || times[i] < first))
			first = times[i];
	loop_timer_set(z->tick, first);
}

static void turn(struct ezsp_radio *z)
{
	watch_line(z);
	if (many_lost(z) && ezsp_radio_may_restart(z)) {
		stick_record_restarted(&z->record, ezsp_radio_now(z));
		ezsp_phase_restart(z);
	}
	ezsp_phase_step(z);
	ezsp_receive_walk(z);
	pump(z);
	ezsp_radio_flush(z);
	rearm(z);
}

static void due(void *owner)
{
	struct ezsp_radio *z = owner;
	msec now = ezsp_radio_now(z);

	ezsp_phase_due(z);
	ezsp_rpc_due(&z->rpc, now);
	send_queue_due(&z->send, now);
	turn(z);
	if (!z->is_stopping || z->phase != EZSP_PHASE_OFF || z->stream || z->send.result_count)
		return;
	z->is_stopping = false;
	rearm(z);
	z->stopped(z->stopped_owner); /* may free z */
}

static void line_opened(void *owner)
{
	struct ezsp_radio *z = owner;

	if (z->phase != EZSP_PHASE_OPENING || z->is_closing)
		return;
	ezsp_phase_opened(z);
	rearm(z);
}

static void line_bytes(void *owner, struct span bytes)
{
	struct ezsp_radio *z = owner;

	if (z->is_closing || !z->stream)
		return;
	if (z->phase == EZSP_PHASE_SETTLING)
		ezsp_phase_connect(z); /* it is there */
	else
		ezsp_rpc_bytes(&z->rpc, bytes, ezsp_radio_now(z));
	turn(z);
}

static void line_closed(void *owner, const struct err *why)
{
	struct ezsp_radio *z = owner;

	if (!z->is_closing)
		ezsp_phase_failed(z, why);
	ezsp_radio_flush(z);
	rearm(z);
}

const struct stream_events ezsp_radio_stream = {
	.opened = line_opened, .bytes = line_bytes, .closed = line_closed
};

/* --- operations --- */

static struct ezsp_radio *self(struct radio *r)
{
	return (struct ezsp_radio *)r;
}

static const struct ezsp_radio *look(const struct radio *r)
{
	return (const struct ezsp_radio *)r;
}

static enum err_code radio_start(struct radio *r, struct err *e)
{
	struct ezsp_radio *z = self(r);

	(void)e;
	if (z->phase != EZSP_PHASE_OFF && z->phase != EZSP_PHASE_REFUSED)
		return OK;
	stick_record_forget_unasked(&z->record);
	stick_record_runs(&z->record);
	z->phase = EZSP_PHASE_CLOSED;
	z->phase_until = ezsp_radio_now(z);
	ezsp_radio_tell(z, RADIO_STARTING, NULL);
	rearm(z);
	return OK;
}

static void radio_stop(struct radio *r, void (*done)(void *owner), void *owner)
{
	struct ezsp_radio *z = self(r);

	z->stopped = done;
	z->stopped_owner = owner;
	ezsp_phase_stop(z);
	z->tell.told = RADIO_DOWN;
	rearm(z);
}

static enum err_code radio_restart(struct radio *r, struct err *e)
{
	struct ezsp_radio *z = self(r);

	if (z->phase == EZSP_PHASE_REFUSED && !z->is_stopping)
		return radio_start(r, e);
	if (ezsp_phase_wake(z)) {
		rearm(z);
		return OK;
	}
	if (z->phase != EZSP_PHASE_UP || z->is_stopping)
		return err_set(e, ERR_BUSY, "the stick is not up, so it cannot be restarted now");
	ezsp_phase_restart(z);
	rearm(z);
	return OK;
}

/* The stick's own tables are asked of it directly. */
static bool is_about_tables(const struct radio_send *s)
{
	return s->profile == RADIO_ZDO_PROFILE && s->cluster == ZDO_MGMT_LQI_REQ &&
	       s->destination == 0;
}

static bool takes_messages(const struct ezsp_radio *z)
{
	return !z->is_stopping && !z->is_closing && z->tell.told == RADIO_UP;
}

static void radio_send(struct radio *r, const struct radio_send *s)
{
	struct ezsp_radio *z = self(r);
	struct radio_send out = *s;

	if (send_queue_is_full(&z->send))
		ezsp_radio_flush(z);
	/* Locks may have reached us through an endpoint of the owner's. */
	if (s->profile != RADIO_ZDO_PROFILE)
		out.source_endpoint = EZSP_ENDPOINT;
	if (!aps_gate_allows(s)) {
		z->rpc.gate.denied++;
		send_queue_result(&z->send, s->tag, RADIO_DENIED);
	} else if (!takes_messages(z)) {
		send_queue_result(&z->send, s->tag, RADIO_LOST);
	} else if (is_about_tables(s)) {
		ezsp_walk_want(&z->walk, s->payload.data[0], z->resume.facts.children_max);
		send_queue_result(&z->send, s->tag, RADIO_DELIVERED);
	} else {
		if (s->ack)
			ezsp_peers_wait_for(&z->peers, s->destination);
		send_queue_add(&z->send, &out, ezsp_radio_now(z));
		pump(z);
	}
	rearm(z);
}

static uint8_t radio_block_max(const struct radio *r, uint16_t destination, uint16_t last_hop)
{
	const struct ezsp_radio *z = look(r);
	int payload = z->resume.facts.payload_max;
	int room = payload - ezsp_peers_overhead(&z->peers, destination) - BLOCK_HEAD;

	(void)last_hop;
	if (!payload)
		return BLOCK_UNKNOWN;
	if (room < BLOCK_MIN)
		return BLOCK_MIN;
	return room > BLOCK_MAX ? BLOCK_MAX : (uint8_t)room;
}

static bool radio_network(const struct radio *r, struct radio_network *out)
{
	const struct ezsp_radio *z = look(r);

	if (z->tell.told != RADIO_UP)
		return false;
	*out = z->resume.facts.network;
	return true;
}

static void radio_health(const struct radio *r, struct radio_health *out)
{
	const struct ezsp_radio *z = look(r);
	const struct ezsp_facts *f = &z->resume.facts;

	*out = (struct radio_health){ .resets = z->record.resets_ever,
		.timeouts = z->rpc.timeouts + z->rpc.ash.counters.timeouts,
		.lost_confirms = z->send.lost_confirms,
		.delivery_failures = z->send.failures,
		.no_buffers = z->send.no_buffers + z->stick_full,
		.garbage_bytes = z->rpc.ash.counters.dropped_bytes,
		.line_errors = z->line_errors,
		.channel_busy = z->channel_busy };
	if (!f->hello.version)
		return;
	ezsp_facts_firmware(f, out->firmware, sizeof out->firmware);
	out->warning = ezsp_facts_warning(f);
}

static void radio_free(struct radio *r)
{
	struct ezsp_radio *z = self(r);

	if (!z)
		return;
	ezsp_phase_close(z);
	loop_timer_free(z->tick);
	free(z);
}

static const struct radio_ops operations = { .start = radio_start,
	.stop = radio_stop,
	.restart = radio_restart,
	.send = radio_send,
	.block_max = radio_block_max,
	.network = radio_network,
	.health = radio_health,
	.free = radio_free };

struct radio *ezsp_radio_new(const struct radio_options *options)
{
	struct ezsp_radio *z = xcalloc(1, sizeof *z);

	z->base.ops = &operations;
	z->options = *options;
	z->tell.told = RADIO_DOWN;
	z->tick = loop_timer_new(options->loop, due, z);
	ezsp_rpc_init(&z->rpc, &rpc_events, z);
	send_queue_init(&z->send, ezsp_message_family(EZSP_NEWEST), 1);
	return &z->base;
}
