#include "adapters/zigbee/interview.h"

#include "adapters/zigbee/device.h"
#include "adapters/zigbee/zcl.h"
#include "adapters/zigbee/zdo.h"
#include "server/base/check.h"

#include <assert.h>

enum { RETRY_FIRST = 1000, RETRY_LAST = 3600000, MISSES_MAX = 12 };

static const struct reading {
	unsigned step;
	uint16_t cluster;
	bool to_client;
	uint16_t attributes[5];
	size_t n;
} readings[] = {
	{ ASK_NAME, ZCL_BASIC, false, { 0x0004, 0x0005 }, 2 },
	{ ASK_BUILD, ZCL_BASIC, false, { 0x0006, 0x4000, 0x0007 }, 3 },
	{ ASK_BATTERY, ZCL_POWER, false, { 0x0020, 0x0021, 0x0035, 0x003E }, 4 },
	{ ASK_LOCK, ZCL_DOOR_LOCK, false, { 0x0000, 0x0003, 0x0025 }, 3 },
	{ ASK_VERSION, ZCL_OTA, true, { 0x0002, 0x0004, 0x0006, 0x0007, 0x0008 }, 5 },
};

void interview_want(struct device *d, unsigned steps, bool at_once)
{
	struct interview *i = &d->interview;

	if (steps & ASK_VALUES && d->facts.endpoint == 0)
		steps |= ASK_WHAT;
	i->want |= steps;
	if (at_once) {
		i->not_before = 0;
		i->misses = 0;
	}
}

static void put_read(struct interview_question *q, const struct reading *r, uint8_t tsn)
{
	struct wire_out w = wire_out(q->bytes, sizeof q->bytes);

	zcl_put_read(&w, &(struct zcl_read){ .to_client = r->to_client,
				 .tsn = tsn,
				 .attributes = r->attributes,
				 .n = r->n });
	assert(!w.bad);
	q->size = w.size;
	q->cluster = r->cluster;
}

/* Steps for clusters the device does not have fall away. */
static bool ask_values(struct device *d, uint8_t tsn, struct interview_question *q)
{
	struct interview *i = &d->interview;

	for (size_t k = 0; k < ARRAY_SIZE(readings); k++) {
		const struct reading *r = &readings[k];

		if (!(i->want & r->step))
			continue;
		q->endpoint = device_endpoint(d, r->cluster);
		if (q->endpoint == 0) {
			i->want &= ~r->step;
			i->no_version |= r->step == ASK_VERSION;
			continue;
		}
		put_read(q, r, tsn);
		i->asked = r->step;
		return true;
	}
	return false;
}

static void ask_zdo(struct device *d, unsigned step, struct interview_question *q)
{
	struct wire_out w = wire_out(q->bytes, sizeof q->bytes);

	q->zdo = true;
	if (step == ASK_NODE) {
		q->cluster = ZDO_NODE_DESC_REQ;
		zdo_put_node_desc_req(&w, d->address);
	} else if (step == ASK_ENDPOINTS) {
		q->cluster = ZDO_ACTIVE_EP_REQ;
		zdo_put_active_ep_req(&w, d->address);
	} else {
		q->cluster = ZDO_SIMPLE_DESC_REQ;
		zdo_put_simple_desc_req(&w, d->address, d->interview.endpoints[d->interview.next]);
	}
	q->size = w.size;
	d->interview.asked = step;
}

bool interview_ask(struct device *d, msec now, uint8_t tsn, struct interview_question *out)
{
	struct interview *i = &d->interview;

	*out = (struct interview_question){ 0 };
	if (!i->want || i->asked || now < i->not_before)
		return false;
	if (i->want & ASK_SIMPLE && i->next >= i->n_endpoints && !(i->want & ASK_ENDPOINTS))
		i->want |= ASK_ENDPOINTS; /* the list is gone: a restart in between */
	if (i->want & ASK_NODE)
		ask_zdo(d, ASK_NODE, out);
	else if (i->want & ASK_ENDPOINTS)
		ask_zdo(d, ASK_ENDPOINTS, out);
	else if (i->want & ASK_SIMPLE)
		ask_zdo(d, ASK_SIMPLE, out);
	else if (!ask_values(d, tsn, out))
		return false;
	i->tsn = tsn;
	i->answer_by = now + INTERVIEW_ANSWER;
	return true;
}

static void answered(struct interview *i, unsigned step)
{
	i->want &= ~step;
	i->asked = 0;
	i->misses = 0;
	i->not_before = 0;
}

static void take_node(struct device *d, struct span payload)
{
	struct zdo_node n;

	if (!zdo_parse_node(&n, payload) || n.status != 0)
		return;
	/* Some battery locks claim to listen always: only a mains powered one is believed. */
	if (d->facts.sleepy && n.mains && n.rx_on_when_idle) {
		d->facts.sleepy = false;
		d->fresh |= FACT_NETWORK;
	}
}

