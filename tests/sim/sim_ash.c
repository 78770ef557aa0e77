#include "tests/sim/sim_ash.h"

enum {
	VERSION = 2,
	PATIENCE_FIRST = 1600,
	PATIENCE_MIN = 400,
	PATIENCE_MAX = 3200,
	TIMEOUTS_MAX = 3,
	ACK_DELAY = 20,
	BUSY_MSEC = 1000,
	NOT_READY = 0x08,
	REPEATED = 0x08,
};

static msec now(const struct sim_ash *ash)
{
	return loop_now(ash->loop);
}

static void later(struct sim_ash *ash, msec delay, sim_event_fn *fn)
{
	sim_events_drop(ash->events, ash, fn);
	sim_events_add(ash->events, (struct sim_event){ .delay = delay, .fn = fn, .owner = ash });
}

/* --- out --- */

static void say(struct sim_ash *ash, const struct ash_frame *frame, bool cancel_first)
{
	uint8_t wire[ASH_WIRE_MAX + 1] = { ASH_CANCEL };
	size_t n = ash_encode(wire + 1, frame, ash->ops->fault(ash->owner, SIM_BAD_FCS));

	ash->ops->wire(ash->owner, (struct span){ wire + !cancel_first, n + cancel_first });
}

static void say_code(struct sim_ash *ash, uint8_t control, uint8_t code)
{
	struct ash_frame f = { .control = control, .size = 2, .data = { VERSION, code } };

	say(ash, &f, control == ASH_RSTACK);
}

static void say_ack(void *owner, const void *data, size_t size)
{
	struct sim_ash *ash = owner;
	struct ash_frame f = { .control = ASH_ACK | ash->expected };

	(void)data;
	(void)size;
	if (ash->connected && !ash->ops->fault(ash->owner, SIM_LOST_ACK))
		say(ash, &f, false);
}

static void say_nak(struct sim_ash *ash)
{
	struct ash_frame f = { .control = ASH_NAK | ash->expected };

	if (!ash->rejecting)
		say(ash, &f, false);
	ash->rejecting = true;
}

static uint8_t in_flight(const struct sim_ash *ash)
{
	return (uint8_t)(ash->next - ash->acked) & 7;
}

/* Its acknowledgement rides along. */
static void say_data(struct sim_ash *ash, uint8_t number)
{
	struct ash_sent *s = &ash->sent[number];
	struct ash_frame f = { .size = s->size };

	f.control = (uint8_t)(number << 4 | (s->repeated ? REPEATED : 0) | ash->expected);
	memcpy(f.data, s->data, s->size);
	sim_events_drop(ash->events, ash, say_ack);
	say(ash, &f, false);
}

static void give_up(struct sim_ash *ash, uint8_t code)
{
	sim_ash_end(ash);
	ash->connected = false;
	ash->error = code;
	ash->gave_up++;
	say_code(ash, ASH_ERROR, code);
}

static void repeat_all(struct sim_ash *ash)
{
	for (uint8_t i = ash->acked; i != ash->next; i = (i + 1) & 7) {
		ash->sent[i].repeated = true;
		say_data(ash, i);
	}
}

static void no_ack(void *owner, const void *data, size_t size)
{
	struct sim_ash *ash = owner;

	(void)data;
	(void)size;
	if (ash->frozen) {
		later(ash, ash->patience, no_ack);
		return;
	}
	if (++ash->timeouts > TIMEOUTS_MAX) {
		give_up(ash, ASH_TIMEOUTS);
		return;
	}
	ash->patience *= 2;
	if (ash->patience > PATIENCE_MAX)
		ash->patience = PATIENCE_MAX;
	repeat_all(ash);
	later(ash, ash->patience, no_ack);
}

