/* OTA client of a lock: when it asks for an image and what wakes it. */
#include "server/base/alloc.h"
#include "tests/sim/sim_lock_private.h"

#include <stdlib.h>

enum {
	CMD_NOTIFY = 0x00,
	CMD_QUERY = 0x01,
	CMD_QUERY_RESPONSE = 0x02,
	CMD_BLOCK_RESPONSE = 0x05,
	CMD_END_RESPONSE = 0x07,
	STATUS_FAILURE = 0x01,
	STATUS_MALFORMED = 0x80,
	STATUS_UNSUPPORTED = 0x81,
	STATUS_INVALID_VALUE = 0x87,
	STATUS_NO_SPACE = 0x89,
	QUERY_TRIES = 3,
	QUERY_BACKOFF = 2000,
};

void ota_enter(struct sim_lock *lock, enum ota_state state, msec delay)
{
	lock->ota = state;
	lock->ota_at = lock_now(lock) + delay;
	if (!lock->puppet)
		lock_after(lock, delay, ota_due);
}

void sim_lock_puppet(struct sim_lock *lock, bool puppet)
{
	bool was = lock->puppet;

	lock->puppet = puppet;
	if (puppet)
		sim_events_drop(lock->events, lock, ota_due);
	else if (was && !lock->node.deaf)
		ota_wake(lock);
}

void sim_lock_preload(struct sim_lock *lock, uint32_t version, const uint8_t *image, uint32_t size)
{
	free(lock->image);
	lock->image = xmemdup(image, size);
	lock->target_version = version;
	lock->target_size = lock->offset = lock->received_size = size;
	lock->complete = true;
}

void ota_idle(struct sim_lock *lock)
{
	lock->tries = 0;
	ota_enter(lock, OTA_IDLE, lock->options.query_interval_ms);
}

struct wire_out ota_begin(struct sim_lock *lock, struct sim_frame *frame, uint8_t command)
{
	frame->cluster = OTA_CLUSTER;
	frame->profile = SIM_PROFILE_HA;
	frame->src_ep = LOCK_ENDPOINT;
	frame->dst_ep = lock->server_endpoint;
	return sim_zcl_begin(frame, 0x01, lock->sequence++, command);
}

void ota_put_ids(struct sim_lock *lock, struct wire_out *w)
{
	wire_put_u16(w, lock->options.manufacturer_code);
	wire_put_u16(w, lock->options.image_type);
}

void ota_query(struct sim_lock *lock)
{
	struct sim_frame f = { 0 };
	uint16_t hardware = lock->options.hardware_version;
	struct wire_out w;

	if (!lock->server_endpoint)
		lock->server_endpoint = sim_network_ota_endpoint(lock->node.network);
	if (!lock->server_endpoint) {
		ota_idle(lock);
		return;
	}
	w = ota_begin(lock, &f, CMD_QUERY);
	wire_put_u8(&w, hardware != 0xFFFF);
	ota_put_ids(lock, &w);
	wire_put_u32(&w, lock->version);
	if (hardware != 0xFFFF)
		wire_put_u16(&w, hardware);
	sim_zcl_end(&f, &w);
	lock_send(lock, &f);
	ota_enter(lock, OTA_QUERY, lock->habit->response_timeout);
}

static void query_timeout(struct sim_lock *lock)
{
	lock->counts.timeouts++;
	time_gave_up(lock);
	if (++lock->tries >= QUERY_TRIES) {
		lock->server_endpoint = 0; /* looks for another server next time */
		ota_idle(lock);
		return;
	}
	ota_enter(lock, OTA_IDLE, QUERY_BACKOFF);
}

void ota_due(void *owner, const void *data, size_t size)
{
	struct sim_lock *lock = owner;

	(void)data;
	(void)size;
	switch (lock->ota) {
	case OTA_IDLE:
		ota_query(lock);
		return;
	case OTA_QUERY:
		query_timeout(lock);
		return;
	case OTA_BLOCKS:
		blocks_timeout(lock);
		return;
	case OTA_BACKOFF:
	case OTA_WAIT:
		blocks_request(lock);
		return;
	case OTA_PAGE:
		blocks_page_done(lock);
		return;
	case OTA_END:
		end_timeout(lock);
		return;
	case OTA_HOLD:
		end_request(lock, 0);
		return;
	case OTA_COUNTDOWN:
		end_apply(lock);
		return;
	}
}

static bool resumable(const struct sim_lock *lock)
{
	return lock->offset && lock->target_size && !lock->complete && lock->habit->resumes_unasked;
}

