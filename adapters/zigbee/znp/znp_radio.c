#include "adapters/zigbee/znp/znp_radio.h"

#include "adapters/zigbee/aps_gate.h"
#include "adapters/zigbee/znp/znp_af.h"
#include "adapters/zigbee/znp/znp_radio_impl.h"
#include "adapters/zigbee/znp/znp_status.h"
#include "adapters/zigbee/znp/znp_trace.h"
#include "adapters/zigbee/znp/znp_zdo.h"
#include "server/base/alloc.h"
#include "server/base/check.h"
#include "server/loop.h"

#include <stdlib.h>

enum { LOST_IN_ROW = 3 };
enum { BLOCK_DIRECT = 63, BLOCK_ROUTED = 50 };

msec znp_radio_now(const struct znp_radio *z)
{
	return loop_now(z->options.loop);
}

void znp_radio_tell(struct znp_radio *z, enum radio_state state, const struct err *why)
{
	if (!z->is_stopping)
		radio_tell(&z->base, &z->tell, state, why);
}

void znp_radio_flush(struct znp_radio *z)
{
	struct radio_sent sent;

	/* What sent() itself adds comes in the next turn. */
	for (size_t n = z->send.result_count; n && send_queue_take(&z->send, &sent); n--)
		z->base.to->sent(z->base.owner, &sent);
}

/* --- handing messages to the stick --- */

static void ask_item(struct znp_radio *z, struct send_item *item)
{
	const struct radio_send *s = &item->send;
	struct znp_ask ask;
	bool can = true;

	if (s->profile == RADIO_ZDO_PROFILE)
		can = znp_zdo_ask(&ask, s);
	else
		znp_af_ask(&ask, s, item->transaction);
	z->asker = ZNP_BY_ITEM;
	z->item = item;
	if (can && znp_rpc_call(&z->rpc, &ask, znp_radio_now(z)))
		return;
	z->asker = ZNP_BY_NOBODY;
	z->item = NULL;
	send_queue_ended(&z->send, item, RADIO_DENIED, znp_radio_now(z));
}

static void ask_release(struct znp_radio *z)
{
	struct znp_ask ask = z->release;

	z->release.cmd0 = 0;
	z->asker = ZNP_BY_RELEASE;
	znp_rpc_call(&z->rpc, &ask, znp_radio_now(z));
}

void znp_radio_pump(struct znp_radio *z)
{
	while (z->phase == ZNP_UP && !z->close_at && !znp_rpc_busy(&z->rpc)) {
		struct send_item *item = send_queue_next(&z->send, znp_radio_now(z));

		if (item)
			ask_item(z, item);
		else if (z->release.cmd0)
			ask_release(z);
		else if (znp_radio_now(z) >= znp_watch_due(z))
			znp_watch_ask(z);
		else
			break;
	}
}

/* --- the line --- */

static void write_line(void *owner, struct span frame)
{
	struct znp_radio *z = owner;

	if (z->stream)
		z->stream->ops->write(z->stream, frame);
}

static void died(struct znp_radio *z)
{
	struct err why;

	err_because(&why, ERR_TIMEOUT, "stick_silent",
		"the stick stopped answering; if this lasts, unplug it and plug it in again");
	znp_phase_failed(z, &why);
}

static void on_reply(void *owner, const struct znp_reply *reply)
{
	struct znp_radio *z = owner;
	enum znp_asker asker = z->asker;

	z->asker = ZNP_BY_NOBODY;
	if (asker == ZNP_BY_TASK && z->task)
		z->task->reply(z->task, reply, znp_radio_now(z));
	if (asker == ZNP_BY_ITEM)
		znp_receive_item(z, reply);
	if (asker == ZNP_BY_PING || asker == ZNP_BY_STATE)
		znp_watch_answered(z, asker, reply);
	if (reply->outcome == ZNP_DEAD && asker != ZNP_BY_TASK)
		died(z);
}

static const struct znp_rpc_events rpc_events = { .write = write_line,
	.reply = on_reply,
	.message = znp_receive_message,
	.unasked = znp_receive_unasked,
	.trace = znp_trace };

/* --- turns --- */

static bool many_lost(struct znp_radio *z)
{
	if (z->phase != ZNP_UP || z->send.lost_in_row < LOST_IN_ROW)
		return false;
	z->send.lost_in_row = 0;
	return true;
}

bool znp_radio_may_restart(const struct znp_radio *z)
{
	return z->options.may_restart && stick_record_may_restart(&z->record, znp_radio_now(z));
}

void znp_radio_rearm(struct znp_radio *z)
{
	msec times[] = { znp_phase_deadline(z), znp_rpc_deadline(&z->rpc),
		send_queue_deadline(&z->send, znp_radio_now(z)),
		z->phase == ZNP_UP && !znp_rpc_busy(&z->rpc) ? znp_watch_due(z) : 0,
		z->send.result_count ? znp_radio_now(z) : 0 };
	msec first = 0;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (times[i] && (!first || times[i] < first))
			first = times[i];
	loop_timer_set(z->tick, first);
}

static void turn(struct znp_radio *z)
{
	if (many_lost(z) && znp_radio_may_restart(z)) {
		stick_record_restarted(&z->record, znp_radio_now(z));
		znp_phase_restart(z);
	}
	znp_phase_step(z);
	znp_radio_pump(z);
	znp_radio_flush(z);
	znp_radio_rearm(z);
}

static void due(void *owner)
{
	struct znp_radio *z = owner;
	msec now = znp_radio_now(z);

	znp_phase_due(z);
	znp_rpc_due(&z->rpc, now);
	send_queue_due(&z->send, now);
	turn(z);
	if (!z->is_stopping || z->phase != ZNP_OFF || z->stream || z->send.result_count)
		return;
	z->is_stopping = false;
	znp_radio_rearm(z);
	z->stopped(z->stopped_owner); /* may free z */
}

