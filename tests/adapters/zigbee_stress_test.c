/* Many lives of a house with two locks, everything going wrong at once for half an hour: losses,
 * duplicates, sleep, empty batteries, rejoins, swapped addresses, restarting and unplugged sticks,
 * silent requests, a killed service, orders replaced and taken back. Each ends with both locks
 * updated to the byte, and with nothing said that must not be said. */
#include "adapters/zigbee/ezsp/ezsp_radio.h"
#include "adapters/zigbee/zigbee_adapter.h"
#include "adapters/zigbee/znp/znp_radio.h"
#include "server/base/alloc.h"
#include "server/base/check.h"
#include "server/base/text.h"
#include "tests/sim/sim.h"
#include "tests/support/loop_virtual.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEEDS = 200,
	LOCKS = 2,
	IMAGE_SIZE = 3000,
	MANUFACTURER = 0x1234,
	IMAGE_TYPE = 1,
	OLD = 0x01000000,
	NEW = 0x01000100,
	TROUBLE = 1800000, /* ms */
	PATIENCE = 86400000,
	MINUTE = 60000,
	RESET_GAP = 180000, /* more would be an unstable stick */
};

struct door {
	struct sim_lock *lock;
	uint64_t ieee;
	uint16_t address, image_type;
	char name[24];
	uint8_t *image; /* as ordered; its end shows in the sanitizer */
	int64_t job;
	bool ordered, done;
	msec order_at;   /* 0: not */
	msec release_at; /* of a hold; 0: not */
};

static struct {
	struct loop *loop;
	struct sim_network *network;
	struct sim_stick stick;
	bool is_ezsp;
	struct adapter *adapter;
	struct door doors[LOCKS];
	char pin[128];
	msec last_reset;
	uint32_t seed, random;
	int64_t jobs;
} h;

static uint32_t dice(uint32_t sides)
{
	h.random = h.random * 1664525 + 1013904223;
	return (h.random >> 8) % sides;
}

static struct door *door_of(const char *address)
{
	for (size_t i = 0; i < LOCKS; i++)
		if (strcmp(h.doors[i].name, address) == 0)
			return &h.doors[i];
	return NULL;
}

