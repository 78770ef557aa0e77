/* OTA client of a lock: the image is here; is it good, and when to install it. */
#include "tests/sim/sim_lock_private.h"

enum {
	CMD_END = 0x06,
	STATUS_INVALID_IMAGE = 0x96,
	HOLD_MSEC = 3600000,
	APPLY_MIN = 3000,
	HEADER_SIZE = 56,
};

void end_request(struct sim_lock *lock, uint8_t status)
{
	struct sim_frame f = { 0 };
	struct wire_out w = ota_begin(lock, &f, CMD_END);

	if (lock->started && !lock->ended)
		lock->ended = lock_now(lock);
	wire_put_u8(&w, status);
	ota_put_ids(lock, &w);
	wire_put_u32(&w, lock->target_version);
	sim_zcl_end(&f, &w);
	lock_send(lock, &f);
	if (!status)
		ota_enter(lock, OTA_END, lock->habit->end_repeat);
}

static bool image_is_good(const struct sim_lock *lock)
{
	struct wire_in w = wire_in((struct span){ lock->image, lock->received_size });
	bool good =
		lock->options.install != SIM_REJECTS_IMAGE && lock->received_size >= HEADER_SIZE;

	good &= wire_u32(&w) == 0x0BEEF11E;
	wire_take(&w, 6); /* header version, length, field control */
	good &= wire_u16(&w) == lock->options.manufacturer_code;
	good &= wire_u16(&w) == lock->options.image_type;
	good &= wire_u32(&w) == lock->target_version;
	wire_take(&w, 2 + 32); /* stack version, text */
	good &= wire_u32(&w) == lock->target_size;
	return good && !w.bad && lock->received_size == lock->target_size;
}

void end_finished(struct sim_lock *lock)
{
	lock->tries = 0;
	lock->complete = image_is_good(lock);
	if (lock->complete) {
		end_request(lock, 0);
		return;
	}
	lock->offset = 0;
	end_request(lock, STATUS_INVALID_IMAGE);
	ota_idle(lock);
}

/* The vendors' clients install in the end, answered or not. */
void end_timeout(struct sim_lock *lock)
{
	lock->counts.timeouts++;
	if (lock->tries++ < lock->habit->end_repeats)
		end_request(lock, 0);
	else
		end_apply(lock);
}

void end_response(struct sim_lock *lock, struct sim_zcl *z)
{
	bool ours = wire_u16(&z->body) == lock->options.manufacturer_code;
	uint32_t now, then;
	msec delay;

	ours &= wire_u16(&z->body) == lock->options.image_type;
	ours &= wire_u32(&z->body) == lock->target_version;
	now = wire_u32(&z->body);
	then = wire_u32(&z->body);
	if ((lock->ota != OTA_END && lock->ota != OTA_HOLD) || z->body.bad || !ours)
		return;
	lock->tries = 0;
	if (then == UINT32_MAX) {
		ota_enter(lock, OTA_HOLD, HOLD_MSEC);
		return;
	}
	delay = then > now ? (msec)(then - now) * 1000 : 0;
	ota_enter(lock, OTA_COUNTDOWN, delay < APPLY_MIN ? APPLY_MIN : delay);
}
