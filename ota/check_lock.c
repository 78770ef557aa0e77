#include "ota/check_rules.h"
#include "server/base/text.h"

/* Thresholds of DECISIONS "Check". Voltage counts only where no percentage is known: four AA cells,
 * in steps of 100 mV. */
enum {
	VOLTAGE_MARGIN = 4, /* above the floor: a warning */
	SAG_WARN = 20,      /* half percent that the last transfer cost */
	SAG_LEFT = 40,      /* half percent that should be left after another one */
};

bool check_is_fresh(const struct check_run *run, int64_t at)
{
	int64_t age = run->in->wall - at;

	/* Far in the future: the clock was wrong then, or it is now. */
	return at && age < CHECK_FRESH_MS && age > -CHECK_FRESH_MS;
}

/* When it will next listen, going by its habit. */
static void check_awake(struct check_run *run)
{
	const struct lock *lock = run->in->lock;
	struct check_says says = { .at = lock->last_heard };
	int64_t gap = (int64_t)lock->contact_gap_s * 1000, next = lock->last_heard + gap;
	char when[TEXT_TIME_SIZE];

	if (run->in->awake) {
		check_say(run, "lock_awake", &says, "the lock is awake");
	} else if (gap && next > run->in->wall) {
		text_time(when, next);
		says.until = next;
		check_say(run, "lock_awake", &says,
			"asleep; usually heard every %u min, next about %s",
			(lock->contact_gap_s + 59) / 60, when);
	} else {
		says.verdict = lock->last_heard ? VERDICT_OK : VERDICT_WARN;
		check_say(run, "lock_awake", &says, "asleep; when it listens next is not known");
	}
}

void check_contact(struct check_run *run)
{
	const struct lock *lock = run->in->lock;
	bool fresh = check_is_fresh(run, lock->last_heard);
	int64_t minutes = (run->in->wall - lock->last_heard) / 60000;

	check_awake(run);
	if (!lock->last_heard)
		check_say(run, "last_heard", &(struct check_says){ .verdict = VERDICT_WARN },
			"never heard since it is known here");
	else
		check_say(run, "last_heard",
			&(struct check_says){ .verdict = fresh ? VERDICT_OK : VERDICT_WARN,
				.at = lock->last_heard },
			"heard %lld min ago", (long long)minutes);
}

/* What the last transfer cost says what this one may. */
static void check_sag(struct check_run *run)
{
	const struct lock *lock = run->in->lock;
	int left = lock->battery.half_percent - lock->sag_half_percent;
	bool low = lock->battery.half_percent >= 0 && left < SAG_LEFT;

	if (!lock->sag_at || lock->sag_half_percent < 0)
		return;
	check_say(run, "battery_sag",
		&(struct check_says){ .verdict = lock->sag_half_percent >= SAG_WARN || low
							 ? VERDICT_WARN
							 : VERDICT_OK,
			.at = lock->sag_at },
		"the last transfer took %d.%d %% of the battery", lock->sag_half_percent / 2,
		lock->sag_half_percent % 2 * 5);
}

static void battery_percent(struct check_run *run, const struct lock_battery *battery)
{
	unsigned floor = run->policy.min_battery_percent;
	bool low = battery->half_percent < (int)(2 * floor);

	check_say(run, "battery_low",
		&(struct check_says){ .verdict = low ? VERDICT_BLOCK : VERDICT_OK,
			.wait = low ? WAIT_BATTERY : WAIT_NOTHING,
			.at = battery->at },
		"battery %d.%d %%, at least %u %% needed", battery->half_percent / 2,
		battery->half_percent % 2 * 5, floor);
}

static void battery_voltage(struct check_run *run, const struct lock_battery *battery)
{
	int volt = battery->decivolt, floor = run->policy.min_battery_decivolt;
	struct check_says says = { .at = battery->at };

	if (volt < floor) {
		says.verdict = VERDICT_BLOCK;
		says.wait = WAIT_BATTERY;
	} else if (volt < floor + VOLTAGE_MARGIN) {
		says.verdict = VERDICT_WARN;
	}
	check_say(run, "battery_low", &says,
		"battery %d.%d V and no percentage; at least %d.%d V needed", volt / 10, volt % 10,
		floor / 10, floor % 10);
}

/* Somebody stands before it with the vendor's app, which looks itself. */
static bool is_watched(const struct check_run *run)
{
	return run->in->vendor && !(run->in->capabilities & ADAPTER_TRIGGERS);
}

void check_battery(struct check_run *run)
{
	const struct lock_battery *battery = &run->in->lock->battery;
	bool known = battery->half_percent >= 0 || battery->decivolt >= 0;

	if (!check_is_fresh(run, battery->at) || !known)
		run->out->pending |= READ_BATTERY;
	check_sag(run);
	if (battery->alarm)
		check_say(run, "battery_alarm",
			&(struct check_says){
				.verdict = VERDICT_BLOCK, .wait = WAIT_BATTERY, .at = battery->at },
			"the lock raises its battery alarm");
	if (!battery->at || !known)
		check_say(run, "battery_unknown",
			&(struct check_says){ .verdict = VERDICT_WARN,
				.wait = is_watched(run) ? WAIT_NOTHING : WAIT_USER },
			"the lock has reported no battery level");
	else if (battery->half_percent >= 0)
		battery_percent(run, battery);
	else
		battery_voltage(run, battery);
}

void check_lock_state(struct check_run *run)
{
	const struct lock *lock = run->in->lock;
	struct check_says says = { .at = lock->lock_state_at };

	if (!check_is_fresh(run, lock->lock_state_at) || lock->facts.lock_state == LOCK_UNKNOWN)
		run->out->pending |= READ_LOCK_STATE;
	if (!lock->lock_state_at || lock->facts.lock_state == LOCK_UNKNOWN) {
		says.verdict = VERDICT_WARN;
		says.wait = run->in->vendor ? WAIT_NOTHING : WAIT_USER;
		check_say(run, "lock_state_unknown", &says,
			"the lock has not said where its bolt is");
	} else if (lock->facts.lock_state == LOCK_NOT_FULLY_LOCKED) {
		says.verdict = VERDICT_BLOCK;
		says.wait = WAIT_USER;
		check_say(run, "lock_state_busy", &says, "the bolt is between its ends");
	} else {
		check_say(run, "lock_state_busy", &says, "the bolt is at one of its ends");
	}
}

void check_version_known(struct check_run *run)
{
	const struct lock *lock = run->in->lock;

	if (!(lock->facts.known & FACT_MODEL))
		run->out->pending |= READ_MODEL;
	if (!check_is_fresh(run, lock->version_at))
		run->out->pending |= READ_VERSION;
	if (!(lock->facts.known & FACT_VERSION))
		check_say(run, "version_unknown", &(struct check_says){ .verdict = VERDICT_WARN },
			"the lock has not said which version it runs");
}
