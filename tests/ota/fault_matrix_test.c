/* One table of what can go wrong with a stick, run against both families on virtual time. A row
 * strikes in mid-transfer, or from the start. What does not go away by itself must be told by the
 * job within SAYS minutes; when it is gone, the job must end updated, byte by byte, within ENDS
 * minutes, by itself but for somebody who presses a key when the job says that the lock must wake.
 * In no row a forbidden command goes out. The limits are those of docs/faults.md. */
#include "adapters/adapter.h"
#include "server/base/check.h"
#include "tests/ota/sim_house.h"
#include "tests/support/loop_virtual.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

enum { MINUTE = 60000, ZNP = 1, EZSP = 2, BOTH = 3, UNTIL_TOLD = -1 };

enum trouble {
	FAULT, /* one of enum sim_fault */
	RESET,
	DEAF,
	UNPLUG,
	NETWORK_DOWN,
	FOREIGN, /* the stick has another network's key */
	FORM,    /* from the start and for good: .arg */
	PIN,     /* from the start and for good: another network was adopted */
};

struct row {
	const char *name;
	int families;
	enum trouble trouble;
	enum sim_fault fault;
	int count, arg;                 /* of the fault */
	bool from_start;                /* before the service is there; else in mid-transfer */
	int lasts_ms;                   /* UNTIL_TOLD: until the job says what it waits for */
	unsigned says_min;              /* limit for that */
	const char *waits_for, *reason; /* the job's; how the adapter's begins */
	unsigned ends_min;              /* limit from then on; 0: it stays as it is */
};

/* clang-format off */
static const struct row ROWS[] = {
	{ "stick reset", BOTH, RESET, .ends_min = 5 },
	{ "deaf for 3 s", BOTH, DEAF, .lasts_ms = 3000, .ends_min = 5 },
	{ "deaf for 30 s", BOTH, DEAF, .lasts_ms = 30000, .ends_min = 5 },
	{ "deaf for ever", BOTH, DEAF, .lasts_ms = UNTIL_TOLD, .says_min = 2, .waits_for = "adapter", .reason = "no_", .ends_min = 10 },
	{ "deaf from the start", BOTH, DEAF, .from_start = true, .lasts_ms = UNTIL_TOLD, .says_min = 2, .waits_for = "adapter", .reason = "no_", .ends_min = 15 },
	{ "link closed for 10 s", BOTH, UNPLUG, .lasts_ms = 10000, .ends_min = 5 },
	{ "link closed for ever", BOTH, UNPLUG, .lasts_ms = UNTIL_TOLD, .says_min = 1, .waits_for = "adapter", .reason = "io", .ends_min = 10 },
	{ "no stick from the start", BOTH, UNPLUG, .from_start = true, .lasts_ms = UNTIL_TOLD, .says_min = 1, .waits_for = "adapter", .reason = "io", .ends_min = 15 },
	{ "network down", BOTH, NETWORK_DOWN, .ends_min = 5 },
	{ "not formed", BOTH, FORM, .arg = SIM_BLANK, .says_min = 1, .waits_for = "adapter", .reason = "stick_blank" },
	{ "not a coordinator", BOTH, FORM, .arg = SIM_ROUTER, .says_min = 1, .waits_for = "adapter", .reason = "stick_not_coordinator" },
	{ "another network", BOTH, PIN, .says_min = 1, .waits_for = "adapter", .reason = "foreign_network" },
	{ "another network's key", BOTH, FOREIGN, .lasts_ms = UNTIL_TOLD, .says_min = 12, .waits_for = "wake", .ends_min = 10 },
	{ "every 5th frame damaged", BOTH, FAULT, SIM_BAD_FCS, -1, 5, .ends_min = 10 },
	{ "10 damaged frames", BOTH, FAULT, SIM_BAD_FCS, 10, .ends_min = 5 },
	{ "noise before each frame", BOTH, FAULT, SIM_GARBAGE, -1, .ends_min = 5 },
	{ "byte by byte", BOTH, FAULT, SIM_SPLIT, -1, .ends_min = 5 },
	{ "every 3rd frame NAKed", EZSP, FAULT, SIM_NAK, -1, 3, .ends_min = 5 },
	{ "every 3rd ACK lost", EZSP, FAULT, SIM_LOST_ACK, -1, 3, .ends_min = 5 },
	{ "DATA frames doubled", EZSP, FAULT, SIM_DUPLICATE_DATA, -1, .ends_min = 5 },
	{ "messages doubled", BOTH, FAULT, SIM_DUPLICATE, -1, .ends_min = 5 },
	{ "no answer, once", BOTH, FAULT, SIM_NO_SRSP, 1, .ends_min = 5 },
	{ "no answer to anything", BOTH, FAULT, SIM_NO_SRSP, -1, .lasts_ms = UNTIL_TOLD, .says_min = 5, .waits_for = "adapter", .ends_min = 15 },
	{ "all answers late", BOTH, FAULT, SIM_LATE_SRSP, -1, .ends_min = 60 },
	{ "three late answers", BOTH, FAULT, SIM_LATE_SRSP, 3, .ends_min = 5 },
	{ "message limit, once", BOTH, FAULT, SIM_MESSAGE_LIMIT, 1, .ends_min = 5 },
	{ "message limit, 1 of 7", BOTH, FAULT, SIM_MESSAGE_LIMIT, -1, 7, .ends_min = 5 },
	{ "message limit, 1 of 3", BOTH, FAULT, SIM_MESSAGE_LIMIT, -1, 3, .ends_min = 5 },
	{ "message limit, for ever", BOTH, FAULT, SIM_MESSAGE_LIMIT, -1, .lasts_ms = UNTIL_TOLD, .says_min = 10, .waits_for = "backoff", .ends_min = 15 },
	{ "no buffers, 5 times", BOTH, FAULT, SIM_NO_BUFFERS, 5, .ends_min = 5 },
	{ "no buffers, for ever", BOTH, FAULT, SIM_NO_BUFFERS, -1, .lasts_ms = UNTIL_TOLD, .says_min = 10, .waits_for = "backoff", .ends_min = 15 },
	{ "delivery failed, once", BOTH, FAULT, SIM_DELIVERY_FAILED, 1, .ends_min = 5 },
	{ "delivery failed, 1 of 7", BOTH, FAULT, SIM_DELIVERY_FAILED, -1, 7, .ends_min = 5 },
	{ "delivery failed, always", BOTH, FAULT, SIM_DELIVERY_FAILED, -1, .lasts_ms = UNTIL_TOLD, .says_min = 10, .waits_for = "backoff", .ends_min = 15 },
	{ "confirm lost, once", BOTH, FAULT, SIM_LOST_CONFIRM, 1, .ends_min = 5 },
	{ "confirm lost, 1 of 7", BOTH, FAULT, SIM_LOST_CONFIRM, -1, 7, .ends_min = 20 },
	{ "confirms lost, all", BOTH, FAULT, SIM_LOST_CONFIRM, -1, .ends_min = 60 },
	{ "confirm 20 s late, once", BOTH, FAULT, SIM_LATE_CONFIRM, 1, .ends_min = 5 },
	{ "confirms 20 s late, all", BOTH, FAULT, SIM_LATE_CONFIRM, -1, .ends_min = 60 },
};
/* clang-format on */

