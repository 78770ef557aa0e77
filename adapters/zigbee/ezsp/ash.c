#include "adapters/zigbee/ezsp/ash.h"

#include "server/base/check.h"

#include <assert.h>
#include <string.h>

enum { VERSION = 2, CANCELS = 32, MODULO = 8, FAST_REPEATS = 2 };

static uint8_t step(uint8_t number, int by)
{
	return (uint8_t)((number + by) % MODULO);
}

static void put_bytes(struct ash *a, const uint8_t *bytes, size_t size)
{
	a->to->write(a->owner, (struct span){ bytes, size });
}

static void put(struct ash *a, const struct ash_frame *frame)
{
	uint8_t out[ASH_WIRE_MAX];

	put_bytes(a, out, ash_write(frame, out));
}

void ash_init(struct ash *a, const struct ash_events *to, void *owner)
{
	*a = (struct ash){ .to = to, .owner = owner, .code = -1 };
}

static void clear_line(struct ash *a)
{
	a->reader.used = 0;
	a->reader.escaped = a->reader.broken = false;
	a->flying.size = a->waiting.size = 0;
	a->next_out = a->next_in = 0;
	a->timeouts = a->naks = 0;
	a->rejecting = a->again = a->heard = false;
	a->ack_wait = ASH_ACK_FIRST;
	a->deadline = 0;
}

void ash_stop(struct ash *a)
{
	clear_line(a);
	a->state = ASH_IDLE;
	a->line++;
}

static void fail(struct ash *a, const struct ash_failure *why, msec now)
{
	ash_stop(a);
	a->to->failed(a->owner, why, now);
}

/* Something half sent may sit in the stick's receiver, and a bootloader shows itself at a line
 * end; the first attempt does without, as a healthy stick needs neither. */
static void reset_ncp(struct ash *a, msec now)
{
	uint8_t out[1 + CANCELS + ASH_WIRE_MAX] = { '\n' };
	size_t n = 1 + CANCELS, skip = a->attempts++ ? 0 : CANCELS;

	memset(out + 1, ASH_CANCEL, CANCELS);
	n += ash_write(&(struct ash_frame){ .kind = ASH_RST }, out + n);
	put_bytes(a, out + skip, n - skip);
	a->deadline = now + ASH_RESET_WAIT + a->margin;
}

void ash_connect(struct ash *a, msec now)
{
	ash_stop(a);
	a->look = (struct ash_look){ 0 };
	a->attempts = 0;
	a->left_menu = false;
	a->code = -1;
	a->state = ASH_CONNECTING;
	reset_ncp(a, now);
}

static void no_reset(struct ash *a, msec now)
{
	struct ash_failure why = { ASH_NO_RESET, ash_look_seen(&a->look), a->code };

	fail(a, &why, now);
}

static bool is_start(int code)
{
	return code == ASH_CODE_PIN || code == ASH_CODE_POWER_ON || code == ASH_CODE_BOOTLOADER ||
	       code == ASH_CODE_SOFTWARE;
}

static void answer(struct ash *a, enum ash_kind kind)
{
	put(a, &(struct ash_frame){ .kind = kind, .ack = a->next_in });
}

static void connected(struct ash *a, int code, msec now)
{
	clear_line(a);
	a->state = ASH_CONNECTED;
	answer(a, ASH_ACK);
	a->to->connected(a->owner, code, now);
}

static void transmit(struct ash *a, msec now)
{
	put(a, &(struct ash_frame){ .kind = ASH_DATA,
		       .number = step(a->next_out, MODULO - 1),
		       .ack = a->next_in,
		       .again = a->again,
		       .data = { a->flying.data, a->flying.size } });
	a->deadline = now + a->ack_wait + a->margin;
}

static void launch(struct ash *a, msec now)
{
	a->next_out = step(a->next_out, 1);
	a->again = false;
	a->naks = 0;
	a->sent_at = now;
	transmit(a, now);
}

static void hold(struct ash_slot *slot, struct span ezsp)
{
	assert(ezsp.size && ezsp.size <= sizeof slot->data);
	memcpy(slot->data, ezsp.data, ezsp.size);
	slot->size = ezsp.size;
}

bool ash_is_full(const struct ash *a)
{
	return a->state != ASH_CONNECTED || a->waiting.size;
}

void ash_send(struct ash *a, struct span ezsp, msec now)
{
	assert(!ash_is_full(a));
	if (a->flying.size) {
		hold(&a->waiting, ezsp);
		return;
	}
	hold(&a->flying, ezsp);
	launch(a, now);
}

static void repeat(struct ash *a, msec now)
{
	a->again = true;
	a->counters.retransmits++;
	transmit(a, now);
}

static uint32_t clamp(uint64_t wait)
{
	return wait < ASH_ACK_MIN ? ASH_ACK_MIN : wait > ASH_ACK_MAX ? ASH_ACK_MAX : (uint32_t)wait;
}

static void acknowledged(struct ash *a, msec now)
{
	if (!a->again)
		a->ack_wait = clamp(a->ack_wait - a->ack_wait / 8 + (now - a->sent_at) / 2);
	a->timeouts = 0;
	a->deadline = 0;
	a->flying.size = 0;
}

/* Only when what came was answered: until its answer is acknowledged the stick takes no command. */
static void launch_waiting(struct ash *a, msec now)
{
	if (a->flying.size || !a->waiting.size)
		return;
	a->flying = a->waiting;
	a->waiting.size = 0;
	launch(a, now);
}

