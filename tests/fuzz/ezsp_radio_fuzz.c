/* Any bytes from the stick, in any state of the EZSP radio: what it writes is never a command that
 * the gate does not know, and the queues come to rest. The input begins with the stick's version,
 * then is a list of
 *   0 ms8        time passes (times 100 ms)
 *   1 n bytes    raw bytes
 *   2 n bytes    a good frame: id low, id high, parameters; a callback
 *   3 n bytes    an urgent message to send
 *   4            the answer that lets the radio go on (see `helpful`)
 *   5 n bytes    the same command is answered with these parameters
 *   6 code       the stick restarts
 *   7 code       the stick fails */
#include "adapters/zigbee/ezsp/ash_frame.h"
#include "adapters/zigbee/ezsp/ezsp_gate.h"
#include "adapters/zigbee/ezsp/ezsp_radio.h"
#include "server/base/wire.h"
#include "tests/support/loop_virtual.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CALLBACK = 0x90, ANSWER = 0x80, KINDS = 8 };

struct rig {
	struct stream stream;
	struct loop *loop;
	struct loop_timer *opening;
	bool is_open;
	struct ash_reader reader;
	uint8_t version;         /* of the stick */
	uint8_t spoken;          /* by the radio; 0 not agreed yet */
	uint8_t in, out;         /* DATA numbers */
	struct ezsp_frame asked; /* id and sequence of the command outstanding */
	bool is_asked, is_reset;
	unsigned commands; /* since the last reset */
	unsigned queued, reported;
};

static struct rig rig;

/* The first command after each restart is in the oldest header; the second says which version the
 * radio took. */
static void asked(struct span raw)
{
	bool is_first = raw.size == 4 && raw.data[0] == 0 && raw.data[2] == 0;

	rig.commands = is_first ? 1 : rig.commands + 1;
	if (rig.commands <= 2)
		rig.spoken = is_first ? 0 : raw.data[raw.size - 1];
	if (!ezsp_frame_read(rig.spoken, raw, &rig.asked) ||
		!ezsp_gate_allows(rig.spoken, rig.asked.id, rig.asked.params))
		abort();
	rig.is_asked = true;
}

static void on_write(struct stream *s, struct span bytes)
{
	struct ash_frame f;

	(void)s;
	for (size_t i = 0; i < bytes.size; i++) {
		if (ash_read(&rig.reader, bytes.data[i], &f) != ASH_READ_FRAME)
			continue;
		if (f.kind == ASH_RST)
			rig.is_reset = true;
		if (f.kind != ASH_DATA || f.again)
			continue;
		rig.in = (f.number + 1) % 8;
		asked(f.data);
	}
}

static void on_lines(struct stream *s, bool dtr, bool rts)
{
	(void)s;
	(void)dtr;
	(void)rts;
	abort();
}

static void on_free(struct stream *s)
{
	(void)s;
	rig.is_open = false;
	loop_timer_set(rig.opening, 0);
}

static const struct stream_ops ops = { on_write, on_lines, on_free };

static void on_open(void *owner)
{
	(void)owner;
	rig.stream.to->opened(rig.stream.owner);
}

static enum err_code open_stream(const struct stream_factory *f, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e)
{
	(void)f;
	(void)e;
	if (rig.is_open)
		abort();
	rig.stream = (struct stream){
		.ops = &ops, .to = events, .owner = owner, .is_serial = rig.version & 1
	};
	rig.is_open = true;
	loop_timer_set(rig.opening, loop_now(rig.loop));
	*out = &rig.stream;
	return OK;
}

static void on_state(void *owner, enum radio_state state, const struct err *why)
{
	(void)owner;
	if ((state == RADIO_DOWN || state == RADIO_REFUSED) && (!why || !why->reason[0]))
		abort();
}

static void on_message(void *owner, const struct radio_message *m)
{
	volatile uint8_t sum = 0;

	(void)owner;
	for (size_t i = 0; i < m->payload.size; i++)
		sum = (uint8_t)(sum + m->payload.data[i]);
}

static void on_sent(void *owner, const struct radio_sent *s)
{
	(void)owner;
	(void)s;
	rig.reported++;
}

static void on_announced(void *owner, uint64_t ieee, uint16_t address, int capability)
{
	(void)owner;
	(void)ieee;
	(void)address;
	(void)capability;
}

static void on_left(void *owner, uint64_t ieee, uint16_t address)
{
	(void)owner;
	(void)ieee;
	(void)address;
}

static const struct radio_events events = { on_state, on_message, on_sent, on_announced, on_left };

static void say(struct span bytes)
{
	if (rig.is_open)
		rig.stream.to->bytes(rig.stream.owner, bytes);
}

static void say_ash(enum ash_kind kind, struct span data)
{
	uint8_t wire[ASH_WIRE_MAX];
	struct ash_frame f = { .kind = kind, .number = rig.out, .ack = rig.in, .data = data };

	if (kind == ASH_DATA)
		rig.out = (rig.out + 1) % 8;
	say((struct span){ wire, ash_write(&f, wire) });
}