static void send_one(struct sim_ash *ash, const struct ash_sent *what)
{
	uint8_t number = ash->next;

	ash->sent[number] = *what;
	ash->sent[number].at = now(ash);
	ash->next = (ash->next + 1) & 7;
	if (!what->callback) {
		ash->buffer = ASH_ANSWERED;
		ash->answer_number = number;
	}
	if (in_flight(ash) == 1)
		later(ash, ash->patience, no_ack);
	say_data(ash, number);
	if (ash->connected && ash->ops->fault(ash->owner, SIM_DUPLICATE_DATA)) {
		ash->sent[number].repeated = true;
		say_data(ash, number);
	}
}

static void pump(void *owner, const void *data, size_t size);

/* Responses go first; callbacks only to a host that is ready, and none while a command runs, so
 * that none overtakes the response to what caused it. */
static bool send_next(struct sim_ash *ash)
{
	struct ash_sent what = ash->answer;

	if (!ash->connected || in_flight(ash) >= ASH_WINDOW)
		return false;
	if (ash->have_answer) {
		ash->have_answer = false;
		send_one(ash, &what);
		return true;
	}
	if (!ash->waiting_count || ash->buffer == ASH_RUNNING)
		return false;
	if (ash->busy_until > now(ash)) {
		later(ash, ash->busy_until - now(ash), pump);
		return false;
	}
	what = ash->waiting[0];
	if (--ash->waiting_count)
		what.data[1] |= 0x04; /* more are pending */
	memmove(ash->waiting, ash->waiting + 1, ash->waiting_count * sizeof what);
	send_one(ash, &what);
	return true;
}

/* In a turn of its own: who answers inside of wire() must not find us half way. */
static void pump(void *owner, const void *data, size_t size)
{
	struct sim_ash *ash = owner;

	(void)data;
	(void)size;
	while (!ash->frozen && send_next(ash))
		;
}

void sim_ash_answer(struct sim_ash *ash, struct span ezsp)
{
	if (!ash->connected || ezsp.size > ASH_DATA_MAX)
		return;
	ash->answer = (struct ash_sent){ .size = (uint8_t)ezsp.size };
	memcpy(ash->answer.data, ezsp.data, ezsp.size);
	if (ash->overflow)
		ash->answer.data[1] |= 0x01;
	ash->overflow = false;
	ash->have_answer = true;
	later(ash, 0, pump);
}

void sim_ash_no_answer(struct sim_ash *ash)
{
	ash->buffer = ASH_FREE;
	later(ash, 0, pump);
}

void sim_ash_callback(struct sim_ash *ash, struct span ezsp)
{
	struct ash_sent *s = &ash->waiting[ash->waiting_count];

	if (!ash->connected || ezsp.size > ASH_DATA_MAX)
		return;
	if (ash->waiting_count == ASH_WAITING_MAX) {
		ash->overflow = true;
		return;
	}
	*s = (struct ash_sent){ .size = (uint8_t)ezsp.size, .callback = true };
	memcpy(s->data, ezsp.data, ezsp.size);
	ash->waiting_count++;
	later(ash, 0, pump);
}

/* --- in --- */

static void release(struct sim_ash *ash)
{
	struct ash_sent *s = &ash->sent[ash->acked];
	msec took = now(ash) - s->at;

	if (!s->repeated)
		ash->patience = ash->patience * 7 / 8 + took / 2;
	if (ash->patience < PATIENCE_MIN)
		ash->patience = PATIENCE_MIN;
	if (ash->buffer == ASH_ANSWERED && ash->answer_number == ash->acked)
		ash->buffer = ASH_FREE;
	ash->acked = (ash->acked + 1) & 7;
}

/* false: it acknowledges what was never sent. */
static bool take_ack(struct sim_ash *ash, uint8_t number)
{
	uint8_t count = (uint8_t)(number - ash->acked) & 7;

	if (count > in_flight(ash))
		return false;
	if (!count)
		return true;
	while (ash->acked != number)
		release(ash);
	ash->timeouts = 0;
	sim_events_drop(ash->events, ash, no_ack);
	if (in_flight(ash))
		later(ash, ash->patience, no_ack);
	later(ash, 0, pump);
	return true;
}

