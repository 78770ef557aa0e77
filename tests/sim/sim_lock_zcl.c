/* What a lock says and answers outside of OTA: attributes, key presses, check-ins. */
#include "tests/sim/sim_lock_private.h"

#include <stdio.h>

enum {
	POWER_CLUSTER = 0x0001,
	POLL_CLUSTER = 0x0020,
	OPERATION_EVENT = 0x20,
	REPORT = 0x0A,
	FAST_POLL_STOP = 0x01,
	QUARTER_SECOND = 250,
	USUAL_FAST_POLL = 10000,
};

static bool text(struct wire_out *out, const char *value)
{
	sim_zcl_text(out, value);
	return true;
}

static bool number(struct wire_out *out, uint8_t type, uint64_t value, size_t size)
{
	sim_zcl_uint(out, type, value, size);
	return true;
}

static bool basic(struct sim_lock *lock, uint16_t id, struct wire_out *out)
{
	char build[24];

	switch (id) {
	case 0x0000:
		return number(out, 0x20, 3, 1);
	case 0x0001:
		return number(out, 0x20, lock->version >> 24, 1);
	case 0x0002:
		return number(out, 0x20, 2, 1);
	case 0x0003:
		return number(out, 0x20, 5, 1);
	case 0x0004:
		return text(out, lock->manufacturer);
	case 0x0005:
		return text(out, lock->model);
	case 0x0006:
		return text(out, "20210428");
	case 0x0007:
		return number(out, 0x30, 3, 1);
	case 0x4000:
		snprintf(build, sizeof build, "%u.%u.%u.%u", lock->version >> 24,
			lock->version >> 16 & 0xFF, lock->version >> 8 & 0xFF,
			lock->version & 0xFF);
		return text(out, build);
	default:
		return false;
	}
}

static bool power(struct sim_lock *lock, uint16_t id, struct wire_out *out)
{
	double share = lock->battery / lock->options.battery_half_percent;

	if (id == 0x0020)
		return number(out, 0x20,
			(uint8_t)(lock->options.battery_decivolt * (0.8 + 0.2 * share)), 1);
	if (id == 0x0021)
		return number(out, 0x20, (uint8_t)lock->battery, 1);
	if (id == 0x003E)
		return number(out, 0x1B, lock->battery < 20, 4);
	return false;
}

static bool door_lock(const struct sim_lock *lock, uint16_t id, struct wire_out *out)
{
	if (id == 0x0000)
		return number(out, 0x30, lock->bolt, 1);
	if (id == 0x0001)
		return number(out, 0x30, 0, 1);
	if (id == 0x0002)
		return number(out, 0x10, 1, 1);
	if (id == 0x0003) /* closed */
		return number(out, 0x30, 1, 1);
	if (id == 0x0025)
		return number(out, 0x30, 0, 1);
	return false;
}

static bool poll_control(struct sim_lock *lock, uint16_t id, struct wire_out *out)
{
	const struct sim_lock_options *o = &lock->options;

	if (!o->check_in_ms)
		return false;
	if (id == 0)
		return number(out, 0x23, o->check_in_ms / QUARTER_SECOND, 4);
	if (id == 1)
		return number(out, 0x23, o->long_poll_ms / QUARTER_SECOND, 4);
	if (id == 2)
		return number(out, 0x21, o->short_poll_ms / QUARTER_SECOND, 2);
	if (id == 3)
		return number(out, 0x21, USUAL_FAST_POLL / QUARTER_SECOND, 2);
	return false;
}

static uint8_t upgrade_status(const struct sim_lock *lock)
{
	if (lock->ota == OTA_COUNTDOWN)
		return 4;
	if (lock->ota == OTA_HOLD)
		return 3;
	if (lock->complete)
		return 2;
	return lock->ota > OTA_QUERY;
}

static bool ota_client(struct sim_lock *lock, uint16_t id, struct wire_out *out)
{
	bool some = lock->offset && lock->target_version;

	switch (id) {
	case 0x0000:
		return number(out, 0xF0, sim_network_facts(lock->node.network)->coordinator, 8);
	case 0x0001:
		return number(out, 0x23, some ? lock->offset : 0xFFFFFFFF, 4);
	case 0x0002:
		return number(out, 0x23, lock->version, 4);
	case 0x0004:
		return number(out, 0x23, lock->complete ? lock->target_version : 0xFFFFFFFF, 4);
	case 0x0006:
		return number(out, 0x30, upgrade_status(lock), 1);
	case 0x0007:
		return number(out, 0x21, lock->options.manufacturer_code, 2);
	case 0x0008:
		return number(out, 0x21, lock->options.image_type, 2);
	default:
		return false;
	}
}

/* Strict about the direction bit: the client side exists for OTA only, the server side for all
 * but OTA. */
static bool attribute(void *owner, uint16_t cluster, uint16_t id, struct wire_out *out)
{
	struct sim_lock *lock = owner;

	switch (cluster) {
	case 0x0000:
		return basic(lock, id, out);
	case POWER_CLUSTER:
		return power(lock, id, out);
	case POLL_CLUSTER:
		return poll_control(lock, id, out);
	case LOCK_CLUSTER:
		return door_lock(lock, id, out);
	case OTA_CLUSTER | SIM_ZCL_CLIENT:
		return ota_client(lock, id, out);
	default:
		return false;
	}
}

/* --- what comes in --- */

