/* Either family behind one handle. */
#include "server/base/text.h"
#include "tests/sim/sim_ezsp_private.h"

/* --- ZNP --- */

static void znp_free(void *s)
{
	sim_znp_free(s);
}

static struct stream_factory znp_factory(void *s)
{
	return sim_znp_factory(s);
}

static void znp_input(void *s, struct span bytes)
{
	sim_znp_input(s, bytes);
}

static void znp_output(void *s, void (*out)(void *owner, struct span bytes), void *owner)
{
	sim_znp_output(s, out, owner);
}

static void znp_clock(void *s, uint64_t (*microseconds)(void))
{
	sim_znp_clock(s, microseconds);
}

static void znp_fault(void *s, enum sim_fault fault, int count, int arg)
{
	sim_znp_fault(s, fault, count, arg);
}

static void znp_reset(void *s)
{
	sim_znp_reset(s);
}

static void znp_dead(void *s, bool dead)
{
	sim_znp_dead(s, dead);
}

static void znp_unplug(void *s, bool out)
{
	sim_znp_unplug(s, out);
}

static void znp_network_down(void *s)
{
	sim_znp_network_down(s);
}

static void znp_stats(const void *s, struct sim_stick_stats *out)
{
	sim_znp_stats(s, out);
}

static size_t znp_turnarounds(const void *s, struct sim_turn *out, size_t max)
{
	return sim_znp_turnarounds(s, out, max);
}

struct sim_stick sim_znp_stick(struct sim_znp *znp)
{
	static const struct sim_stick_kind kind = { znp_free, znp_factory, znp_input, znp_output,
		znp_clock, znp_fault, znp_reset, znp_dead, znp_unplug, znp_network_down, znp_stats,
		znp_turnarounds };

	return (struct sim_stick){ &kind, znp };
}

/* --- EZSP --- */

static void ezsp_free(void *s)
{
	sim_ezsp_free(s);
}

static struct stream_factory ezsp_factory(void *s)
{
	struct sim_ezsp *ezsp = s;

	return sim_link_factory(&ezsp->link);
}

static void ezsp_input(void *s, struct span bytes)
{
	struct sim_ezsp *ezsp = s;

	ezsp->link.input(ezsp, bytes);
}

static void ezsp_output(void *s, void (*out)(void *owner, struct span bytes), void *owner)
{
	struct sim_ezsp *ezsp = s;

	ezsp->link.out = out;
	ezsp->link.out_owner = owner;
}

static void ezsp_clock(void *s, uint64_t (*microseconds)(void))
{
	struct sim_ezsp *ezsp = s;

	ezsp->turnaround.clock = microseconds;
}

static void ezsp_fault(void *s, enum sim_fault fault, int count, int arg)
{
	struct sim_ezsp *ezsp = s;

	sim_faults_arm(&ezsp->faults, fault, count, arg);
}

static void ezsp_reset(void *s)
{
	sim_ezsp_reset(s, ASH_RESET_WATCHDOG);
}

/* A firmware that hangs: its clocks stand still, too. */
static void ezsp_dead(void *s, bool dead)
{
	struct sim_ezsp *ezsp = s;

	ezsp->dead = ezsp->ash.frozen = dead;
}

static void ezsp_unplug(void *s, bool out)
{
	struct sim_ezsp *ezsp = s;

	if (out == ezsp->link.unplugged)
		return;
	ezsp->link.unplugged = out;
	if (out)
		sim_ezsp_reset(ezsp, ASH_RESET_POWER);
	if (out)
		sim_link_close(&ezsp->link, "the simulated stick was unplugged");
}

static void ezsp_network_down(void *s)
{
	ez_go_down(s);
}

static void ezsp_stats(const void *s, struct sim_stick_stats *out)
{
	const struct sim_ezsp *ezsp = s;

	*out = (struct sim_stick_stats){ .forbidden = ezsp->forbidden,
		.formed_alarm = ezsp->formed_alarm,
		.lock_commands = sim_network_commands(ezsp->network),
		.requests = ezsp->requests,
		.endpoints = (uint32_t)ezsp->endpoint_count,
		.nv_digest = ez_nv_digest(ezsp),
		.turnaround_count = ezsp->turnaround.count,
		.pipelined = ezsp->ash.pipelined,
		.gave_up = ezsp->ash.gave_up };
	text_copy(out->last_forbidden, sizeof out->last_forbidden, ezsp->last_forbidden);
}

static size_t ezsp_turnarounds(const void *s, struct sim_turn *out, size_t max)
{
	const struct sim_ezsp *ezsp = s;

	return sim_turnaround_last(&ezsp->turnaround, out, max);
}

struct sim_stick sim_ezsp_stick(struct sim_ezsp *ezsp)
{
	static const struct sim_stick_kind kind = { ezsp_free, ezsp_factory, ezsp_input,
		ezsp_output, ezsp_clock, ezsp_fault, ezsp_reset, ezsp_dead, ezsp_unplug,
		ezsp_network_down, ezsp_stats, ezsp_turnarounds };

	return (struct sim_stick){ &kind, ezsp };
}
