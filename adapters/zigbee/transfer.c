#include "adapters/zigbee/transfer.h"

#include "adapters/zigbee/block_memory.h"
#include "adapters/zigbee/ota_block.h"
#include "adapters/zigbee/pace.h"
#include "adapters/zigbee/transfer_report.h"
#include "adapters/zigbee/wake.h"
#include "adapters/zigbee/zcl.h"
#include "adapters/zigbee/zigbee_private.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	BURST = 10,
	PROFILE_LIGHT_LINK = 0xC05E,
	ENDPOINT_MAX = 240,
};

struct radio_send transfer_envelope(const struct device *d, uint16_t cluster)
{
	const struct transfer *t = &d->transfer;
	bool answered_before = cluster == ZCL_OTA && t->endpoint;

	return (struct radio_send){ .destination = d->address,
		.endpoint = answered_before ? t->endpoint : device_endpoint(d, cluster),
		.source_endpoint = answered_before ? t->our_endpoint : OUR_ENDPOINT,
		.profile = answered_before ? t->profile : ZCL_PROFILE_HA,
		.cluster = cluster,
		.urgent = true };
}

static struct ota_context context(const struct zigbee *z, const struct device *d)
{
	const struct transfer *t = &d->transfer;

	return (struct ota_context){ .now = loop_now(z->loop),
		.wall = loop_wall(z->loop),
		.ours = d->known,
		.endpoint = t->endpoint,
		.path = z->radio->ops->block_max(z->radio, d->address, t->last_hop) };
}

static void send_as(
	struct zigbee *z, struct device *d, const struct ota_answer *a, enum sent_kind kind)
{
	struct transfer *t = &d->transfer;
	struct radio_send send = transfer_envelope(d, ZCL_OTA);
	uint32_t tag;

	if (a->size == 0)
		return;
	send.payload = (struct span){ a->bytes, a->size };
	send.insist = a->ack;
	/* Routed blocks are worth an acknowledgement; bursts never are. */
	send.ack = a->ack || (a->is_block && !t->ota.page.running &&
				     t->last_hop != RADIO_NO_ADDRESS && t->last_hop != d->address);
	tag = zigbee_send(z, d, kind, &send);
	if (a->is_block)
		t->block_tag = tag;
}

static void send_answer(struct zigbee *z, struct device *d, const struct ota_answer *a)
{
	send_as(z, d, a, a->is_block ? SENT_BLOCK : SENT_OTHER);
}

/* A query for another image says nothing of the one ordered: another part of this lock asks, or
 * another lock that was given its address. */
static bool is_other(const struct device *d, const struct ota_request *r)
{
	const struct ota_server *s = &d->transfer.ota;

	return s->has_order && !ota_block_same_ids(&s->order.key, &r->key);
}

static void take_query(struct device *d, const struct ota_request *r)
{
	device_version(d, r->key.version, VERSION_QUERY);
	device_image_key(d, r->key.manufacturer, r->key.type);
	if (r->has_hardware) {
		d->facts.hardware_version = r->hardware;
		d->facts.known |= FACT_HARDWARE;
		d->fresh |= FACT_HARDWARE;
	}
	d->ota_endpoint = d->transfer.endpoint;
	d->interview.want &= ~(unsigned)ASK_VERSION;
	if (d->facts.endpoint != d->transfer.endpoint) {
		d->facts.endpoint = d->transfer.endpoint;
		d->facts.known |= FACT_NETWORK;
		d->fresh |= FACT_NETWORK;
	}
}

/* The lock was told to drop another image: it is told of ours while it still listens. One that
 * insists gets a minute's rest. */
static void announce_ours(struct zigbee *z, struct device *d, const struct ota_request *r)
{
	struct transfer *t = &d->transfer;
	msec now = loop_now(z->loop);
	bool insists = t->mismatch_at && now - t->mismatch_at < WAKE_NOTIFY_GAP;

	t->mismatch_at = now;
	t->burst = 1;
	t->burst_due = t->notify_due = now + (insists ? WAKE_NOTIFY_GAP : WAKE_SETTLE);
	log_info("lock=0x%016" PRIx64 " asked for another image: type 0x%04X version 0x%08X",
		d->ieee, r->key.type, (unsigned)r->key.version);
}