void ota_start(struct sim_lock *lock)
{
	struct sim_network *n = lock->node.network;
	msec first = lock->options.query_interval_ms;
	bool timed = sim_network_facts(n)->radio_timing;

	lock->errors = lock->tries = 0;
	if (lock->counts.reboots)
		first = timed ? sim_network_jitter(n, 1000, 10000) : 1000;
	else if (timed)
		first = 1000 + sim_network_random(n, first < 255000 ? (uint32_t)first : 255000);
	ota_enter(lock, resumable(lock) ? OTA_BACKOFF : OTA_IDLE, first);
}

/* What was due in its sleep is done now; what it waits for it asks for again. */
void ota_wake(struct sim_lock *lock)
{
	bool waits = lock->ota == OTA_BLOCKS || lock->ota == OTA_PAGE || lock->ota == OTA_QUERY;
	msec now = lock_now(lock);

	if (lock->ota == OTA_QUERY)
		lock->ota = OTA_IDLE;
	else if (waits)
		lock->ota = OTA_BACKOFF;
	ota_enter(lock, lock->ota, waits || lock->ota_at <= now ? 0 : lock->ota_at - now);
}

/* --- messages --- */

static bool notified(struct sim_lock *lock, const struct sim_frame *frame, struct sim_zcl *z,
	struct sim_frame *reply)
{
	if (lock->ota > OTA_QUERY && lock->habit->busy_refuses_notify) {
		sim_zcl_default(reply, z, STATUS_FAILURE);
		return !frame->broadcast;
	}
	if (wire_u8(&z->body) > 3 || !wire_u8(&z->body) || z->body.bad) {
		sim_zcl_default(reply, z, STATUS_MALFORMED);
		return !frame->broadcast;
	}
	if (lock->ota >= OTA_QUERY)
		return false;
	if (!frame->broadcast)
		lock->server_endpoint = frame->src_ep;
	ota_enter(lock, OTA_IDLE, sim_network_jitter(lock->node.network, 10, 50));
	return false;
}

static void accept_offer(struct sim_lock *lock, uint32_t version, uint32_t size)
{
	bool same = version == lock->target_version && size == lock->target_size;

	lock->target_version = version;
	lock->target_size = size;
	if (same && lock->complete && lock->habit->keeps_offset) {
		end_request(lock, 0);
		return;
	}
	if (!same || lock->complete || !lock->habit->keeps_offset ||
		lock->offset <= lock->habit->resume_above)
		lock->offset = 0;
	lock->complete = false;
	blocks_start(lock);
}

static bool offered(struct sim_lock *lock, struct sim_zcl *z, struct sim_frame *reply)
{
	uint8_t status = wire_u8(&z->body);
	bool ours = wire_u16(&z->body) == lock->options.manufacturer_code;
	uint32_t version, size;

	ours &= wire_u16(&z->body) == lock->options.image_type;
	version = wire_u32(&z->body);
	size = wire_u32(&z->body);
	if (lock->ota != OTA_QUERY)
		return false;
	time_delivered(lock);
	lock->tries = 0;
	ota_idle(lock);
	if (status || z->body.bad || !size || version == lock->version)
		return false;
	if (!ours) {
		sim_zcl_default(reply, z, STATUS_INVALID_VALUE);
		return true;
	}
	if (size > IMAGE_MAX || (lock->options.storage && size > lock->options.storage)) {
		sim_zcl_default(reply, z, STATUS_NO_SPACE);
		return true;
	}
	accept_offer(lock, version, size);
	return false;
}

static bool refused(struct sim_lock *lock, struct sim_zcl *z)
{
	uint8_t command = wire_u8(&z->body);
	uint8_t status = wire_u8(&z->body);

	if (command == 0x04 && status == STATUS_UNSUPPORTED && lock->ota == OTA_PAGE) {
		lock->pages_refused = true;
		blocks_request(lock);
	}
	return false;
}

bool ota_receive(struct sim_lock *lock, const struct sim_frame *frame, struct sim_zcl *z,
	struct sim_frame *reply)
{
	if (lock->puppet)
		return false;
	if (!z->cluster_specific)
		return refused(lock, z);
	switch (z->command) {
	case CMD_NOTIFY:
		return notified(lock, frame, z, reply);
	case CMD_QUERY_RESPONSE:
		return offered(lock, z, reply);
	case CMD_BLOCK_RESPONSE:
		return blocks_response(lock, z, reply);
	case CMD_END_RESPONSE:
		end_response(lock, z);
		return false;
	default:
		sim_zcl_default(reply, z, STATUS_UNSUPPORTED);
		return true;
	}
}