static void take_endpoints(struct device *d, struct span payload)
{
	struct interview *i = &d->interview;
	struct zdo_endpoints e;

	i->n_endpoints = 0;
	i->next = 0;
	if (zdo_parse_endpoints(&e, payload) && e.status == 0)
		for (size_t k = 0; k < e.endpoints.size && k < INTERVIEW_ENDPOINTS_MAX; k++)
			if (e.endpoints.data[k] != 0 && e.endpoints.data[k] < 241)
				i->endpoints[i->n_endpoints++] = e.endpoints.data[k];
	if (i->n_endpoints == 0)
		i->want &= ~(unsigned)ASK_SIMPLE;
	d->lock_endpoint = d->power_endpoint = d->ota_endpoint = d->poll_endpoint = 0;
}

static void note(uint8_t *slot, struct span list, uint16_t cluster, uint8_t endpoint)
{
	if (*slot == 0 && zdo_has_cluster(list, cluster))
		*slot = endpoint;
}

static void all_described(struct device *d)
{
	uint8_t *slots[] = { &d->lock_endpoint, &d->power_endpoint, &d->ota_endpoint,
		&d->poll_endpoint };

	d->has_lock = d->lock_endpoint != 0;
	d->facts.endpoint = d->ota_endpoint    ? d->ota_endpoint
			    : d->lock_endpoint ? d->lock_endpoint
					       : d->interview.endpoints[0];
	d->facts.known |= FACT_NETWORK;
	d->fresh |= FACT_NETWORK;
	for (size_t k = 0; k < ARRAY_SIZE(slots); k++)
		if (*slots[k] == 0)
			*slots[k] = ENDPOINT_NONE;
	if (d->has_lock && !d->interview.done_once) {
		d->interview.done_once = true;
		d->interview.want |= ASK_NODE | ASK_VALUES;
	}
}

static void take_simple(struct device *d, struct span payload)
{
	struct interview *i = &d->interview;
	uint8_t endpoint = i->endpoints[i->next];
	struct zdo_simple s;

	if (zdo_parse_simple(&s, payload) && s.status == 0 && s.endpoint == endpoint) {
		note(&d->lock_endpoint, s.in, ZCL_DOOR_LOCK, endpoint);
		note(&d->power_endpoint, s.in, ZCL_POWER, endpoint);
		note(&d->poll_endpoint, s.in, ZCL_POLL_CONTROL, endpoint);
		note(&d->ota_endpoint, s.out, ZCL_OTA, endpoint);
	}
	if (++i->next < i->n_endpoints) {
		i->asked = 0; /* the step goes on */
		return;
	}
	answered(i, ASK_SIMPLE);
	all_described(d);
}

bool interview_zdo(struct device *d, uint16_t cluster, struct span payload)
{
	struct interview *i = &d->interview;

	if (i->asked == ASK_NODE && cluster == (ZDO_NODE_DESC_REQ | ZDO_RESPONSE)) {
		answered(i, ASK_NODE);
		take_node(d, payload);
	} else if (i->asked == ASK_ENDPOINTS && cluster == (ZDO_ACTIVE_EP_REQ | ZDO_RESPONSE)) {
		answered(i, ASK_ENDPOINTS);
		take_endpoints(d, payload);
	} else if (i->asked == ASK_SIMPLE && cluster == (ZDO_SIMPLE_DESC_REQ | ZDO_RESPONSE)) {
		take_simple(d, payload);
	} else {
		return false;
	}
	return true;
}

static void take_values(struct device *d, uint16_t cluster, const struct zcl_frame *f)
{
	struct wire_in w = wire_in(f->payload);
	struct zcl_attribute a;

	if (f->command == ZCL_REPORT_ATTRIBUTES) {
		while (zcl_next_report(&w, &a))
			device_attribute(d, cluster, &a);
		return;
	}
	while (zcl_next_read(&w, &a)) {
		device_attribute(d, cluster, &a);
		if (cluster == ZCL_OTA && a.id == 0x0002)
			d->interview.no_version = a.status != ZCL_SUCCESS;
	}
}

static bool is_outstanding(const struct interview *i, uint16_t cluster, uint8_t tsn)
{
	for (size_t k = 0; k < ARRAY_SIZE(readings); k++)
		if (readings[k].step == i->asked && readings[k].cluster == cluster)
			return i->tsn == tsn;
	return false;
}

bool interview_zcl(struct device *d, uint16_t cluster, const struct zcl_frame *f)
{
	struct interview *i = &d->interview;

	if (f->cluster_specific || f->has_manufacturer)
		return false;
	if (f->command == ZCL_READ_ATTRIBUTES_RESPONSE || f->command == ZCL_REPORT_ATTRIBUTES)
		take_values(d, cluster, f);
	if (f->command != ZCL_READ_ATTRIBUTES_RESPONSE && f->command != ZCL_DEFAULT_RESPONSE)
		return false;
	if (!is_outstanding(i, cluster, f->tsn))
		return false;
	if (f->command == ZCL_DEFAULT_RESPONSE)
		i->no_version |= i->asked == ASK_VERSION;
	answered(i, i->asked);
	return true;
}

bool interview_tick(struct device *d, msec now)
{
	struct interview *i = &d->interview;
	msec wait = RETRY_FIRST;

	if (!i->asked || now < i->answer_by)
		return false;
	i->asked = 0;
	if (i->misses < MISSES_MAX)
		i->misses++;
	wait <<= i->misses;
	i->not_before = now + (wait < RETRY_LAST ? wait : RETRY_LAST);
	return true;
}