static void after(struct zigbee *z, struct device *d, const struct ota_answer *a)
{
	if (a->size_changed)
		block_memory_save(z, d);
	if (a->mismatch)
		announce_ours(z, d, &a->request);
	if (a->is_query && is_other(d, &a->request))
		traffic_doubt(z, d->address);
	if (a->is_query) {
		if (!is_other(d, &a->request))
			take_query(d, &a->request);
		zigbee_seen(z, d, true, false);
	}
	transfer_tell(z, d, a);
	zigbee_rearm(z);
}

static void serve(struct zigbee *z, struct device *d, const struct zcl_frame *frame)
{
	struct ota_context c = context(z, d);
	struct ota_answer a;

	ota_server_frame(&d->transfer.ota, frame, &c, &a);
	send_answer(z, d, &a);
	after(z, d, &a);
}

static bool delay(struct zigbee *z, struct device *d, const struct radio_message *m,
	const struct zcl_frame *frame)
{
	struct transfer *t = &d->transfer;
	msec now = loop_now(z->loop), when;

	if (!frame->cluster_specific || frame->command != OTA_BLOCK_REQUEST || !t->ota.has_order ||
		m->payload.size > sizeof t->delayed)
		return false;
	when = pace_slot(z, now);
	if (when <= now)
		return false;
	t->delayed_due = when;
	t->delayed_size = (uint8_t)m->payload.size;
	memcpy(t->delayed, m->payload.data, m->payload.size);
	zigbee_rearm(z);
	return true;
}

void transfer_frame(struct zigbee *z, struct device *d, const struct radio_message *m,
	const struct zcl_frame *frame)
{
	struct transfer *t = &d->transfer;

	if (frame->cluster_specific && !frame->from_server) {
		t->endpoint = m->source_endpoint;
		t->our_endpoint = m->endpoint <= ENDPOINT_MAX ? m->endpoint : OUR_ENDPOINT;
		/* Light-link clients search with their own profile and then talk this one. */
		t->profile = m->profile == PROFILE_LIGHT_LINK ? ZCL_PROFILE_HA : m->profile;
		t->last_hop = m->last_hop;
		t->delayed_due = t->again_due = 0; /* a newer request takes their place */
		t->burst = 0;
		block_memory_load(z, d, m->last_hop);
		if (delay(z, d, m, frame))
			return;
	}
	serve(z, d, frame);
}

void transfer_order(struct zigbee *z, struct device *d, const struct update_order *order)
{
	struct transfer *t = &d->transfer;
	bool fresh =
		!t->ota.has_order || t->ota.order.job != order->job || !t->ota.order.image.data;

	ota_server_order(&t->ota,
		&(struct ota_order){ .job = order->job,
			.image = order->image,
			.key = { order->manufacturer_code, order->image_type, order->version },
			.reinstall = order->reinstall,
			.allow_downgrade = order->allow_downgrade });
	if (order->notify_now || (fresh && order->image.data)) {
		t->burst = order->notify_now ? BURST : 1;
		t->burst_due = loop_now(z->loop);
	}
	zigbee_rearm(z);
}

void transfer_cancel(struct zigbee *z, struct device *d, int64_t abort_until)
{
	struct transfer *t = &d->transfer;
	msec delayed = t->delayed_due;
	struct ota_answer a;

	if (ota_server_close_end(&t->ota, abort_until > loop_wall(z->loop), &a))
		send_answer(z, d, &a);
	ota_server_cancel(&t->ota, abort_until);
	transfer_quiet(t);
	t->delayed_due = delayed; /* it is owed an answer, whichever it now is */
	wake_stop_fast_polling(z, d);
}

void transfer_finish(struct zigbee *z, struct device *d, uint32_t delay_s)
{
	struct transfer *t = &d->transfer;
	struct ota_answer a;

	bool release = t->ota.phase == OTA_HELD;

	t->battery_due = t->finish_due = 0;
	t->release_lost = release && !zigbee_is_up(z);
	if (!ota_server_finish(&t->ota, delay_s, ++z->tsn, &a))
		return;
	send_as(z, d, &a, release ? SENT_RELEASE : SENT_OTHER);
	t->report = delay_s == UINT32_MAX ? REPORT_HELD : REPORT_APPLYING;
	t->report_delay = delay_s;
	t->report_job = a.job;
	wake_stop_fast_polling(z, d);
	zigbee_rearm(z);
}

