#include "server/base/alloc.h"
#include "server/base/check.h"
#include "server/base/text.h"
#include "tests/sim/sim_ezsp_private.h"

#include <stdlib.h>

bool ez_strikes(struct sim_ezsp *ezsp, enum sim_fault fault, int *arg)
{
	return sim_faults_strike(&ezsp->faults, fault, arg);
}

bool ez_since(const struct sim_ezsp *ezsp, uint8_t version)
{
	return ezsp->options.version >= version;
}

/* --- status --- */

static const struct {
	uint8_t old;
	uint16_t sl;
} NUMBERS[] = {
	[EZ_OK] = { 0x00, 0x0000 },
	[EZ_FAIL] = { 0x01, 0x0001 },
	[EZ_BAD_ARGUMENT] = { 0x02, 0x0021 },
	[EZ_NOT_FOUND] = { 0x03, 0x002D },
	[EZ_NO_BUFFERS] = { 0x18, 0x0019 },
	[EZ_DELIVERY_FAILED] = { 0x66, 0x0C02 },
	[EZ_INVALID_CALL] = { 0x70, 0x0002 },
	[EZ_MESSAGE_LIMIT] = { 0x72, 0x0C03 },
	[EZ_TOO_LONG] = { 0x74, 0x0038 },
	[EZ_NETWORK_UP] = { 0x90, 0x0015 },
	[EZ_NETWORK_DOWN] = { 0x91, 0x0016 },
	[EZ_NETWORK_OPENED] = { 0x9C, 0x0C18 },
	[EZ_NETWORK_CLOSED] = { 0x9D, 0x0C19 },
	[EZ_NOT_JOINED] = { 0x93, 0x0017 },
	[EZ_INVALID_ENDPOINT] = { 0xA3, 0x0002 },
	[EZ_INDEX_RANGE] = { 0xB1, 0x0027 },
	[EZ_NOT_PRESENT] = { 0xB5, 0x000F },
	[EZ_UNKNOWN_ID] = { 0x37, 0x0021 },
	[EZ_TOO_LATE] = { 0x38, 0x0002 },
};

void ez_put_status(struct wire_out *out, const struct sim_ezsp *ezsp, enum ez_status status)
{
	if (ez_since(ezsp, EZ_V_STATUS))
		wire_put_u32(out, NUMBERS[status].sl);
	else
		wire_put_u8(out, NUMBERS[status].old);
}

void ez_status(struct ez_call *c, enum ez_status status)
{
	ez_put_status(&c->out, c->ezsp, status);
}

/* --- callbacks --- */

void ez_say(struct sim_ezsp *ezsp, uint16_t id, struct span parameters)
{
	uint8_t raw[EZ_FRAME_MAX];
	struct wire_out w = wire_out(raw, sizeof raw);

	ez_header(&w, ezsp, 0x90, id);
	wire_put(&w, parameters.data, parameters.size);
	if (ezsp->agreed && !w.bad)
		sim_ash_callback(&ezsp->ash, wire_span(&w));
}

static void stack_status(void *owner, const void *data, size_t size)
{
	struct sim_ezsp *ezsp = owner;
	uint8_t raw[4];
	struct wire_out w = wire_out(raw, sizeof raw);
	enum ez_status status;

	memcpy(&status, data, size);
	ez_put_status(&w, ezsp, status);
	ez_say(ezsp, 0x0019, wire_span(&w));
}

void ez_say_stack_status(struct sim_ezsp *ezsp, enum ez_status status, msec delay)
{
	sim_events_add(ezsp->events, (struct sim_event){ .delay = delay,
					     .fn = stack_status,
					     .owner = ezsp,
					     .data = &status,
					     .size = sizeof status });
}

/* --- the wire --- */

static void arrive(void *owner, const void *data, size_t size)
{
	struct sim_ezsp *ezsp = owner;
	static const uint8_t noise[] = { 0x00, 0x31, 0xFF, 0x55, ASH_CANCEL };
	const uint8_t *bytes = data;

	if (ezsp->dead || ezsp->link.unplugged)
		return;
	if (ez_strikes(ezsp, SIM_GARBAGE, NULL))
		sim_link_put(&ezsp->link, (struct span){ noise, sizeof noise });
	if (!ez_strikes(ezsp, SIM_SPLIT, NULL)) {
		sim_link_put(&ezsp->link, (struct span){ bytes, size });
		return;
	}
	for (size_t i = 0; i < size; i++)
		sim_link_put(&ezsp->link, (struct span){ bytes + i, 1 });
}

