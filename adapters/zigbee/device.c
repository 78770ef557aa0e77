#include "adapters/zigbee/device.h"

#include "adapters/zigbee/radio.h"
#include "adapters/zigbee/zcl.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NETWORK_AGE = 60000, NAME_FRESH = 10000, CLAIM_AGE = 60000 };

struct device *device_find(const struct devices *all, uint64_t ieee)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i]->ieee == ieee)
			return all->list[i];
	return NULL;
}

struct device *device_at(const struct devices *all, uint16_t address)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i]->address == address && address != RADIO_NO_ADDRESS)
			return all->list[i];
	return NULL;
}

static size_t least_wanted(const struct devices *all, bool among_locks)
{
	size_t oldest = DEVICES_MAX;

	for (size_t i = 0; i < all->n; i++) {
		const struct device *d = all->list[i];

		if (d->known || d->transfer.ota.has_order || d->has_lock != among_locks)
			continue;
		if (oldest == DEVICES_MAX || d->heard_at < all->list[oldest]->heard_at)
			oldest = i;
	}
	return oldest;
}

static size_t place(struct devices *all, void (*gone)(void *owner, struct device *d), void *owner)
{
	size_t oldest;

	if (all->n < DEVICES_MAX)
		return all->n++;
	oldest = least_wanted(all, false);
	if (oldest == DEVICES_MAX)
		oldest = least_wanted(all, true);
	if (oldest != DEVICES_MAX) {
		gone(owner, all->list[oldest]);
		free(all->list[oldest]);
	}
	return oldest;
}

struct device *device_add(struct devices *all, uint64_t ieee,
	void (*gone)(void *owner, struct device *d), void *owner)
{
	struct device *d = device_find(all, ieee);
	size_t i;

	if (d)
		return d;
	i = place(all, gone, owner);
	if (i == DEVICES_MAX)
		return NULL;
	d = xcalloc(1, sizeof *d);
	d->ieee = ieee;
	d->address = RADIO_NO_ADDRESS;
	d->facts = (struct lock_facts){ .battery_half_percent = -1,
		.battery_decivolt = -1,
		.lock_state = LOCK_UNKNOWN,
		.network_address = RADIO_NO_ADDRESS,
		.parent = RADIO_NO_ADDRESS,
		.sleepy = true };
	all->list[i] = d;
	return d;
}

void devices_free(struct devices *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->list[i]);
	all->n = 0;
}

static void learned(struct device *d, unsigned fact)
{
	d->facts.known |= fact;
	d->fresh |= fact;
}

void device_set_address(struct devices *all, struct device *d, uint16_t address)
{
	struct device *old = device_at(all, address);

	if (d->address == address)
		return;
	if (old && old != d)
		old->address = RADIO_NO_ADDRESS;
	d->address = address;
	d->claim.made = false; /* it was made by whoever had the address then */
	if (old)
		old->claim.made = false;
	d->facts.network_address = address;
	learned(d, FACT_NETWORK);
}

static void fill_identity(struct lock_facts *own, const struct lock_facts *facts, unsigned fill)
{
	if (fill & FACT_VERSION) {
		own->version = facts->version;
		own->version_source = facts->version_source;
	}
	if (fill & FACT_IMAGE_KEY) {
		own->manufacturer_code = facts->manufacturer_code;
		own->image_type = facts->image_type;
	}
	if (fill & FACT_MODEL) {
		text_copy(own->model, sizeof own->model, facts->model);
		text_copy(own->manufacturer, sizeof own->manufacturer, facts->manufacturer);
		text_copy(own->date_code, sizeof own->date_code, facts->date_code);
		text_copy(own->sw_build, sizeof own->sw_build, facts->sw_build);
	}
	if (fill & FACT_HARDWARE)
		own->hardware_version = facts->hardware_version;
}

