#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/sim/sim_lock_private.h"

#include <stdlib.h>

enum { FAST_MSEC = 5000, USUAL_AWAKE = 5000, MORE_PENDING = 10 };

static const struct ota_habit HABITS[] = {
	[SIM_SILABS] = { .block_size = 63,
		.response_timeout = 3000,
		.backoff = 2000,
		.end_repeat = 600000,
		.end_repeats = 10,
		.busy_refuses_notify = true,
		.keeps_offset = true,
		.resumes_unasked = true,
		.granule = 1 },
	[SIM_TI] = { .block_size = 32,
		.response_timeout = 5000,
		.end_repeat = 5000,
		.end_repeats = 2,
		.granule = 1 },
	[SIM_TELINK] = { .block_size = 48,
		.response_timeout = 5000,
		.end_repeat = 5000,
		.end_repeats = 2,
		.busy_refuses_notify = true,
		.keeps_offset = true,
		.resume_above = 4096,
		.granule = 16 },
};

msec lock_now(const struct sim_lock *lock)
{
	return loop_now(sim_network_loop(lock->node.network));
}

void lock_after(struct sim_lock *lock, msec delay, sim_event_fn *fn)
{
	sim_events_drop(lock->events, lock, fn);
	sim_events_add(lock->events, (struct sim_event){ .delay = delay, .fn = fn, .owner = lock });
}

/* --- polling --- */

static bool polls(const struct sim_lock *lock)
{
	return lock->node.sleepy && sim_network_facts(lock->node.network)->radio_timing;
}

static void poll_due(void *owner, const void *data, size_t size)
{
	struct sim_lock *lock = owner;
	msec next = lock->options.long_poll_ms;

	(void)data;
	(void)size;
	if (lock->node.deaf)
		return;
	time_polled(lock);
	if (lock_now(lock) < lock->fast_until)
		next = lock->ota == OTA_PAGE ? PAGE_SPACING : lock->options.short_poll_ms;
	if (sim_node_poll(&lock->node))
		next = MORE_PENDING;
	lock_after(lock, next, poll_due);
}

void lock_poll_fast(struct sim_lock *lock, msec duration)
{
	msec until = lock_now(lock) + duration;

	if (until > lock->fast_until)
		lock->fast_until = until;
	if (polls(lock))
		lock_after(lock, lock->options.short_poll_ms, poll_due);
}

void lock_send(struct sim_lock *lock, struct sim_frame *frame)
{
	sim_node_send(&lock->node, frame);
	lock_poll_fast(lock, FAST_MSEC);
}

/* --- awake and asleep --- */

static void flush_parked(struct sim_lock *lock)
{
	if (polls(lock) || !lock->node.sleepy)
		return;
	while (sim_node_poll(&lock->node))
		;
}

void lock_update_deaf(struct sim_lock *lock)
{
	bool was = lock->node.deaf;

	lock->node.deaf = lock->asleep || lock->rebooting || lock->powerless || lock->bricked;
	if (lock->node.deaf && !was) {
		sim_events_drop(lock->events, lock, ota_due);
		sim_events_drop(lock->events, lock, poll_due);
	}
	if (!lock->node.deaf && was) {
		flush_parked(lock);
		lock_poll_fast(lock, 0);
	}
}

static void duty_asleep(void *owner, const void *data, size_t size);

static void wake_due(void *owner, const void *data, size_t size)
{
	struct sim_lock *lock = owner;
	bool was = lock->node.deaf;

	(void)data;
	(void)size;
	lock->asleep = false;
	lock_update_deaf(lock);
	if (was && !lock->node.deaf)
		ota_wake(lock);
	if (lock->options.asleep_ms)
		lock_after(lock, lock->options.awake_ms, duty_asleep);
}

void sim_lock_sleep(struct sim_lock *lock, uint32_t ms)
{
	lock->asleep = true;
	lock_update_deaf(lock);
	sim_events_drop(lock->events, lock, duty_asleep);
	lock_after(lock, ms, wake_due);
}

