/* Any bytes from the stick, in any state of the radio: what it writes is never a command that the
 * gate does not know, and the queues come to rest. The input is a list of
 *   0 ms8        time passes (times 100 ms)
 *   1 n bytes    raw bytes
 *   2 n bytes    a frame with a good check byte
 *   3 n bytes    an urgent message to send
 *   4            the answer that lets the radio go on (see `helpful`) */
#include "adapters/zigbee/znp/znp_gate.h"
#include "adapters/zigbee/znp/znp_radio.h"
#include "server/base/wire.h"
#include "tests/support/loop_virtual.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct rig {
	struct stream stream;
	struct loop *loop;
	struct loop_timer *opening;
	bool is_open;
	uint8_t last[2];
	uint16_t item; /* NV item asked for last */
	unsigned queued, reported;
};

static struct rig rig;

static void may_be_written(const struct znp_frame *f)
{
	if (!znp_gate_allows(ZNP_STACK_12, f) && !znp_gate_allows(ZNP_STACK_3X0, f))
		abort();
}

static void on_write(struct stream *s, struct span bytes)
{
	struct znp_reader r = { 0 };
	struct znp_frame f;
	bool whole;

	(void)s;
	if (bytes.size == 1 && bytes.data[0] == 0xEF)
		return;
	if (znp_read(&r, bytes.data, bytes.size, &f, &whole) != bytes.size || !whole)
		abort();
	may_be_written(&f);
	rig.last[0] = f.cmd0;
	rig.last[1] = f.cmd1;
	if (f.length >= 2)
		rig.item = (uint16_t)(f.data[0] | f.data[1] << 8);
}

static void on_lines(struct stream *s, bool dtr, bool rts)
{
	(void)s;
	(void)dtr;
	(void)rts;
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
	rig.stream = (struct stream){ .ops = &ops, .to = events, .owner = owner };
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

static void say_frame(uint8_t cmd0, uint8_t cmd1, struct span data)
{
	uint8_t wire[ZNP_FRAME_MAX];
	struct znp_frame f = { cmd0, cmd1, (uint8_t)data.size, data.data };

	say((struct span){ wire, znp_write(&f, wire) });
}

/* Answers of a healthy, running 3.x.0 stick to what was asked last; only so the fuzzer gets behind
 * the checks in reasonable time. */
enum { NIB_SIZE = 116 };

static void answer_length(void)
{
	uint8_t size[] = { rig.item == ZNP_NV_NIB ? NIB_SIZE : 1, 0 };

	say_frame(0x61, 0x13, (struct span){ size, sizeof size });
}

static void answer_item(void)
{
	uint8_t data[2 + NIB_SIZE] = { 0, 1, 0 };
	size_t size = rig.item == ZNP_NV_NIB ? NIB_SIZE : 1;

	data[1] = (uint8_t)size;
	data[2] = rig.item == ZNP_NV_ON_A_NETWORK || rig.item == ZNP_NV_DIRECT_CB;
	if (rig.item == ZNP_NV_NIB) {
		data[2 + 24] = 15;
		data[2 + 36] = 0x44;
		data[2 + 57] = 0xA0;
		data[2 + 65] = 1;
	}
	say_frame(0x61, 0x1C, (struct span){ data, 2 + size });
}

static void answer_ok(void)
{
	static const uint8_t ok[] = { 0 }, none[] = { 0, 0, 0, 0, 0, 0 };

	say_frame((uint8_t)(rig.last[0] | 0x40), rig.last[1], (struct span){ ok, sizeof ok });
	if (rig.last[0] == 0x25 && rig.last[1] == 0x05)
		say_frame(0x45, 0x85, (struct span){ none, sizeof none });
}

static void helpful(void)
{
	static const uint8_t ping[] = { 0x59, 0x06 }, version[] = { 2, 1, 2, 7, 1 };
	static const uint8_t device[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 7, 9, 0 };
	static const uint8_t network[24] = { 0, 0, 9, 0x44, 0, 0, 0, 0xA0, [23] = 15 };
	unsigned asked = (unsigned)rig.last[0] << 8 | rig.last[1];

	if (asked == 0x2101)
		say_frame(0x61, 0x01, (struct span){ ping, sizeof ping });
	else if (asked == 0x2102)
		say_frame(0x61, 0x02, (struct span){ version, sizeof version });
	else if (asked == 0x2104)
		say_frame(0x61, 0x04, (struct span){ device + 1, 8 });
	else if (asked == 0x2700)
		say_frame(0x67, 0x00, (struct span){ device, sizeof device });
	else if (asked == 0x2550)
		say_frame(0x65, 0x50, (struct span){ network, sizeof network });
	else if (asked == 0x2113)
		answer_length();
	else if (asked == 0x211C)
		answer_item();
	else if (asked)
		answer_ok();
}

static void send(struct radio *radio, struct span payload)
{
	struct radio_send s = { .destination = (uint16_t)(0x1000 + payload.size),
		.endpoint = 1,
		.source_endpoint = 1,
		.profile = 0x0104,
		.cluster = 0x0019,
		.urgent = payload.size & 1,
		.payload = payload };

	if (payload.size > RADIO_PAYLOAD_MAX)
		return;
	rig.queued++;
	radio->ops->send(radio, &s);
}

static void step(struct radio *radio, struct wire_in *in)
{
	uint8_t kind = wire_u8(in) % 5, n = kind == 4 ? 0 : wire_u8(in);
	struct span bytes = kind && kind < 4 ? wire_take(in, n < in->left ? n : in->left)
					     : (struct span){ NULL, 0 };

	if (kind == 0)
		loop_run_for(rig.loop, n * 100u);
	else if (kind == 1)
		say(bytes);
	else if (kind == 2 && bytes.size >= 2 && bytes.size <= ZNP_DATA_MAX)
		say_frame(bytes.data[0], bytes.data[1],
			(struct span){ bytes.data + 2, bytes.size - 2 });
	else if (kind == 3)
		send(radio, bytes);
	else
		helpful();
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
	bool stopped = false, wants_up = wire_u8(&in) & 1;

	rig = (struct rig){ .loop = loop_new() };
	rig.opening = loop_timer_new(rig.loop, on_open, NULL);
	options.loop = rig.loop;
	radio = znp_radio_new(&options);
	radio->to = &events;
	radio->ops->start(radio, NULL);
	/* Half of the runs begin with a stick that comes up. */
	for (int i = 0; wants_up && i < 40; i++) {
		loop_run_for(rig.loop, 110);
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