static void fill_state(struct lock_facts *own, const struct lock_facts *facts, unsigned fill)
{
	if (fill & FACT_BATTERY) {
		own->battery_half_percent = facts->battery_half_percent;
		own->battery_decivolt = facts->battery_decivolt;
	}
	if (fill & FACT_LOCK_STATE)
		own->lock_state = facts->lock_state;
	if (fill & FACT_DOOR)
		own->door_state = facts->door_state;
	if (fill & FACT_MODE)
		own->operating_mode = facts->operating_mode;
	if (fill & FACT_ALARM)
		own->battery_alarm = facts->battery_alarm;
	if (fill & FACT_NETWORK) {
		own->network_address = facts->network_address;
		own->parent = facts->parent;
		own->endpoint = facts->endpoint;
		own->lqi = facts->lqi;
		own->sleepy = facts->sleepy;
	}
}

void device_learn(struct device *d, const struct lock_facts *facts)
{
	unsigned fill = facts->known & ~d->facts.known;

	fill_identity(&d->facts, facts, fill);
	fill_state(&d->facts, facts, fill);
	if (facts->known & FACT_NETWORK && !d->facts.endpoint)
		d->facts.endpoint = facts->endpoint;
	d->facts.known |= fill;
}

static void power(struct device *d, uint16_t id, uint64_t value)
{
	if (id == 0x0020) {
		d->facts.battery_decivolt = (int16_t)(value == 0xFF ? -1 : (int)value);
		learned(d, FACT_BATTERY);
	} else if (id == 0x0021) {
		d->facts.battery_half_percent = (int16_t)(value > 200 ? -1 : (int)value);
		learned(d, FACT_BATTERY);
	} else if (id == 0x003E) {
		d->facts.battery_alarm = value != 0;
		learned(d, FACT_ALARM);
	}
}

static void basic(struct device *d, uint16_t id, const struct zcl_value *v)
{
	struct lock_facts *f = &d->facts;

	if (id == 0x0007) { /* power source; 3 = battery. Believed before the node descriptor. */
		if ((v->number & 0x7F) == 3 && !f->sleepy) {
			f->sleepy = true;
			learned(d, FACT_NETWORK);
		}
		return;
	}
	if (!v->is_text)
		return;
	if (id == 0x0004)
		zcl_text(f->manufacturer, sizeof f->manufacturer, v);
	else if (id == 0x0005)
		zcl_text(f->model, sizeof f->model, v);
	else if (id == 0x0006)
		zcl_text(f->date_code, sizeof f->date_code, v);
	else if (id == 0x4000)
		zcl_text(f->sw_build, sizeof f->sw_build, v);
	else
		return;
	learned(d, FACT_MODEL);
}

static void take_version(struct device *d, uint32_t version, enum version_source source)
{
	d->facts.version = version;
	d->facts.version_source = source;
	learned(d, FACT_VERSION);
}

/* What says no more than before, or no more than where a lock starts from, needs no proof. */
static bool is_plain(const struct device *d, uint32_t version)
{
	const struct ota_server *s = &d->transfer.ota;

	if (d->facts.known & FACT_VERSION)
		return d->facts.version == version;
	return !s->has_order || s->order.key.version != version;
}

void device_version(struct device *d, uint32_t version, enum version_source source)
{
	if (is_plain(d, version)) {
		d->claim.made = false;
		take_version(d, version, source);
		return;
	}
	d->claim.made = true;
	d->claim.version = version;
	d->claim.source = source;
	d->claim.since = 0;
}

void device_named(struct device *d, msec now)
{
	d->named_at = now;
}

bool device_settle(struct device *d, msec now)
{
	if (!d->claim.made)
		return true;
	if (!d->claim.since)
		d->claim.since = now;
	if (now - d->claim.since >= CLAIM_AGE) {
		d->claim.made = false;
		return true;
	}
	if (!d->named_at || now - d->named_at >= NAME_FRESH)
		return false;
	d->claim.made = false;
	take_version(d, d->claim.version, d->claim.source);
	return true;
}

void device_image_key(struct device *d, uint16_t manufacturer, uint16_t type)
{
	d->facts.manufacturer_code = manufacturer;
	d->facts.image_type = type;
	learned(d, FACT_IMAGE_KEY);
}