static void duty_asleep(void *owner, const void *data, size_t size)
{
	struct sim_lock *lock = owner;

	(void)data;
	(void)size;
	sim_lock_sleep(lock, lock->options.asleep_ms);
}

static void power_up(struct sim_lock *lock)
{
	lock->counts.reboots++;
	lock->sequence = 0;
	lock_update_deaf(lock);
	sim_node_announce(&lock->node);
	lock_poll_fast(lock, FAST_MSEC);
	ota_start(lock);
}

void sim_lock_battery_out(struct sim_lock *lock, bool out)
{
	if (out == lock->powerless)
		return;
	lock->powerless = out;
	if (!out) {
		lock->asleep = false;
		power_up(lock);
		return;
	}
	lock_update_deaf(lock);
	lock->ota = OTA_IDLE;
	lock->server_endpoint = 0;
	if (!lock->habit->keeps_offset) {
		lock->offset = 0;
		lock->complete = false;
	}
}

/* No parent gives an address away that is in use. */
static uint16_t free_address(const struct sim_lock *lock, uint16_t wanted)
{
	const struct sim_node *there;

	while ((there = sim_network_find(lock->node.network, wanted)) && there != &lock->node)
		wanted = (uint16_t)((wanted + 1) & 0x7FFF);
	return wanted;
}

static void move(struct sim_lock *lock, uint16_t wanted)
{
	uint16_t address = free_address(lock, wanted);

	lock->node.old_address = lock->node.address;
	lock->node.address = address;
	lock->node.parked_count = 0;
}

void sim_lock_move(struct sim_lock *lock, uint16_t address)
{
	move(lock, address);
}

void sim_lock_rejoin(struct sim_lock *lock, uint16_t address)
{
	move(lock, address);
	sim_node_announce(&lock->node);
	lock_poll_fast(lock, FAST_MSEC);
}

static uint32_t version_after(const struct sim_lock *lock)
{
	if (lock->options.install == SIM_KEEPS_OLD)
		return lock->version;
	return lock->target_version + (lock->options.install == SIM_OTHER_VERSION ? 0x00010000 : 0);
}

static void reboot_over(void *owner, const void *data, size_t size)
{
	struct sim_lock *lock = owner;

	(void)data;
	(void)size;
	lock->rebooting = false;
	lock->version = version_after(lock);
	lock->target_size = 0; /* the stored image is used up */
	lock->complete = false;
	if (lock->options.rejoins_elsewhere)
		move(lock, (uint16_t)((lock->node.address + 0x0101) & 0x7FFF));
	power_up(lock);
}

void end_apply(struct sim_lock *lock)
{
	lock->ota = OTA_IDLE;
	if (lock->options.install == SIM_NEVER_RETURNS) {
		lock->bricked = true;
		lock_update_deaf(lock);
		return;
	}
	lock->rebooting = true;
	lock_update_deaf(lock);
	lock_after(lock, lock->options.reboot_ms, reboot_over);
}

/* --- life --- */

static void lock_free(struct sim_node *node)
{
	struct sim_lock *lock = (struct sim_lock *)node;

	sim_network_remove(node->network, node);
	free(lock->image);
	free(lock);
}

static void fill_defaults(struct sim_lock_options *o, const struct ota_habit *habit)
{
	if (!o->block_size)
		o->block_size = habit->block_size;
	if (!o->long_poll_ms)
		o->long_poll_ms = 7500;
	if (!o->short_poll_ms)
		o->short_poll_ms = 250;
	if (!o->query_interval_ms)
		o->query_interval_ms = 300000;
	if (!o->reboot_ms)
		o->reboot_ms = 5000;
	if (!o->ieee)
		o->ieee = 0x0102030405060708;
	if (!o->address)
		o->address = 0x3A5C;
	if (!o->battery_half_percent)
		o->battery_half_percent = 200;
	if (!o->battery_decivolt)
		o->battery_decivolt = 60;
}