/* The gate writes no answers, so their headers are made here. */
static void say_ezsp(uint8_t control, uint16_t id, struct span params)
{
	uint8_t raw[ASH_DATA_MAX] = { rig.asked.sequence, control };
	size_t head = rig.spoken < 5 ? 3 : 5;

	if (params.size > sizeof raw - head)
		return;
	raw[2] = head == 3 ? (uint8_t)id : rig.spoken < 8 ? 0xFF : 1;
	raw[3] = rig.spoken < 8 ? 0 : (uint8_t)id;
	raw[4] = rig.spoken < 8 ? (uint8_t)id : (uint8_t)(id >> 8);
	if (params.size)
		memcpy(raw + head, params.data, params.size);
	say_ash(ASH_DATA, (struct span){ raw, head + params.size });
}

static void restart(enum ash_kind kind, uint8_t code)
{
	const uint8_t params[] = { 2, code };

	rig.in = rig.out = 0;
	rig.is_asked = rig.is_reset = false;
	say_ash(kind, (struct span){ params, sizeof params });
}

static void say_up(void)
{
	static const uint8_t up[] = { 0x90 }, wide_up[] = { 0x15, 0, 0, 0 };

	say_ezsp(CALLBACK, 0x0019,
		rig.spoken >= 14 ? (struct span){ wide_up, 4 } : (struct span){ up, 1 });
}

/* Answers of a healthy stick to what was asked last; only so the fuzzer gets behind the checks in
 * reasonable time. */
static void helpful(void)
{
	static const uint8_t parameters[] = { 1, 0xDD, 0xDD, 0xDD, 0xDD, 0xDD, 0xDD, 0xDD, 0xDD,
		0x62, 0x1A, 8, 15, 0, 0, 0, 0, 0, 0xF8, 0xFF, 7 };
	const uint8_t version[] = { rig.version, 2, 0x50, 0x74 };
	uint8_t answer[40] = { 0 };
	size_t status = rig.spoken >= 14 ? 4 : 1;

	if (rig.is_reset) {
		restart(ASH_RSTACK, 0x0B);
		return;
	}
	if (!rig.is_asked)
		return;
	rig.is_asked = false;
	if (rig.asked.id == 0x0028)
		memcpy(answer + status, parameters, sizeof parameters);
	if (rig.asked.id == 0x0018)
		answer[0] = 2; /* joined */
	if (rig.asked.id == 0x0000)
		say_ezsp(ANSWER, 0x0000, (struct span){ version, sizeof version });
	else
		say_ezsp(ANSWER, rig.asked.id, (struct span){ answer, sizeof answer });
	if (rig.asked.id == 0x0017)
		say_up();
}

static void send(struct radio *radio, struct span payload)
{
	struct radio_send s = { .destination = (uint16_t)(0x1000 + payload.size),
		.endpoint = 1,
		.source_endpoint = 1,
		.profile = 0x0104,
		.cluster = 0x0019,
		.urgent = payload.size & 1,
		.ack = payload.size & 2,
		.payload = payload };

	if (payload.size > RADIO_PAYLOAD_MAX)
		return;
	rig.queued++;
	radio->ops->send(radio, &s);
}

static void step(struct radio *radio, struct wire_in *in)
{
	uint8_t kind = wire_u8(in) % KINDS, n = kind == 4 ? 0 : wire_u8(in);
	bool has_bytes = kind == 1 || kind == 2 || kind == 3 || kind == 5;
	struct span bytes =
		has_bytes ? wire_take(in, n < in->left ? n : in->left) : (struct span){ NULL, 0 };

	if (kind == 0)
		loop_run_for(rig.loop, n * 100u);
	else if (kind == 1)
		say(bytes);
	else if (kind == 2 && bytes.size >= 2)
		say_ezsp(CALLBACK, (uint16_t)(bytes.data[0] | bytes.data[1] << 8),
			(struct span){ bytes.data + 2, bytes.size - 2 });
	else if (kind == 3)
		send(radio, bytes);
	else if (kind == 4)
		helpful();
	else if (kind == 5)
		say_ezsp(ANSWER, rig.asked.id, bytes);
	else if (kind == 6 || kind == 7)
		restart(kind == 6 ? ASH_RSTACK : ASH_ERROR, n);
	loop_run_for(rig.loop, 1);
}

static void on_stopped(void *owner)
{
	*(bool *)owner = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_in in = wire_in((struct span){ data, size });
	struct radio_options options = { .stream = { open_stream, NULL }, .adopt = true };
	struct radio *radio;
	uint8_t first = wire_u8(&in);
	bool stopped = false;

	rig = (struct rig){ .loop = loop_new(),
		.version = (uint8_t)(EZSP_OLDEST + first % (EZSP_NEWEST - EZSP_OLDEST + 1)) };
	rig.opening = loop_timer_new(rig.loop, on_open, NULL);
	options.loop = rig.loop;
	radio = ezsp_radio_new(&options);
	radio->to = &events;
	radio->ops->start(radio, NULL);
	/* Half of the runs begin with a stick that comes up. */
	for (int i = 0; first & 0x80 && i < 100; i++) {
		loop_run_for(rig.loop, 25);
		helpful();
	}
	while (in.left && !in.bad)
		step(radio, &in);
	radio->ops->stop(radio, on_stopped, &stopped);
	loop_run_for(rig.loop, 4000);
	if (!stopped || rig.is_open || rig.queued != rig.reported)
		abort();
	radio->ops->free(radio);
	loop_timer_free(rig.opening);
	loop_free(rig.loop);
	return 0;
}