static struct sim_house h;

/* --- trouble comes and goes --- */

static void strike(const struct row *r)
{
	switch (r->trouble) {
	case FAULT:
		h.stick.kind->fault(h.stick.self, r->fault, r->count, r->arg);
		return;
	case RESET:
		h.stick.kind->reset(h.stick.self);
		return;
	case DEAF:
		h.stick.kind->dead(h.stick.self, true);
		return;
	case UNPLUG:
		h.stick.kind->unplug(h.stick.self, true);
		return;
	case NETWORK_DOWN:
		h.stick.kind->network_down(h.stick.self);
		return;
	case FOREIGN:
		sim_network_foreign(h.network, true);
		return;
	case FORM:
	case PIN:
		return;
	}
}

static void relieve(const struct row *r)
{
	if (r->trouble == FAULT)
		h.stick.kind->fault(h.stick.self, r->fault, 0, 0);
	h.stick.kind->dead(h.stick.self, false);
	h.stick.kind->unplug(h.stick.self, false);
	sim_network_foreign(h.network, false);
}

/* --- a person and a clock --- */

static void minute(void)
{
	if (h.last.phase == JOB_WAITING && h.last.waiting_for == WAIT_WAKE)
		sim_lock_press_key(h.lock);
	loop_run_for(h.loop, MINUTE);
	sim_house_look(&h);
}