/* In the next turn: no host hears an answer inside of its own write. */
static void to_host(void *owner, struct span bytes)
{
	struct sim_ezsp *ezsp = owner;

	sim_events_add(ezsp->events,
		(struct sim_event){
			.fn = arrive, .owner = ezsp, .data = bytes.data, .size = bytes.size });
}

static void from_host(void *owner, struct span bytes)
{
	struct sim_ezsp *ezsp = owner;

	if (ezsp->dead || ezsp->link.unplugged)
		return;
	sim_turnaround_frame(&ezsp->turnaround);
	sim_ash_input(&ezsp->ash, bytes);
}

static void taken(void *owner)
{
	(void)owner;
}

/* --- power --- */

static void reboot(struct sim_ezsp *ezsp, uint8_t code)
{
	sim_events_drop(ezsp->events, ezsp, NULL);
	ezsp->agreed = ezsp->native = ezsp->up = ezsp->concentrator = false;
	ezsp->sequence = 0;
	ezsp->endpoint_count = ezsp->sleeper_count = ezsp->routed_count = 0;
	memset(ezsp->flights, 0, sizeof ezsp->flights);
	memset(ezsp->counters, 0, sizeof ezsp->counters);
	ez_set_defaults(ezsp);
	sim_ash_boot(&ezsp->ash, code, 20 + sim_network_jitter(ezsp->network, 80, 300));
}

static void rst(void *owner)
{
	reboot(owner, ASH_RESET_SOFTWARE);
}

void sim_ezsp_reset(struct sim_ezsp *ezsp, uint8_t code)
{
	reboot(ezsp, code);
}

static bool ash_fault(void *owner, enum sim_fault fault)
{
	return ez_strikes(owner, fault, NULL);
}

static void command(void *owner, struct span frame)
{
	ez_command(owner, frame);
}

static const struct sim_ash_ops ASH = { to_host, rst, command, ash_fault };

static void fill_nv(struct sim_ezsp *ezsp)
{
	const struct sim_network_options *facts = sim_network_facts(ezsp->network);

	ezsp->nv = (struct ez_nv){ .formed = ezsp->options.form != SIM_BLANK,
		.channel = facts->channel,
		.pan_id = facts->pan_id,
		.ext_pan_id = facts->ext_pan_id };
	for (uint8_t i = 0; i < sizeof ezsp->nv.key; i++)
		ezsp->nv.key[i] = i + 1;
}

struct sim_ezsp *sim_ezsp_new(struct sim_network *network, const struct sim_ezsp_options *options)
{
	struct sim_ezsp *ezsp = xcalloc(1, sizeof *ezsp);

	ezsp->network = network;
	ezsp->events = sim_network_events(network);
	if (options)
		ezsp->options = *options;
	if (!ezsp->options.version)
		ezsp->options.version = 13;
	ezsp->link = (struct sim_link){
		.events = ezsp->events, .input = from_host, .taken = taken, .owner = ezsp
	};
	ezsp->ash = (struct sim_ash){ .loop = sim_network_loop(network),
		.events = ezsp->events,
		.ops = &ASH,
		.owner = ezsp,
		.error = ASH_RESET_POWER };
	fill_nv(ezsp);
	ez_set_defaults(ezsp);
	sim_network_attach(network, &EZ_STICK, ezsp);
	if (ezsp->options.running)
		ez_come_up(ezsp);
	return ezsp;
}

void sim_ezsp_free(struct sim_ezsp *ezsp)
{
	if (!ezsp)
		return;
	sim_network_attach(ezsp->network, NULL, NULL);
	sim_events_drop(ezsp->events, ezsp, NULL);
	sim_ash_end(&ezsp->ash);
	sim_link_close(&ezsp->link, NULL);
	sim_turnaround_end(&ezsp->turnaround);
	free(ezsp);
}
