/* What the cloud of a vendor says of a lock. What it does not say neither blocks nor permits. */
#include "ota/check_rules.h"
#include "ota/vendor_version.h"

#include <string.h>
#include <strings.h>

static void check_online(struct check_run *run)
{
	const struct lock *lock = run->in->lock;
	bool known = lock->facts.known & FACT_ONLINE;
	bool drives = run->in->capabilities & ADAPTER_TRIGGERS;
	struct check_says says = { .at = lock->online_at };

	if (!known) {
		check_say(run, "lock_offline", &says, "the cloud does not say whether it is there");
		return;
	}
	if (!lock->facts.online) {
		says.verdict = drives ? VERDICT_BLOCK : VERDICT_WARN;
		says.wait = drives ? WAIT_WAKE : WAIT_NOTHING;
	}
	check_say(run, "lock_offline", &says, "the cloud says that it is %s",
		lock->facts.online ? "there" : "not there");
}

/* A reason that speaks of the battery is waited out as one. */
static enum job_wait wait_of(const struct check_run *run, const char *why)
{
	const struct finding *low = check_find(run->out, "battery_low");
	bool is_low = low && low->verdict == VERDICT_BLOCK;

	return is_low || strcasestr(why, "batter") ? WAIT_BATTERY : WAIT_USER;
}

static void check_component(struct check_run *run, const struct lock_component *c)
{
	struct check_says says = { .at = run->in->lock->components_at };

	if (c->blocked) {
		says.verdict = VERDICT_BLOCK;
		says.wait = wait_of(run, c->why);
		check_say(run, "vendor_blocked", &says, "the vendor: %.120s",
			c->why[0] ? c->why : "not now");
		return;
	}
	check_say(run, "vendor_blocked", &says, "the vendor has nothing against it");
}

static bool is_busy(const struct lock_component *c)
{
	return c->state == VENDOR_DOWNLOADING || c->state == VENDOR_INSTALLING ||
	       c->state == VENDOR_QUEUED;
}

static void check_others(struct check_run *run, const struct lock_component *own)
{
	const struct lock *lock = run->in->lock;

	for (uint8_t i = 0; i < lock->n_components; i++) {
		const struct lock_component *c = &lock->components[i];

		if (strcmp(c->id, own->id) == 0 || !is_busy(c))
			continue;
		check_say(run, "component_busy",
			&(struct check_says){ .verdict = VERDICT_BLOCK,
				.wait = WAIT_SLOT,
				.at = lock->components_at },
			"component %s is being updated", c->id);
		return;
	}
}

static void check_pin(struct check_run *run)
{
	const char *pinned = run->policy.pinned_text;
	const char *target = run->in->target;

	if (pinned[0] && target && target[0] && vendor_version_order(target, pinned) != ORDER_SAME)
		check_say(run, "version_pinned",
			&(struct check_says){ .verdict = VERDICT_BLOCK, .wait = WAIT_USER },
			"the lock is pinned to %.48s, the update is to %.48s", pinned, target);
}

void check_vendor(struct check_run *run)
{
	const struct lock_component *c = run->in->component;

	check_online(run);
	check_battery(run);
	check_lock_state(run);
	if (c) {
		check_component(run, c);
		check_others(run, c);
	}
	check_pin(run);
	run->out->pending = 0; /* nothing is read from the lock itself */
}