static void until_transfer(void)
{
	struct sim_lock_state s = { 0 };

	sim_lock_press_key(h.lock);
	for (int i = 0; i < 6000 && s.offset < 1000; i++) {
		loop_run_for(h.loop, 100);
		sim_lock_state(h.lock, &s);
	}
	cr_assert(ge(u32, s.offset, 1000));
	cr_assert(lt(u32, s.offset, HOUSE_IMAGE_SIZE));
}

static const char *adapter_reason(void)
{
	const struct adapter *a = engine_adapter(h.engine, "stick");

	return a->why.reason;
}

static bool told(const struct row *r)
{
	return h.last.phase == JOB_WAITING &&
	       strcmp(job_wait_name(h.last.waiting_for), r->waits_for) == 0 &&
	       (!r->reason || strncmp(adapter_reason(), r->reason, strlen(r->reason)) == 0);
}

static void report(const struct row *r, const char *what, unsigned minutes)
{
	if (getenv("LOCKWRIGHT_TEST_VERBOSE"))
		cr_log_warn("%s: %s after %u min: %s %s (%s, adapter %s)", r->name, what, minutes,
			job_phase_name(h.last.phase), job_wait_name(h.last.waiting_for),
			h.last.error.reason, adapter_reason());
}

static void expect_told(const struct row *r)
{
	unsigned i = 0;

	sim_house_look(&h);
	while (i < r->says_min && !told(r)) {
		minute();
		i++;
	}
	report(r, "told", i);
	cr_expect(told(r), "%s: %s %s (%s; adapter %s)", r->name, job_phase_name(h.last.phase),
		job_wait_name(h.last.waiting_for), h.last.error.reason, adapter_reason());
}

static void expect_updated(const struct row *r)
{
	struct sim_lock_state s;
	unsigned i = 0;

	sim_house_look(&h);
	while (i < r->ends_min && !job_is_over(h.last.phase)) {
		minute();
		i++;
	}
	report(r, "ended", i);
	sim_lock_state(h.lock, &s);
	cr_expect(eq(str, h.last.outcome, "updated"), "%s: %s %s (%s)", r->name,
		job_phase_name(h.last.phase), job_wait_name(h.last.waiting_for), h.last.error.text);
	cr_expect(eq(u32, s.version, HOUSE_NEW), "%s", r->name);
	cr_expect(s.received_size == HOUSE_IMAGE_SIZE &&
			  memcmp(s.received, sim_house_image(), HOUSE_IMAGE_SIZE) == 0,
		"%s", r->name);
}

static void run_row(const struct row *r, struct sim_house_options options)
{
	bool for_good = r->trouble == FORM || r->trouble == PIN;

	options.radio_timing = true;
	if (r->trouble == FORM)
		options.form = (enum sim_form)r->arg;
	sim_house_build(&h, &options);
	if (r->trouble == PIN)
		strcpy(h.pin, "channel=15 pan=0x1A62 ext=0xA2BA38A8B5E683A0 "
			      "coordinator=0x00124B001E17EFA8");
	if (r->from_start)
		strike(r);
	sim_house_serve(&h);
	loop_run_for(h.loop, MINUTE);
	sim_house_order(&h);
	if (!for_good && !r->from_start) {
		until_transfer();
		strike(r);
	}
	if (r->lasts_ms > 0)
		loop_run_for(h.loop, (msec)r->lasts_ms);
	if (for_good || r->lasts_ms == UNTIL_TOLD)
		expect_told(r);
	if (r->lasts_ms)
		relieve(r);
	if (r->ends_min)
		expect_updated(r);
	sim_house_end(&h);
}

static void run_family(int family, struct sim_house_options options)
{
	const char *only = getenv("LOCKWRIGHT_TEST_ROW");

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		if (ROWS[i].families & family && (!only || strstr(ROWS[i].name, only)))
			run_row(&ROWS[i], options);
}

TestSuite(fault_matrix, .timeout = 300);

Test(fault_matrix, over_znp)
{
	run_family(ZNP, (struct sim_house_options){ .family = SIM_FAMILY_ZNP });
}

Test(fault_matrix, over_ezsp_8)
{
	run_family(
		EZSP, (struct sim_house_options){ .family = SIM_FAMILY_EZSP, .ezsp_version = 8 });
}

Test(fault_matrix, over_ezsp_13)
{
	run_family(
		EZSP, (struct sim_house_options){ .family = SIM_FAMILY_EZSP, .ezsp_version = 13 });
}

Test(fault_matrix, over_ezsp_19)
{
	run_family(
		EZSP, (struct sim_house_options){ .family = SIM_FAMILY_EZSP, .ezsp_version = 19 });
}