void transfer_life(struct zigbee *z, struct device *d)
{
	struct transfer *t = &d->transfer;
	struct ota_answer a;

	if (!t->release_lost)
		return;
	t->release_lost = false;
	if (ota_server_repeat_finish(&t->ota, ++z->tsn, &a))
		send_as(z, d, &a, SENT_RELEASE);
}

void transfer_block_sent(struct zigbee *z, struct device *d, const struct radio_sent *sent)
{
	struct transfer *t = &d->transfer;
	msec now = loop_now(z->loop);
	bool changed;
	unsigned again;

	if (sent->result == RADIO_NO_ROOM)
		pace_room_ran_out(z, now);
	if (sent->tag != t->block_tag && !t->ota.page.running)
		return;
	again = ota_server_sent(&t->ota, sent, now, &changed);
	if (changed)
		block_memory_save(z, d);
	if (again)
		t->again_due = now + again;
	zigbee_rearm(z);
}

static msec earlier(msec a, msec b)
{
	return !a ? b : !b || a < b ? a : b;
}

msec transfer_due(const struct device *d)
{
	const struct transfer *t = &d->transfer;
	msec due = earlier(t->again_due, t->delayed_due);

	due = earlier(due, earlier(t->battery_due, t->finish_due));
	due = earlier(due, ota_server_page_due(&t->ota));
	if (t->burst)
		due = earlier(due, t->burst_due);
	return t->report != REPORT_NONE ? 1 : due;
}

static bool take_due(msec *due, msec now)
{
	if (!*due || *due > now)
		return false;
	*due = 0;
	return true;
}

/* Bursts keep to the shared pace, too. */
static bool may_page(struct zigbee *z, struct device *d, msec now)
{
	struct transfer *t = &d->transfer;

	if (!t->page_slot)
		t->page_slot = pace_slot(z, now);
	if (t->page_slot > now) {
		t->ota.page.due = t->page_slot;
		return false;
	}
	t->page_slot = 0;
	return true;
}

static void tick_blocks(struct zigbee *z, struct device *d, msec now)
{
	struct transfer *t = &d->transfer;
	struct ota_context c = context(z, d);
	struct ota_answer a;
	struct zcl_frame frame;
	msec page = ota_server_page_due(&t->ota);

	if (take_due(&t->delayed_due, now) &&
		zcl_parse(&frame, (struct span){ t->delayed, t->delayed_size }))
		serve(z, d, &frame);
	if (take_due(&t->again_due, now) && ota_server_again(&t->ota, &c, &a))
		send_answer(z, d, &a);
	if (take_due(&page, now) && may_page(z, d, now)) {
		ota_server_page_next(&t->ota, &c, &a);
		send_answer(z, d, &a);
		after(z, d, &a);
	}
}

void transfer_tick(struct zigbee *z, struct device *d)
{
	struct transfer *t = &d->transfer;
	msec now = loop_now(z->loop);
	bool held = t->report == REPORT_HELD;

	if (t->report != REPORT_NONE) {
		t->report = REPORT_NONE;
		transfer_report(z, d,
			&(struct update_report){ .job = t->report_job,
				.step = held ? UPDATE_HELD : UPDATE_APPLYING,
				.delay_s = held ? 0 : t->report_delay,
				.status = -1 });
	}
	tick_blocks(z, d, now);
	wake_tick(z, d, now);
	if (t->battery_due && t->battery_due <= now)
		transfer_battery(z, d);
	if (take_due(&t->finish_due, now)) {
		log_warn("lock=0x%016" PRIx64 " nobody decided in time: it is told to hold",
			d->ieee);
		transfer_finish(z, d, UINT32_MAX);
		t->ota.undecided = true;
	}
}

bool transfer_is_busy(const struct device *d, msec now)
{
	return ota_server_is_downloading(&d->transfer.ota, now);
}
