/* Headers of three generations, the version handshake, and who gets a command. */
#include "server/base/text.h"
#include "tests/sim/sim_ezsp_private.h"

enum {
	RESPONSE = 0x80,
	VERSION = 0x0000,
	INVALID_COMMAND = 0x0058,
	WHY_NO_VERSION = 0x30,
	WHY_UNKNOWN = 0x31,
	STACK_MESH = 2,
	WIDE_FORMAT = 0x01,
	LATE_MSEC = 4000,
};

/* --- headers --- */

void ez_header(struct wire_out *out, const struct sim_ezsp *ezsp, uint8_t control, uint16_t id)
{
	wire_put_u8(out, ezsp->sequence);
	wire_put_u8(out, control);
	if (ezsp->native && ez_since(ezsp, EZ_V_WIDE)) {
		wire_put_u8(out, WIDE_FORMAT);
		wire_put_u16(out, id);
		return;
	}
	if (ezsp->native && ez_since(ezsp, 5))
		wire_put(out, (uint8_t[]){ 0xFF, 0x00 }, 2);
	wire_put_u8(out, (uint8_t)id);
}

/* Before they agreed on a version, both speak the oldest. */
static bool read_header(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	uint8_t third;

	c->in = wire_in(c->frame);
	ezsp->sequence = wire_u8(&c->in);
	wire_u8(&c->in);
	third = c->frame.size > 4 ? c->frame.data[2] : 0;
	ezsp->native = ezsp->options.version == EZ_V_LEGACY ||
		       third == (ez_since(ezsp, EZ_V_WIDE) ? WIDE_FORMAT : 0xFF);
	if (!ezsp->native || ezsp->options.version == EZ_V_LEGACY) {
		c->id = wire_u8(&c->in);
	} else if (ez_since(ezsp, EZ_V_WIDE)) {
		wire_u8(&c->in);
		c->id = wire_u16(&c->in);
	} else {
		wire_take(&c->in, 2);
		c->id = wire_u8(&c->in);
	}
	return !c->in.bad;
}

/* --- answers --- */

struct answer {
	size_t size;
	uint8_t raw[EZ_FRAME_MAX];
};

static void answer_now(void *owner, const void *data, size_t size)
{
	struct sim_ezsp *ezsp = owner;
	const struct answer *a = data;

	(void)size;
	sim_ash_answer(&ezsp->ash, (struct span){ a->raw, a->size });
}

static void answer_with(struct ez_call *c, uint16_t id)
{
	struct sim_ezsp *ezsp = c->ezsp;
	struct answer a;
	struct wire_out w = wire_out(a.raw, sizeof a.raw);
	msec delay = sim_network_jitter(ezsp->network, 1, 3);

	ez_header(&w, ezsp, RESPONSE, id);
	wire_put(&w, c->out.data, c->out.size);
	a.size = w.size;
	if (ez_strikes(ezsp, SIM_NO_SRSP, NULL)) {
		sim_ash_no_answer(&ezsp->ash);
		return;
	}
	if (ez_strikes(ezsp, SIM_LATE_SRSP, NULL))
		delay = LATE_MSEC;
	sim_events_add(ezsp->events, (struct sim_event){ .delay = delay,
					     .fn = answer_now,
					     .owner = ezsp,
					     .data = &a,
					     .size = sizeof a });
}

static void refuse(struct ez_call *c, uint8_t why)
{
	c->out.size = 0;
	wire_put_uint(&c->out, why, ez_since(c->ezsp, EZ_V_STATUS) ? 4 : 1);
	answer_with(c, INVALID_COMMAND);
}

/* --- version --- */

static uint16_t stack_version(uint8_t version)
{
	static const uint16_t known[] = { [4] = 0x5A20,
		[5] = 0x6000,
		[6] = 0x6400,
		[7] = 0x6630,
		[8] = 0x6A30,
		[9] = 0x7030,
		[10] = 0x7110,
		[11] = 0x7220,
		[12] = 0x7320,
		[13] = 0x7450,
		[14] = 0x8020,
		[15] = 0x8050,
		[16] = 0x8110,
		[17] = 0x8200,
		[18] = 0x8220,
		[19] = 0x9100 };

	return known[version];
}

static void put_version(struct ez_call *c)
{
	uint8_t wanted = wire_u8(&c->in);

	c->ezsp->agreed |= wanted == c->ezsp->options.version;
	wire_put_u8(&c->out, c->ezsp->options.version);
	wire_put_u8(&c->out, STACK_MESH);
	wire_put_u16(&c->out, stack_version(c->ezsp->options.version));
}

/* Value 0x11: build, then what the nibbles say, then "GA". */
static void put_version_info(struct ez_call *c)
{
	uint16_t v = stack_version(c->ezsp->options.version);

	if (!ez_since(c->ezsp, 6)) {
		ez_status(c, EZ_UNKNOWN_ID);
		wire_put_u8(&c->out, 0);
		return;
	}
	ez_status(c, EZ_OK);
	wire_put(&c->out,
		(uint8_t[]){
			7, 0xCD, 0x01, (uint8_t)(v >> 12), v >> 8 & 15, v >> 4 & 15, v & 15, 0xAA },
		8);
}

/* --- dispatch --- */

static bool run(struct ez_call *c)
{
	if (c->id == 0x00AA && c->in.left && c->in.data[0] == 0x11)
		return put_version_info(c), true;
	return ez_setup(c) || ez_network(c) || ez_tables(c) || ez_messages(c) || ez_harm(c);
}

static void note_forbidden(struct ez_call *c)
{
	struct sim_ezsp *ezsp = c->ezsp;
	size_t most = (sizeof ezsp->last_forbidden - 1) / 2;

	if (!ez_is_forbidden(ezsp, c->id, (struct span){ c->in.data, c->in.left }))
		return;
	ezsp->forbidden++;
	text_hex(ezsp->last_forbidden,
		(struct span){ c->frame.data, c->frame.size < most ? c->frame.size : most });
}

void ez_command(struct sim_ezsp *ezsp, struct span frame)
{
	struct ez_call c = { .ezsp = ezsp, .frame = frame };

	ezsp->requests++;
	c.out = wire_out(c.raw, EZ_FRAME_MAX - 5);
	if (!read_header(&c)) {
		sim_ash_no_answer(&ezsp->ash);
		return;
	}
	if (c.id == VERSION) {
		put_version(&c);
		answer_with(&c, VERSION);
		return;
	}
	note_forbidden(&c);
	if (!ezsp->agreed)
		refuse(&c, WHY_NO_VERSION);
	else if (!ezsp->native || !run(&c))
		refuse(&c, WHY_UNKNOWN);
	else
		answer_with(&c, c.id);
}
