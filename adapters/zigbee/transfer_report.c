#include "adapters/zigbee/transfer_report.h"

#include "adapters/zigbee/wake.h"
#include "adapters/zigbee/zcl.h"
#include "adapters/zigbee/zigbee_private.h"

#include <string.h>

void transfer_report(struct zigbee *z, struct device *d, struct update_report *r)
{
	char address[ADDRESS_SIZE];

	if (!z->base.to)
		return;
	device_print(address, d->ieee);
	r->address = address;
	r->repeats = d->transfer.ota.repeats;
	z->base.to->update(z->base.owner, &z->base, r);
}

static bool read_attributes(
	struct zigbee *z, struct device *d, uint16_t cluster, const uint16_t *attributes, size_t n)
{
	struct radio_send send = transfer_envelope(d, cluster);
	uint8_t bytes[16];
	struct wire_out w = wire_out(bytes, sizeof bytes);

	if (send.endpoint == 0)
		return false;
	zcl_put_read(&w, &(struct zcl_read){ .tsn = ++z->tsn, .attributes = attributes, .n = n });
	send.payload = wire_span(&w);
	send.urgent = false;
	zigbee_send(z, NULL, SENT_OTHER, &send);
	return true;
}

/* The door first, of a lock that tells it: the battery's answer ends the waiting. */
static void read_at_end(struct zigbee *z, struct device *d)
{
	static const uint16_t bolt_and_door[] = { 0x0000, 0x0003 };
	static const uint16_t battery[] = { 0x0020, 0x0021, 0x003E };

	if (d->facts.known & FACT_DOOR)
		(void)read_attributes(z, d, ZCL_DOOR_LOCK, bolt_and_door, 2);
	if (!read_attributes(z, d, ZCL_POWER, battery, 3))
		transfer_battery(z, d);
}

static void complete(struct zigbee *z, struct device *d)
{
	d->transfer.battery_due = loop_now(z->loop) + TRANSFER_READ;
	d->transfer.finish_due = loop_now(z->loop) + TRANSFER_DECIDE;
	read_at_end(z, d);
}

void transfer_battery(struct zigbee *z, struct device *d)
{
	struct transfer *t = &d->transfer;

	if (!t->battery_due)
		return;
	t->battery_due = 0;
	zigbee_seen(z, d, true, false);
	if (t->ota.phase == OTA_ENDING && t->ota.has_order)
		transfer_report(z, d,
			&(struct update_report){ .job = t->ota.order.job,
				.step = UPDATE_DOWNLOADED,
				.offset = t->ota.order.image.size,
				.status = -1 });
}

void transfer_quiet(struct transfer *t)
{
	t->burst = 0;
	t->again_due = t->delayed_due = t->battery_due = t->finish_due = 0;
	t->report = REPORT_NONE;
}

static void report_over(struct zigbee *z, struct device *d, const struct ota_answer *a)
{
	struct update_report r = {
		.job = a->job, .step = UPDATE_ENDED, .status = a->status, .space = a->space
	};

	transfer_quiet(&d->transfer);
	wake_stop_fast_polling(z, d);
	if (a->status >= 0)
		err_because(&r.error, ERR_REFUSED, a->reason, "%s with status 0x%02X", a->text,
			(unsigned)a->status);
	else
		err_because(&r.error, ERR_REFUSED, a->reason, "%s", a->text);
	transfer_report(z, d, &r);
}

void transfer_tell(struct zigbee *z, struct device *d, const struct ota_answer *a)
{
	struct transfer *t = &d->transfer;
	bool current = t->ota.has_order && t->ota.order.job == a->job;

	switch (a->event) {
	case OTA_NOTHING:
		return;
	case OTA_OFFERED:
		t->notify_due = loop_now(z->loop) + WAKE_NOTIFY_GAP;
		if (current)
			transfer_report(z, d,
				&(struct update_report){
					.job = a->job, .step = UPDATE_OFFERED, .status = -1 });
		return;
	case OTA_BLOCK_SERVED:
		if (current)
			transfer_report(z, d,
				&(struct update_report){ .job = a->job,
					.step = UPDATE_PROGRESS,
					.offset = a->offset,
					.block_size = a->block_size,
					.status = -1 });
		return;
	case OTA_COMPLETE:
		complete(z, d);
		return;
	case OTA_OVER:
		report_over(z, d, a);
		return;
	}
}
