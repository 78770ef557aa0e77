#include "adapters/zigbee/wake.h"

#include "adapters/zigbee/ota_cluster.h"
#include "adapters/zigbee/poll_control.h"
#include "adapters/zigbee/zcl.h"
#include "adapters/zigbee/zigbee_private.h"

enum { NOTIFY_LOST_GAP = 3000, BURST_GAP = 3000 };

/* Called in its sleep it may not have heard it, whatever the radio says: a router takes a message
 * for it and throws it away after seven seconds. Its next word is the moment to say it again. */
static msec gap(const struct device *d, msec now)
{
	return d->heard_at && now - d->heard_at < AWAKE_FOR ? WAKE_NOTIFY_GAP : NOTIFY_LOST_GAP;
}

static void notify(struct zigbee *z, struct device *d)
{
	struct transfer *t = &d->transfer;
	struct radio_send send = transfer_envelope(d, ZCL_OTA);
	uint8_t bytes[8];
	struct wire_out w = wire_out(bytes, sizeof bytes);

	if (send.endpoint == 0 || d->address == RADIO_NO_ADDRESS)
		return;
	ota_put_notify(&w, ++z->tsn);
	send.payload = wire_span(&w);
	send.urgent = false; /* never instead of an answer */
	send.ack = true;
	t->notify_at = loop_now(z->loop);
	t->notify_due = t->notify_at + gap(d, t->notify_at);
	zigbee_send(z, d, SENT_NOTIFY, &send);
}

void wake_notify_sent(struct device *d, bool delivered)
{
	struct transfer *t = &d->transfer;

	/* Lost is normal for a sleeping lock: its next word is the moment, not a minute later. */
	if (!delivered && t->notify_due == t->notify_at + WAKE_NOTIFY_GAP)
		t->notify_due = t->notify_at + NOTIFY_LOST_GAP;
}

void wake_life(struct zigbee *z, struct device *d)
{
	msec now = loop_now(z->loop);

	if (ota_server_is_armed(&d->transfer.ota, now) && now >= d->transfer.notify_due)
		notify(z, d);
}

void wake_provoke(struct zigbee *z, struct device *d)
{
	msec now = loop_now(z->loop);

	if (d->known && !transfer_is_busy(d, now) && now >= d->transfer.notify_due)
		notify(z, d);
}

void wake_check_in(struct zigbee *z, struct device *d, const struct radio_message *m,
	const struct zcl_frame *frame)
{
	struct transfer *t = &d->transfer;
	bool start = t->ota.has_order && t->ota.phase <= OTA_ENDING;
	uint8_t bytes[8];
	struct wire_out w = wire_out(bytes, sizeof bytes);
	struct radio_send send = { .destination = d->address,
		.endpoint = m->source_endpoint,
		.source_endpoint = m->endpoint,
		.profile = m->profile,
		.cluster = ZCL_POLL_CONTROL };

	d->poll_endpoint = m->source_endpoint;
	t->fast_polling |= start;
	poll_control_put_response(&w, frame->tsn, start);
	send.payload = wire_span(&w);
	zigbee_send(z, NULL, SENT_OTHER, &send);
}

void wake_stop_fast_polling(struct zigbee *z, struct device *d)
{
	struct radio_send send = transfer_envelope(d, ZCL_POLL_CONTROL);
	uint8_t bytes[8];
	struct wire_out w = wire_out(bytes, sizeof bytes);

	if (!d->transfer.fast_polling)
		return;
	d->transfer.fast_polling = false;
	poll_control_put_stop(&w, ++z->tsn);
	send.payload = wire_span(&w);
	send.urgent = false;
	zigbee_send(z, NULL, SENT_OTHER, &send);
}

void wake_tick(struct zigbee *z, struct device *d, msec now)
{
	struct transfer *t = &d->transfer;

	if (!t->burst || t->burst_due > now)
		return;
	t->burst--;
	t->burst_due = now + BURST_GAP;
	if (ota_server_is_armed(&t->ota, now))
		notify(z, d);
}
