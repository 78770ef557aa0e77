/* Control lines about one lock: what happens to it, and what it says. */
#include "server/base/text.h"
#include "tests/sim/sim_control_private.h"

#include <string.h>

static bool press(struct command *c)
{
	sim_lock_press_key(c->lock);
	return true;
}

static bool sleep_now(struct command *c)
{
	uint64_t ms;

	if (!control_number(c->words[2], UINT32_MAX, &ms))
		return false;
	sim_lock_sleep(c->lock, (uint32_t)ms);
	return true;
}

static bool battery(struct command *c)
{
	uint64_t value;

	if (!control_number(c->words[2], 200, &value))
		return false;
	sim_lock_set_battery(c->lock, (uint8_t)value);
	return true;
}

static bool battery_out(struct command *c)
{
	sim_lock_battery_out(c->lock, true);
	return true;
}

static bool battery_in(struct command *c)
{
	sim_lock_battery_out(c->lock, false);
	return true;
}

static bool rejoin(struct command *c)
{
	uint64_t address;

	if (!control_number(c->words[2], 0xFFF7, &address))
		return false;
	sim_lock_rejoin(c->lock, (uint16_t)address);
	return true;
}

static bool inject(struct command *c)
{
	uint8_t zcl[100];
	size_t n = 0;
	uint64_t cluster = 0x19;

	if (*c->words[3] && !control_number(c->words[3], 0xFF, &cluster))
		return false;
	if (!text_unhex(zcl, sizeof zcl, &n, c->words[2]))
		return false;
	sim_lock_inject(c->lock, (uint8_t)cluster, zcl, n);
	return true;
}

static bool say(struct command *c)
{
	uint8_t zcl[100];
	uint64_t endpoint = 1;
	struct sim_saying saying = { .broadcast = !strcmp(c->words[4], "all"), .zcl = zcl };

	if (*c->words[3] && !control_number(c->words[3], 240, &endpoint))
		return false;
	if (!text_unhex(zcl, sizeof zcl, &saying.n, c->words[2]))
		return false;
	saying.endpoint = (uint8_t)endpoint;
	sim_lock_say(c->lock, &saying);
	return true;
}

static bool move(struct command *c)
{
	uint64_t address;

	if (!control_number(c->words[2], 0xFFF7, &address))
		return false;
	sim_lock_move(c->lock, (uint16_t)address);
	return true;
}

static bool bolt(struct command *c)
{
	uint64_t state;

	if (!control_number(c->words[2], 2, &state))
		return false;
	sim_lock_set_bolt(c->lock, (uint8_t)state);
	return true;
}

static bool preload(struct command *c)
{
	static uint8_t image[1 << 20];
	FILE *f = fopen(c->words[2], "rb");
	size_t n = f ? fread(image, 1, sizeof image, f) : 0;
	uint64_t version;

	if (f)
		fclose(f);
	if (!n || !control_number(c->words[3], UINT32_MAX, &version))
		return false;
	sim_lock_preload(c->lock, (uint32_t)version, image, (uint32_t)n);
	return true;
}

static bool received(struct command *c)
{
	struct sim_lock_state s;
	FILE *f = fopen(c->words[2], "wb");
	bool good;

	sim_lock_state(c->lock, &s);
	if (!f)
		return false;
	good = !s.received_size || fwrite(s.received, s.received_size, 1, f) == 1;
	return !fclose(f) && good;
}

static bool puppet(struct command *c)
{
	bool on;

	if (!control_on_off(c->words[2], &on))
		return false;
	sim_lock_puppet(c->lock, on);
	return true;
}

/* clang-format off */
const struct verb CONTROL_LOCK_VERBS[] = {
	{ "press", press, true, false },
	{ "sleep", sleep_now, true, false },
	{ "battery", battery, true, false },
	{ "battery-out", battery_out, true, false },
	{ "battery-in", battery_in, true, false },
	{ "rejoin", rejoin, true, false },
	{ "inject", inject, true, false },
	{ "received", received, true, false },
	{ "say", say, true, false },
	{ "puppet", puppet, true, false },
	{ "preload", preload, true, false },
	{ "move", move, true, false },
	{ "bolt", bolt, true, false },
	{ 0 },
};
/* clang-format on */