static void put32(uint8_t *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* Another one for each lock; the clients look into the header. */
static void write_image(uint8_t *out, const struct door *d)
{
	for (size_t i = 0; i < IMAGE_SIZE; i++)
		out[i] = (uint8_t)(i * 7 + i / 256 + d->ieee);
	put32(out, 0x0BEEF11E);
	put32(out + 10, (uint32_t)d->image_type << 16 | MANUFACTURER);
	put32(out + 14, NEW);
	put32(out + 52, IMAGE_SIZE);
}

/* --- an engine that has only orders in mind --- */

static void put_order(struct door *d)
{
	uint8_t *old = d->image;
	struct update_order o = { .address = d->name,
		.job = d->job,
		.manufacturer_code = MANUFACTURER,
		.image_type = d->image_type,
		.version = NEW,
		.notify_now = dice(4) == 0 };

	d->image = xcalloc(1, IMAGE_SIZE);
	write_image(d->image, d);
	if (!d->ordered && dice(3) == 0) /* it is loaded first */
		cr_assert(eq(int, h.adapter->ops->update(h.adapter, &o, NULL), OK));
	o.image = (struct span){ d->image, IMAGE_SIZE };
	cr_assert(eq(int, h.adapter->ops->update(h.adapter, &o, NULL), OK));
	d->ordered = true;
	d->order_at = 0;
	free(old);
}

static void take_back(struct door *d, msec again_in, int64_t abort_until)
{
	h.adapter->ops->cancel(h.adapter, d->name, abort_until);
	free(d->image);
	d->image = NULL;
	d->ordered = false;
	d->release_at = 0;
	d->job = ++h.jobs;
	d->order_at = again_in ? loop_now(h.loop) + again_in : 0;
}

static void on_state(
	void *owner, struct adapter *from, enum adapter_state state, const struct err *why)
{
	(void)owner;
	(void)from;
	cr_assert(ne(int, (int)state, ADAPTER_REFUSED), "seed %u: %s", h.seed, why->text);
}

static void on_seen(void *owner, struct adapter *from, const struct lock_seen *seen)
{
	struct door *d = door_of(seen->address);

	(void)owner;
	(void)from;
	/* Without an order a swapped address may still speak for the other lock. */
	if (!d || d->done || !d->ordered || !(seen->facts.known & FACT_VERSION) ||
		seen->facts.version != NEW)
		return;
	d->done = true;
	take_back(d, 0, 0);
}

static void decide(struct door *d)
{
	uint32_t what = dice(6);

	if (what == 0)
		return; /* nobody decides: it holds, and asks again */
	h.adapter->ops->finish(h.adapter, d->name, what == 1 ? UINT32_MAX : 5);
	if (what == 1)
		d->release_at = loop_now(h.loop) + dice(600000) + 1;
}

static void on_update(void *owner, struct adapter *from, const struct update_report *r)
{
	struct door *d = door_of(r->address);

	(void)owner;
	(void)from;
	cr_assert(
		d && d->ordered && r->job == d->job, "seed %u: a report nobody waits for", h.seed);
	if (r->step == UPDATE_DOWNLOADED)
		decide(d);
	if (r->step != UPDATE_ENDED)
		return;
	cr_assert(eq(str, (char *)r->error.reason, "aborted_by_lock"), "seed %u", h.seed);
	d->ordered = false;
	take_back(d, MINUTE, 0);
}

static void on_scanned(void *owner, struct adapter *from, const struct err *e)
{
	(void)owner;
	(void)from;
	(void)e;
}

static const struct adapter_events events = {
	.state = on_state, .seen = on_seen, .update = on_update, .scanned = on_scanned
};

/* --- the house --- */

static const char *get(struct adapter_store *store, const char *key)
{
	(void)store;
	return strcmp(key, "network") == 0 && h.pin[0] ? h.pin : NULL;
}

static void put(struct adapter_store *store, const char *key, const char *value)
{
	(void)store;
	if (strcmp(key, "network") == 0)
		text_copy(h.pin, sizeof h.pin, value);
}

static struct adapter_store store = { get, put };

static void start_service(void)
{
	struct radio_options radio = { .loop = h.loop,
		.stream = h.stick.kind->factory(h.stick.self),
		.store = &store,
		.adopt = true,
		.may_restart = true };

	h.adapter = zigbee_adapter_new(&(struct zigbee_options){ .loop = h.loop,
		.radio = h.is_ezsp ? ezsp_radio_new(&radio) : znp_radio_new(&radio),
		.store = &store,
		.id = "stick",
		.type = h.is_ezsp ? "ezsp" : "znp" });
	h.adapter->to = &events;
	for (size_t i = 0; i < LOCKS; i++) {
		struct door *d = &h.doors[i];

		h.adapter->ops->know(h.adapter, d->name,
			dice(2) ? NULL
				: &(struct lock_facts){ .known = FACT_NETWORK,
					  .network_address = d->address,
					  .parent = 0xFFFF,
					  .endpoint = 1,
					  .sleepy = true });
		d->ordered = false;
		d->release_at = 0;
		if (!d->done)
			put_order(d);
	}
	cr_assert(eq(int, h.adapter->ops->start(h.adapter, NULL), OK));
}

static void build_door(struct door *d, unsigned i)
{
	static const enum sim_client clients[] = { SIM_SILABS, SIM_TI, SIM_TELINK };
	bool naps = dice(4) == 0;

	d->ieee = 0x0102030405060708 + i;
	d->address = (uint16_t)(0x3A5C + i);
	d->image_type = (uint16_t)(IMAGE_TYPE + i);
	d->job = ++h.jobs;
	(void)snprintf(d->name, sizeof d->name, "0x%016" PRIx64, d->ieee);
	d->lock = sim_lock_new(h.network, &(struct sim_lock_options){ .ieee = d->ieee,
						  .address = d->address,
						  .parent = dice(2) ? 0x1112131415161718 : 0,
						  .client = clients[dice(3)],
						  .manufacturer_code = MANUFACTURER,
						  .image_type = d->image_type,
						  .version = OLD,
						  .hardware_version = 0xFFFF,
						  .model = "Lock",
						  .manufacturer = "Maker",
						  .sleepy = true,
						  .awake_ms = naps ? 20000 : 0,
						  .asleep_ms = naps ? 10000 : 0,
						  .page_requests = dice(4) == 0,
						  .rejoins_elsewhere = dice(3) == 0,
						  .battery_half_percent = 200,
						  .battery_decivolt = 60,
						  .check_in_ms = dice(2) ? 300000 : 0 });
}

static struct sim_stick znp_stick(void)
{
	static const enum sim_znp_stack stacks[] = { SIM_ZSTACK_12, SIM_ZSTACK_30X,
		SIM_ZSTACK_3X0 };

	return sim_znp_stick(
		sim_znp_new(h.network, &(struct sim_znp_options){ .stack = stacks[dice(3)],
					       .running = dice(2),
					       .no_direct_cb = dice(3) == 0 }));
}

static struct sim_stick ezsp_stick(void)
{
	return sim_ezsp_stick(sim_ezsp_new(
		h.network, &(struct sim_ezsp_options){
				   .version = (uint8_t)(4 + dice(16)), .running = dice(2) }));
}

static void build(uint32_t seed, bool is_ezsp)
{
	memset(&h, 0, sizeof h);
	h.seed = seed;
	h.is_ezsp = is_ezsp;
	h.random = seed * 2654435761U;
	h.loop = loop_new();
	h.network = sim_network_new(h.loop, &(struct sim_network_options){ .channel = 15,
						    .pan_id = 0x4402,
						    .ext_pan_id = 0xA2BA38A8B5E683A0,
						    .coordinator = 0x00124B001E17EFA8,
						    .radio_timing = true,
						    .seed = seed + 1,
						    .loss = dice(20) / 100.0 });
	for (unsigned i = 0; i < LOCKS; i++)
		build_door(&h.doors[i], i);
	h.stick = is_ezsp ? ezsp_stick() : znp_stick();
}

/* --- trouble --- */

static void move(struct door *d, uint16_t address)
{
	d->address = address;
	sim_lock_rejoin(d->lock, address);
}

static void swap_addresses(void)
{
	uint16_t a = h.doors[0].address, b = h.doors[1].address;

	move(&h.doors[0], 0x6666);
	move(&h.doors[1], a);
	move(&h.doors[0], b);
}

static void kill_service(void)
{
	h.adapter->ops->free(h.adapter);
	loop_run_for(h.loop, dice(20000));
	start_service();
}

static void trouble_lock(struct door *d)
{
	switch (dice(6)) {
	case 0:
		sim_lock_sleep(d->lock, dice(60000));
		return;
	case 1:
		sim_lock_battery_out(d->lock, true);
		loop_run_for(h.loop, dice(10000));
		sim_lock_battery_out(d->lock, false);
		return;
	case 2:
		move(d, (uint16_t)(0x7000 + dice(0x100)));
		return;
	case 3:
		swap_addresses();
		return;
	case 4:
		if (!d->done && d->ordered)
			put_order(d); /* the same again, in other memory */
		return;
	default:
		if (!d->done && d->ordered)
			take_back(d, 1 + dice(120000), dice(2) ? 0 : loop_wall(h.loop) + MINUTE);
		return;
	}
}

struct trouble {
	enum sim_fault fault;
	int count, arg;
};

static const struct trouble ZNP_TROUBLES[] = { { SIM_NO_SRSP, 1, 0 }, { SIM_LATE_SRSP, 1, 0 },
	{ SIM_BAD_FCS, 2, 0 }, { SIM_GARBAGE, 20, 0 }, { SIM_SPLIT, 20, 0 },
	{ SIM_LOST_CONFIRM, 2, 0 }, { SIM_CONFIRM_STATUS, 3, 0xE9 },
	{ SIM_CONFIRM_STATUS, 3, 0x11 }, { SIM_SRSP_STATUS, 2, 0x10 }, { SIM_SRSP_STATUS, 2, 0x11 },
	{ SIM_DUPLICATE, 30, 0 } };
static const struct trouble EZSP_TROUBLES[] = { { SIM_NO_SRSP, 1, 0 }, { SIM_LATE_SRSP, 1, 0 },
	{ SIM_BAD_FCS, 2, 0 }, { SIM_GARBAGE, 20, 0 }, { SIM_SPLIT, 20, 0 },
	{ SIM_LOST_CONFIRM, 2, 0 }, { SIM_LATE_CONFIRM, 2, 0 }, { SIM_DELIVERY_FAILED, 3, 0 },
	{ SIM_MESSAGE_LIMIT, 3, 0 }, { SIM_NO_BUFFERS, 3, 0 }, { SIM_DUPLICATE, 30, 0 },
	{ SIM_NAK, 4, 0 }, { SIM_LOST_ACK, 2, 0 }, { SIM_DUPLICATE_DATA, 20, 0 } };

static void restart_stick(size_t how)
{
	if (how == 0) {
		h.stick.kind->reset(h.stick.self);
	} else if (how == 1) {
		h.stick.kind->unplug(h.stick.self, true);
		loop_run_for(h.loop, dice(30000));
		h.stick.kind->unplug(h.stick.self, false);
	} else {
		kill_service();
	}
}

static void trouble_stick(void)
{
	const struct trouble *all = h.is_ezsp ? EZSP_TROUBLES : ZNP_TROUBLES;
	size_t n = h.is_ezsp ? ARRAY_SIZE(EZSP_TROUBLES) : ARRAY_SIZE(ZNP_TROUBLES);
	size_t i = dice((uint32_t)n + 3);
	msec now = loop_now(h.loop);

	if (i < n) {
		h.stick.kind->fault(h.stick.self, all[i].fault, all[i].count, all[i].arg);
		return;
	}
	if (h.last_reset && now - h.last_reset < RESET_GAP)
		return;
	h.last_reset = now;
	restart_stick(i - n);
}

static void tend(struct door *d)
{
	msec now = loop_now(h.loop);

	if (d->order_at && now >= d->order_at && !d->done)
		put_order(d);
	if (d->release_at && now >= d->release_at) {
		d->release_at = 0;
		h.adapter->ops->finish(h.adapter, d->name, 5);
	}
}

static bool all_done(void)
{
	for (size_t i = 0; i < LOCKS; i++)
		if (!h.doors[i].done)
			return false;
	return true;
}

static void live(void)
{
	while (loop_now(h.loop) < TROUBLE && !all_done()) {
		loop_run_for(h.loop, dice(8000));
		if (dice(2))
			trouble_lock(&h.doors[dice(LOCKS)]);
		else
			trouble_stick();
		for (size_t i = 0; i < LOCKS; i++)
			tend(&h.doors[i]);
	}
	for (int i = 0; i < SIM_FAULTS; i++)
		h.stick.kind->fault(h.stick.self, (enum sim_fault)i, 0, 0);
	while (loop_now(h.loop) < PATIENCE && !all_done()) {
		loop_run_for(h.loop, MINUTE);
		for (size_t i = 0; i < LOCKS; i++)
			tend(&h.doors[i]);
	}
}

static void stopped(void *owner)
{
	*(bool *)owner = true;
}

static void check_lock(const struct door *d)
{
	static uint8_t image[IMAGE_SIZE];
	struct sim_lock_state s;

	sim_lock_state(d->lock, &s);
	cr_assert(d->done, "seed %u: lock %s at %u of %u", h.seed, d->name, s.offset, IMAGE_SIZE);
	cr_assert(eq(u32, s.version, NEW));
	cr_assert(eq(u32, s.received_size, IMAGE_SIZE), "seed %u", h.seed);
	write_image(image, d);
	cr_assert(
		eq(int, memcmp(s.received, image, IMAGE_SIZE), 0), "seed %u: %s", h.seed, d->name);
}

static void one_life(uint32_t seed, bool is_ezsp)
{
	struct sim_stick_stats before, after;
	bool done = false;

	build(seed, is_ezsp);
	h.stick.kind->stats(h.stick.self, &before);
	start_service();
	live();
	for (size_t i = 0; i < LOCKS; i++)
		check_lock(&h.doors[i]);
	h.adapter->ops->stop(h.adapter, stopped, &done);
	loop_run_for(h.loop, 5000);
	cr_assert(done, "seed %u", seed);
	h.stick.kind->stats(h.stick.self, &after);
	cr_assert(eq(u32, after.forbidden, 0), "seed %u: %s", seed, after.last_forbidden);
	cr_assert(not(after.formed_alarm));
	cr_assert(eq(u32, after.lock_commands, 0));
	cr_assert(eq(u64, after.nv_digest, before.nv_digest));
	h.adapter->ops->free(h.adapter);
	h.stick.kind->free(h.stick.self);
	sim_network_free(h.network);
	loop_free(h.loop);
}

/* Beyond SEEDS: a restart unseen; a stored image whose order came and went; an old claim believed;
 * two locks at one address. */
static const uint32_t failed_once[] = { 211, 213, 373, 480, 684, 1068, 1133, 1183, 1397, 584, 604,
	700, 857, 221, 934 };

static bool only_one(bool is_ezsp)
{
	const char *only = getenv("LOCKWRIGHT_TEST_SEED");

	if (only)
		one_life((uint32_t)strtoul(only, NULL, 10), is_ezsp);
	return only;
}

Test(zigbee_stress, two_locks_are_updated_whatever_happens, .timeout = 300)
{
	if (only_one(false))
		return;
	for (uint32_t seed = 0; seed < SEEDS; seed++)
		one_life(seed, false);
	for (size_t i = 0; i < ARRAY_SIZE(failed_once); i++)
		one_life(failed_once[i], false);
}

Test(zigbee_stress, two_locks_are_updated_over_ezsp_whatever_happens, .timeout = 300)
{
	if (only_one(true))
		return;
	for (uint32_t seed = 0; seed < SEEDS; seed++)
		one_life(seed, true);
}