static void describe(struct sim_lock *lock)
{
	lock->endpoint = (struct sim_endpoint){ .id = LOCK_ENDPOINT,
		.version = 1,
		.profile = SIM_PROFILE_HA,
		.device = 0x000A,
		.in_count = 4,
		.in = { 0x0000, 0x0001, 0x0003, LOCK_CLUSTER, 0x0020 },
		.out_count = 1,
		.out = { OTA_CLUSTER } };
	if (lock->options.check_in_ms)
		lock->endpoint.in_count = 5;
	lock->node.facts = (struct sim_facts){ .type = 2,
		.capabilities = lock->node.sleepy ? 0x80 : 0x88,
		.manufacturer = lock->options.manufacturer_code,
		.endpoints = &lock->endpoint,
		.endpoint_count = 1 };
}

static void join(struct sim_lock *lock, struct sim_network *network)
{
	uint64_t parent = lock->options.parent;

	if (parent && !sim_network_find_ieee(network, parent))
		sim_network_add_router(network, parent, 0x7B01);
	lock->node.parent = parent ? sim_network_find_ieee(network, parent) : NULL;
	sim_network_add(network, &lock->node);
	lock->events = sim_network_events(network);
}

static void begin_life(struct sim_lock *lock)
{
	if (polls(lock))
		lock_after(lock,
			sim_network_jitter(lock->node.network, 1, lock->options.long_poll_ms),
			poll_due);
	if (lock->options.check_in_ms)
		lock_after(lock, lock->options.check_in_ms, lock_check_in);
	if (lock->options.asleep_ms)
		lock_after(lock, lock->options.awake_ms, duty_asleep);
	ota_start(lock);
}

struct sim_lock *sim_lock_new(struct sim_network *network, const struct sim_lock_options *options)
{
	static const struct sim_node_ops ops = { .receive = lock_receive,
		.reached = time_reached,
		.answered = time_answered,
		.free = lock_free };
	struct sim_lock *lock = xcalloc(1, sizeof *lock);

	lock->options = *options;
	lock->habit = &HABITS[options->client];
	fill_defaults(&lock->options, lock->habit);
	text_copy(lock->model, sizeof lock->model, options->model ? options->model : "SIM-LOCK");
	text_copy(lock->manufacturer, sizeof lock->manufacturer,
		options->manufacturer ? options->manufacturer : "Simulated");
	lock->node.ops = &ops;
	lock->node.ieee = lock->options.ieee;
	lock->node.address = lock->options.address;
	lock->node.sleepy = options->sleepy;
	lock->version = options->version;
	lock->battery = lock->options.battery_half_percent;
	lock->reported_battery = lock->options.battery_half_percent;
	lock->bolt = 1; /* locked */
	describe(lock);
	join(lock, network);
	begin_life(lock);
	return lock;
}

void sim_lock_wake(struct sim_lock *lock)
{
	msec awake = lock->options.awake_ms ? lock->options.awake_ms : USUAL_AWAKE;

	if (lock->asleep) {
		sim_events_drop(lock->events, lock, wake_due);
		wake_due(lock, NULL, 0);
	}
	lock_poll_fast(lock, awake);
}

void sim_lock_set_battery(struct sim_lock *lock, uint8_t half_percent)
{
	lock->battery = half_percent;
	lock_report_battery(lock);
}

void sim_lock_state(const struct sim_lock *lock, struct sim_lock_state *out)
{
	msec end = lock->ended ? lock->ended : lock->started ? lock_now(lock) : 0;

	*out = lock->counts;
	out->version = lock->version;
	out->offset = lock->offset;
	out->received = lock->image;
	out->received_size = lock->received_size;
	out->transfer_msec = lock->ended ? (int64_t)(lock->ended - lock->started) : 0;
	out->own_msec = (int64_t)(end - lock->started) - (int64_t)lock->host_time;
	out->asleep = lock->node.deaf;
	out->updating = lock->ota > OTA_QUERY || lock->rebooting;
}