static bool poll_control_command(struct sim_lock *lock, struct sim_zcl *z, struct sim_frame *reply)
{
	if (z->command == 0x00 && wire_u8(&z->body)) {
		uint16_t quarters = wire_u16(&z->body);

		lock_poll_fast(lock, quarters ? (msec)quarters * QUARTER_SECOND : USUAL_FAST_POLL);
	} else if (z->command == FAST_POLL_STOP) {
		lock->fast_until = lock_now(lock);
	}
	sim_zcl_default(reply, z, 0);
	return !z->no_default;
}

static bool is_ota(const struct sim_frame *frame, const struct sim_zcl *z)
{
	return frame->cluster == OTA_CLUSTER && z->to_client && !z->manufacturer_specific &&
	       (z->cluster_specific || z->command == 0x0B);
}

static bool dispatch(struct sim_lock *lock, const struct sim_frame *frame, struct sim_frame *reply)
{
	struct sim_zdo who = { lock->node.network, &lock->node, &lock->node.facts };
	struct sim_zcl z;

	if (!frame->dst_ep)
		return sim_zdo_answer(&who, frame, reply);
	if (frame->dst_ep != LOCK_ENDPOINT && frame->dst_ep != 0xFF)
		return false;
	if (!sim_zcl_parse(&z, frame))
		return false;
	reply->cluster = frame->cluster;
	reply->profile = frame->profile;
	reply->src_ep = LOCK_ENDPOINT;
	reply->dst_ep = frame->src_ep;
	if (is_ota(frame, &z))
		return ota_receive(lock, frame, &z, reply);
	if (frame->cluster == POLL_CLUSTER && z.cluster_specific && lock->options.check_in_ms)
		return poll_control_command(lock, &z, reply);
	return sim_zcl_serve(&lock->node, frame, reply, attribute, lock);
}

void lock_receive(struct sim_node *node, const struct sim_frame *frame)
{
	struct sim_lock *lock = (struct sim_lock *)node;
	struct sim_frame reply = { .dst = frame->src };

	if (dispatch(lock, frame, &reply))
		lock_send(lock, &reply);
}

/* --- what it says by itself --- */

static void say(struct sim_lock *lock, uint16_t cluster, struct sim_frame *frame)
{
	frame->cluster = cluster;
	frame->profile = SIM_PROFILE_HA;
	frame->src_ep = frame->dst_ep = LOCK_ENDPOINT;
	lock_send(lock, frame);
}

void lock_report_battery(struct sim_lock *lock)
{
	struct sim_frame f = { 0 };
	struct wire_out w = sim_zcl_begin(&f, 0x18, lock->sequence++, REPORT);

	if (lock->reported_battery == (uint8_t)lock->battery)
		return;
	lock->reported_battery = (uint8_t)lock->battery;
	wire_put_u16(&w, 0x0021);
	wire_put_u8(&w, 0x20);
	wire_put_u8(&w, lock->reported_battery);
	sim_zcl_end(&f, &w);
	say(lock, POWER_CLUSTER, &f);
}

void sim_lock_set_bolt(struct sim_lock *lock, uint8_t state)
{
	struct sim_frame f = { 0 };
	struct wire_out w = sim_zcl_begin(&f, 0x18, lock->sequence++, REPORT);

	lock->bolt = state;
	wire_put_u16(&w, 0x0000);
	wire_put_u8(&w, 0x30);
	wire_put_u8(&w, state);
	sim_zcl_end(&f, &w);
	say(lock, LOCK_CLUSTER, &f);
}

void sim_lock_press_key(struct sim_lock *lock)
{
	struct sim_frame f = { 0 };
	struct wire_out w = sim_zcl_begin(&f, 0x09, lock->sequence++, OPERATION_EVENT);

	sim_lock_wake(lock);
	wire_put_u8(&w, 2);  /* manual */
	wire_put_u8(&w, 1);  /* lock */
	wire_put_u16(&w, 0); /* user */
	wire_put_u8(&w, 0);  /* no PIN */
	wire_put_u32(&w, 0); /* no clock */
	wire_put_u8(&w, 0);
	sim_zcl_end(&f, &w);
	say(lock, LOCK_CLUSTER, &f);
}

void lock_check_in(void *owner, const void *data, size_t size)
{
	struct sim_lock *lock = owner;
	struct sim_frame f = { 0 };
	struct wire_out w = sim_zcl_begin(&f, 0x09, lock->sequence++, 0x00);

	(void)data;
	(void)size;
	sim_zcl_end(&f, &w);
	say(lock, POLL_CLUSTER, &f);
	lock_after(lock, lock->options.check_in_ms, lock_check_in);
}

void sim_lock_say(struct sim_lock *lock, const struct sim_saying *saying)
{
	struct sim_frame f = { .cluster = OTA_CLUSTER,
		.profile = SIM_PROFILE_HA,
		.src_ep = saying->endpoint,
		.dst_ep = lock->server_endpoint ? lock->server_endpoint : 1,
		.broadcast = saying->broadcast };
	struct wire_out w = wire_out(f.data, sizeof f.data);

	wire_put(&w, saying->zcl, saying->n);
	f.size = (uint8_t)w.size;
	lock_send(lock, &f);
}

void sim_lock_inject(struct sim_lock *lock, uint8_t cluster_low, const uint8_t *zcl, size_t n)
{
	struct sim_frame f = { .cluster = cluster_low,
		.profile = SIM_PROFILE_HA,
		.src_ep = LOCK_ENDPOINT,
		.dst_ep = lock->server_endpoint ? lock->server_endpoint : LOCK_ENDPOINT };
	struct wire_out w = wire_out(f.data, 100);

	wire_put(&w, zcl, n);
	f.size = (uint8_t)w.size;
	lock_send(lock, &f);
}