static void ota(struct device *d, uint16_t id, uint64_t value)
{
	if (id == 0x0002 && value != UINT32_MAX)
		device_version(d, (uint32_t)value, VERSION_ATTRIBUTE);
	else if (id == 0x0007)
		d->interview.manufacturer = (uint16_t)value;
	else if (id == 0x0008 && d->interview.manufacturer)
		device_image_key(d, d->interview.manufacturer, (uint16_t)value);
}

static void lock_state(struct device *d, uint64_t value)
{
	d->facts.lock_state = (int8_t)(value <= LOCK_UNLOCKED ? (int)value : (int)LOCK_UNKNOWN);
	learned(d, FACT_LOCK_STATE);
}

static void door_lock(struct device *d, uint16_t id, uint64_t value)
{
	if (id == 0x0000) {
		lock_state(d, value);
	} else if (id == 0x0003 && value <= DOOR_UNSPECIFIED) {
		d->facts.door_state = (int8_t)value;
		learned(d, FACT_DOOR);
	} else if (id == 0x0025 && value <= MODE_PASSAGE) {
		d->facts.operating_mode = (int8_t)value;
		learned(d, FACT_MODE);
	}
}

void device_attribute(struct device *d, uint16_t cluster, const struct zcl_attribute *a)
{
	if (a->status != ZCL_SUCCESS)
		return;
	if (cluster == ZCL_POWER)
		power(d, a->id, a->value.number);
	else if (cluster == ZCL_BASIC)
		basic(d, a->id, &a->value);
	else if (cluster == ZCL_OTA)
		ota(d, a->id, a->value.number);
	else if (cluster == ZCL_DOOR_LOCK)
		door_lock(d, a->id, a->value.number);
}

void device_lock_event(struct device *d, struct span payload)
{
	/* ZCL8 table 7-24: lock by command, one touch, key, automatically, schedule, by hand … */
	static const uint16_t locked = 1 << 1 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11 | 1 << 13;
	static const uint16_t unlocked = 1 << 2 | 1 << 9 | 1 << 12 | 1 << 14;
	uint8_t code = payload.size >= 2 ? payload.data[1] : 0;

	if (code >= 15)
		return;
	if (locked >> code & 1)
		lock_state(d, LOCK_LOCKED);
	else if (unlocked >> code & 1)
		lock_state(d, LOCK_UNLOCKED);
}

void device_path(struct device *d, uint16_t last_hop, uint8_t lqi, msec now)
{
	uint16_t parent = d->facts.parent;

	if (last_hop != RADIO_NO_ADDRESS) {
		if (last_hop == d->address)
			parent = 0x0000;
		else if (parent == 0x0000)
			parent = RADIO_NO_ADDRESS;
	}
	d->facts.lqi = lqi;
	if (parent == d->facts.parent && d->network_at && now - d->network_at < NETWORK_AGE)
		return;
	d->network_at = now;
	d->facts.parent = parent;
	learned(d, FACT_NETWORK);
}

uint8_t device_endpoint(const struct device *d, uint16_t cluster)
{
	uint8_t own = cluster == ZCL_OTA            ? d->ota_endpoint
		      : cluster == ZCL_POWER        ? d->power_endpoint
		      : cluster == ZCL_DOOR_LOCK    ? d->lock_endpoint
		      : cluster == ZCL_POLL_CONTROL ? d->poll_endpoint
						    : 0;

	if (own == ENDPOINT_NONE)
		return 0;
	return own ? own : d->facts.endpoint;
}

void device_print(char out[ADDRESS_SIZE], uint64_t ieee)
{
	(void)snprintf(out, ADDRESS_SIZE, "0x%016" PRIx64, ieee);
}

bool device_scan(uint64_t *ieee, const char *address)
{
	return address[0] == '0' && (address[1] == 'x' || address[1] == 'X') &&
	       text_uint(ieee, address, UINT64_MAX) && *ieee != 0;
}