static void take_command(struct sim_ash *ash, const struct ash_frame *f)
{
	if (ash->buffer != ASH_FREE) { /* the only one is taken, even if this frame frees it */
		ash->pipelined++;
		say_nak(ash);
		take_ack(ash, f->control & 7);
		return;
	}
	ash->expected = (ash->expected + 1) & 7;
	ash->rejecting = false;
	ash->buffer = ASH_RUNNING;
	take_ack(ash, f->control & 7);
	later(ash, ACK_DELAY, say_ack);
	ash->ops->command(ash->owner, (struct span){ f->data, f->size });
}

static void take_data(struct sim_ash *ash, const struct ash_frame *f)
{
	uint8_t number = f->control >> 4 & 7;
	bool possible = ((f->control - ash->acked) & 7) <= in_flight(ash);

	if (!possible || ash->ops->fault(ash->owner, SIM_NAK)) {
		say_nak(ash);
	} else if (number == ash->expected) {
		take_command(ash, f);
	} else if (f->control & REPEATED) {
		take_ack(ash, f->control & 7);
		say_ack(ash, NULL, 0);
	} else {
		take_ack(ash, f->control & 7);
		say_nak(ash);
	}
}

static void take_ready(struct sim_ash *ash, uint8_t control)
{
	ash->busy_until = control & NOT_READY ? now(ash) + BUSY_MSEC : 0;
	if (!ash->busy_until)
		later(ash, 0, pump);
}

static void take_frame(struct sim_ash *ash, const struct ash_frame *f)
{
	if (f->control == ASH_RST) {
		ash->ops->rst(ash->owner);
	} else if (!ash->connected) {
		say_code(ash, ASH_ERROR, ash->error);
	} else if (!(f->control & 0x80)) {
		take_data(ash, f);
	} else if ((f->control & 0xE0) == ASH_ACK) {
		take_ack(ash, f->control & 7);
		take_ready(ash, f->control);
	} else if ((f->control & 0xE0) == ASH_NAK) {
		take_ready(ash, f->control);
		if (take_ack(ash, f->control & 7))
			repeat_all(ash);
	}
}

void sim_ash_input(struct sim_ash *ash, struct span bytes)
{
	struct ash_frame frame;

	for (size_t i = 0; i < bytes.size; i++) {
		enum ash_input got = ash_feed(&ash->reader, bytes.data[i], &frame);

		if (ash->booting || ash->frozen)
			continue;
		if (got == ASH_FRAME)
			take_frame(ash, &frame);
		else if (got == ASH_DAMAGED && ash->connected && !(frame.control & 0x80))
			say_nak(ash);
	}
}

/* --- start --- */

static void booted(void *owner, const void *data, size_t size)
{
	struct sim_ash *ash = owner;
	uint8_t code = *(const uint8_t *)data;

	(void)size;
	ash->booting = false;
	ash->connected = code == 0x01 || code == ASH_RESET_POWER || code == ASH_RESET_BOOTLOADER ||
			 code == ASH_RESET_SOFTWARE;
	ash->error = code;
	say_code(ash, ash->connected ? ASH_RSTACK : ASH_ERROR, code);
}

void sim_ash_boot(struct sim_ash *ash, uint8_t code, msec delay)
{
	sim_ash_end(ash);
	ash->reader = (struct ash_reader){ .size = 0 };
	ash->connected = ash->rejecting = ash->have_answer = ash->overflow = false;
	ash->booting = true;
	ash->expected = ash->next = ash->acked = 0;
	ash->timeouts = 0;
	ash->patience = PATIENCE_FIRST;
	ash->busy_until = 0;
	ash->buffer = ASH_FREE;
	ash->waiting_count = 0;
	sim_events_add(ash->events, (struct sim_event){ .delay = delay,
					    .fn = booted,
					    .owner = ash,
					    .data = &code,
					    .size = sizeof code });
}

void sim_ash_end(struct sim_ash *ash)
{
	sim_events_drop(ash->events, ash, NULL);
}