static void line_opened(void *owner)
{
	struct znp_radio *z = owner;

	if (z->phase != ZNP_OPENING || z->close_at)
		return;
	znp_rpc_clear(&z->rpc);
	z->rpc.margin = z->stream->is_serial ? 0 : 200;
	z->phase = ZNP_PROBING;
	/* Moving the lines restarts the stick. */
	znp_probe_begin(
		&z->probe, z->stream->is_serial && znp_radio_may_restart(z), znp_radio_now(z));
	z->task = &z->probe.task;
	turn(z);
}

static void line_bytes(void *owner, struct span bytes)
{
	struct znp_radio *z = owner;

	if (z->close_at || !z->stream)
		return;
	znp_rpc_bytes(&z->rpc, bytes, znp_radio_now(z));
	turn(z);
}

static void line_closed(void *owner, const struct err *why)
{
	struct znp_radio *z = owner;

	if (!z->close_at)
		znp_phase_failed(z, why);
	znp_radio_flush(z);
	znp_radio_rearm(z);
}

const struct stream_events znp_radio_stream = {
	.opened = line_opened, .bytes = line_bytes, .closed = line_closed
};

/* --- operations --- */

static struct znp_radio *self(struct radio *r)
{
	return (struct znp_radio *)r;
}

static const struct znp_radio *look(const struct radio *r)
{
	return (const struct znp_radio *)r;
}

static enum err_code radio_start(struct radio *r, struct err *e)
{
	struct znp_radio *z = self(r);

	(void)e;
	if (z->phase != ZNP_OFF && z->phase != ZNP_REFUSED)
		return OK;
	stick_record_forget_unasked(&z->record);
	stick_record_runs(&z->record);
	z->phase = ZNP_CLOSED;
	z->phase_until = znp_radio_now(z);
	znp_radio_tell(z, RADIO_STARTING, NULL);
	znp_radio_rearm(z);
	return OK;
}

static void radio_stop(struct radio *r, void (*done)(void *owner), void *owner)
{
	struct znp_radio *z = self(r);

	z->stopped = done;
	z->stopped_owner = owner;
	znp_phase_stop(z);
	z->tell.told = RADIO_DOWN;
	znp_radio_rearm(z);
}

static enum err_code radio_restart(struct radio *r, struct err *e)
{
	struct znp_radio *z = self(r);

	if (z->phase == ZNP_REFUSED && !z->is_stopping)
		return radio_start(r, e);
	if (z->phase != ZNP_UP || z->is_stopping)
		return err_set(e, ERR_BUSY, "the stick is not up, so it cannot be restarted now");
	znp_phase_restart(z);
	znp_radio_rearm(z);
	return OK;
}

static bool takes_messages(const struct znp_radio *z)
{
	return !z->is_stopping && !z->close_at && z->tell.told == RADIO_UP;
}

static void radio_send(struct radio *r, const struct radio_send *s)
{
	struct znp_radio *z = self(r);
	struct radio_send out = *s;

	if (send_queue_is_full(&z->send))
		znp_radio_flush(z);
	/* Locks may have reached us through an endpoint of the owner's. */
	if (s->profile == ZNP_PROFILE && !znp_endpoints_has(&z->endpoints, s->source_endpoint) &&
		z->phase == ZNP_UP)
		out.source_endpoint = znp_endpoints_first(&z->endpoints);
	if (!aps_gate_allows(s)) {
		z->rpc.gate.denied++;
		send_queue_result(&z->send, s->tag, RADIO_DENIED);
	} else if (!takes_messages(z)) {
		send_queue_result(&z->send, s->tag, RADIO_LOST);
	} else {
		send_queue_add(&z->send, &out, znp_radio_now(z));
		znp_radio_pump(z);
	}
	znp_radio_rearm(z);
}

static uint8_t radio_block_max(const struct radio *r, uint16_t destination, uint16_t last_hop)
{
	bool is_strong = look(r)->resume.facts.stack == ZNP_STACK_3X0;

	return is_strong && last_hop == destination ? BLOCK_DIRECT : BLOCK_ROUTED;
}

static bool radio_network(const struct radio *r, struct radio_network *out)
{
	const struct znp_radio *z = look(r);

	if (z->tell.told != RADIO_UP)
		return false;
	znp_facts_network(&z->resume.facts, out);
	return true;
}

static void radio_health(const struct radio *r, struct radio_health *out)
{
	const struct znp_radio *z = look(r);

	*out = (struct radio_health){ .resets = z->record.resets_ever,
		.timeouts = z->rpc.timeouts,
		.lost_confirms = z->send.lost_confirms,
		.delivery_failures = z->send.failures,
		.no_buffers = z->send.no_buffers,
		.garbage_bytes = z->rpc.reader.dropped };
	if (z->resume.facts.stack != ZNP_STACK_UNKNOWN)
		znp_facts_firmware(&z->resume.facts, out->firmware, sizeof out->firmware);
}

static void radio_free(struct radio *r)
{
	struct znp_radio *z = self(r);

	if (!z)
		return;
	znp_phase_close(z);
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

struct radio *znp_radio_new(const struct radio_options *options)
{
	struct znp_radio *z = xcalloc(1, sizeof *z);

	z->base.ops = &operations;
	z->options = *options;
	z->tell.told = RADIO_DOWN;
	z->tick = loop_timer_new(options->loop, due, z);
	znp_rpc_init(&z->rpc, &rpc_events, z);
	send_queue_init(&z->send, &znp_send_family, 1);
	return &z->base;
}