/* false: a number that we did not send. */
static bool take_ack(struct ash *a, uint8_t ack, msec now)
{
	if (ack == a->next_out) {
		if (a->flying.size)
			acknowledged(a, now);
		return true;
	}
	return a->flying.size && step(ack, 1) == a->next_out;
}

/* One NAK, then silence until a good frame comes: the stick repeats all after it anyhow. */
static void reject(struct ash *a)
{
	if (a->rejecting)
		return;
	a->rejecting = true;
	a->counters.naks_sent++;
	answer(a, ASH_NAK);
}

static void take_data(struct ash *a, const struct ash_frame *f, msec now)
{
	if (f->number == a->next_in) {
		a->next_in = step(a->next_in, 1);
		a->rejecting = false;
		a->heard = true;
		answer(a, ASH_ACK);
		a->to->frame(a->owner, f->data, now);
	} else if (f->again) {
		a->counters.duplicates++;
		answer(a, ASH_ACK);
	} else {
		reject(a);
	}
}

/* When the stick goes on saying that it is busy or did not understand, the timer decides. */
static void take_numbered(struct ash *a, const struct ash_frame *f, msec now)
{
	bool refused = f->kind == ASH_NAK && f->ack != a->next_out;

	a->counters.naks_got += f->kind == ASH_NAK;
	if (!take_ack(a, f->ack, now)) {
		if (f->kind == ASH_DATA)
			reject(a);
	} else if (f->kind == ASH_DATA) {
		take_data(a, f, now);
	} else if (refused && a->naks++ < FAST_REPEATS) {
		repeat(a, now);
	}
	launch_waiting(a, now);
}

static void take_restart(struct ash *a, const struct ash_frame *f, msec now)
{
	int code = f->data.data[1];
	bool is_reset = f->kind == ASH_RSTACK;

	if (f->data.data[0] != VERSION)
		return;
	a->code = code;
	if (is_reset && is_start(code) && !a->heard && a->attempts <= ASH_ATTEMPTS) {
		if (a->state == ASH_CONNECTED)
			a->attempts++;
		connected(a, code, now);
	} else if (a->state == ASH_CONNECTED) {
		struct ash_failure why = { is_reset ? ASH_NCP_RESET : ASH_NCP_ERROR, ASH_SEEN_ASH,
			code };

		fail(a, &why, now);
	}
}

static void take(struct ash *a, const struct ash_frame *f, msec now)
{
	switch (f->kind) {
	case ASH_DATA:
	case ASH_ACK:
	case ASH_NAK:
		if (a->state == ASH_CONNECTED)
			take_numbered(a, f, now);
		break;
	case ASH_RSTACK:
	case ASH_ERROR:
		take_restart(a, f, now);
		break;
	case ASH_RST:
	case ASH_OTHER:
		break;
	}
}

static void broken(struct ash *a, const struct ash_frame *f)
{
	if (a->state != ASH_CONNECTED)
		return;
	a->counters.crc_errors++;
	if (f->kind == ASH_DATA)
		reject(a);
}

/* The menu of the bootloader: 2 runs the firmware. 1, an upload, is never sent. */
static void look(struct ash *a, uint8_t byte, msec now)
{
	static const uint8_t run[] = { '2' };

	ash_look_byte(&a->look, byte);
	if (ash_look_seen(&a->look) == ASH_SEEN_UPLOAD || (a->look.asks && a->left_menu)) {
		no_reset(a, now);
	} else if (a->look.asks) {
		put_bytes(a, run, sizeof run);
		a->left_menu = true;
		a->deadline = now + ASH_BOOTLOADER_WAIT;
	}
}

static void take_byte(struct ash *a, uint8_t byte, msec now)
{
	struct ash_frame f;
	enum ash_read result = ash_read(&a->reader, byte, &f);

	a->counters.dropped_bytes += a->reader.dropped;
	a->reader.dropped = 0;
	if (a->state == ASH_CONNECTING && result != ASH_READ_MORE)
		ash_look_frame(&a->look, result == ASH_READ_FRAME);
	if (result == ASH_READ_FRAME)
		take(a, &f, now);
	else if (result == ASH_READ_BROKEN)
		broken(a, &f);
	else if (a->state == ASH_CONNECTING && !a->look.asks)
		look(a, byte, now);
}

void ash_bytes(struct ash *a, struct span bytes, msec now)
{
	uint32_t line = a->line;

	for (size_t i = 0; i < bytes.size && a->state != ASH_IDLE && a->line == line; i++)
		take_byte(a, bytes.data[i], now);
}

static void connect_again(struct ash *a, msec now)
{
	if (a->look.asks)
		a->look = (struct ash_look){ .is_bootloader = true };
	if (a->attempts >= ASH_ATTEMPTS)
		no_reset(a, now);
	else
		reset_ncp(a, now);
}

static void not_acknowledged(struct ash *a, msec now)
{
	a->counters.timeouts++;
	if (++a->timeouts > ASH_TIMEOUTS_MAX) {
		fail(a, &(struct ash_failure){ .end = ASH_UNACKED, .code = -1 }, now);
		return;
	}
	a->ack_wait = clamp((uint64_t)a->ack_wait * 2);
	repeat(a, now);
}

void ash_due(struct ash *a, msec now)
{
	if (!a->deadline || now < a->deadline)
		return;
	if (a->state == ASH_CONNECTING)
		connect_again(a, now);
	else
		not_acknowledged(a, now);
}

msec ash_deadline(const struct ash *a)
{
	return a->deadline;
}
