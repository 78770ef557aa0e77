/* Interviews and the scan: what is asked of whom, and when. */
#include "adapters/zigbee/zcl.h"
#include "adapters/zigbee/zdo.h"
#include "adapters/zigbee/zigbee_private.h"

enum { AT_A_TIME = 3, END_DEVICE = 2, ADDRESS_MAX = 0xFFF7 };
enum { BROADCAST = 0xFFFD, SEARCH_GAP = 10000 };

static unsigned out_now(const struct zigbee *z)
{
	unsigned n = 0;

	for (size_t i = 0; i < z->devices.n; i++)
		n += z->devices.list[i]->interview.asked != 0;
	return n;
}

void survey_ask(struct zigbee *z, struct device *d)
{
	msec now = loop_now(z->loop);
	struct interview_question q;

	if (!zigbee_is_up(z) || d->address == RADIO_NO_ADDRESS || transfer_is_busy(d, now) ||
		out_now(z) >= AT_A_TIME)
		return;
	if (!interview_ask(d, now, (uint8_t)(z->tsn + 1), &q))
		return;
	z->tsn++;
	zigbee_send(z, NULL, SENT_OTHER,
		&(struct radio_send){ .destination = d->address,
			.endpoint = q.endpoint,
			.source_endpoint = q.zdo ? 0 : OUR_ENDPOINT,
			.profile = q.zdo ? RADIO_ZDO_PROFILE : ZCL_PROFILE_HA,
			.cluster = q.cluster,
			.payload = { q.bytes, q.size } });
	zigbee_rearm(z);
}

static void found(void *owner, uint16_t router, const struct zdo_neighbour *n)
{
	struct zigbee *z = owner;
	struct device *d;

	if (n->device_type != END_DEVICE || n->address > ADDRESS_MAX || n->ieee == 0 ||
		n->ieee == UINT64_MAX)
		return;
	d = device_add(&z->devices, n->ieee, zigbee_gone, z);
	if (!d)
		return;
	d->forgotten = false;
	device_set_address(&z->devices, d, n->address);
	if (n->is_child && d->facts.parent != router) {
		d->facts.parent = router;
		d->facts.known |= FACT_NETWORK;
		d->fresh |= FACT_NETWORK;
	}
	if (!d->known && !d->interview.done_once)
		interview_want(d, ASK_WHAT, true);
	zigbee_seen(z, d, false, false);
}

void survey_scan_next(struct zigbee *z)
{
	uint8_t bytes[4], start;
	struct wire_out w = wire_out(bytes, sizeof bytes);
	uint16_t address;

	if (!scan_ask(&z->scan, loop_now(z->loop), &address, &start))
		return;
	zdo_put_mgmt_lqi_req(&w, start);
	zigbee_send(z, NULL, SENT_OTHER,
		&(struct radio_send){ .destination = address,
			.cluster = ZDO_MGMT_LQI_REQ,
			.payload = wire_span(&w) });
}

void survey_neighbours(struct zigbee *z, const struct radio_message *m)
{
	scan_answer(&z->scan, m->source, m->payload, found, z);
	survey_tick(z);
	zigbee_rearm(z);
}

void survey_tick(struct zigbee *z)
{
	msec now = loop_now(z->loop);

	for (size_t i = 0; i < z->devices.n; i++) {
		struct device *d = z->devices.list[i];
		bool found_by_scan = !d->known && !d->has_lock && !d->heard_at;

		interview_tick(d, now);
		/* What a scan found is asked once without waiting for its waking. */
		if (d->interview.want && !d->interview.asked &&
			((found_by_scan && d->interview.misses == 0) ||
				(d->heard_at && now - d->heard_at < AWAKE_FOR)))
			survey_ask(z, d);
	}
	if (scan_tick(&z->scan, now) && z->base.to)
		z->base.to->scanned(z->base.owner, &z->base, NULL);
	survey_scan_next(z);
}

static void ask_address(struct zigbee *z, const struct device *d)
{
	uint8_t bytes[16];
	struct wire_out w = wire_out(bytes, sizeof bytes);

	zdo_put_nwk_addr_req(&w, d->ieee);
	zigbee_send(z, NULL, SENT_OTHER,
		&(struct radio_send){ .destination = BROADCAST,
			.cluster = ZDO_NWK_ADDR_REQ,
			.payload = wire_span(&w) });
}

void survey_search_next(struct zigbee *z)
{
	msec now = loop_now(z->loop);

	if (!z->search_due || now < z->search_due)
		return;
	z->search_due = 0;
	while (z->search < z->devices.n && !z->search_due) {
		const struct device *d = z->devices.list[z->search++];

		if (!d->known || d->address != RADIO_NO_ADDRESS)
			continue;
		ask_address(z, d);
		z->search_due = now + SEARCH_GAP;
	}
}

void survey_search(struct zigbee *z)
{
	bool waits = z->search_due > loop_now(z->loop); /* the last broadcast is not old enough */

	z->search = 0;
	if (!waits)
		z->search_due = loop_now(z->loop);
	survey_search_next(z);
}
