#include "ota/check_rules.h"

/* Thresholds of DECISIONS "Check". Voltage counts only where no percentage is known: four AA cells,
 * in steps of 100 mV. */
enum {
	FLOOR_PERCENT = 50,
	FOUR_AA_WARN_DECIVOLT = 50,
	FOUR_AA_BLOCK_DECIVOLT = 46,
	WEAK_LQI = 50,
};

static bool is_fresh(const struct check_run *run, int64_t at)
{
	int64_t age = run->in->wall - at;

	/* Far in the future: the clock was wrong then, or it is now. */
	return at && age < CHECK_FRESH_MS && age > -CHECK_FRESH_MS;
}

void check_adapter(struct check_run *run)
{
	const struct check_input *in = run->in;
	const char *why = in->adapter_why && in->adapter_why->code ? in->adapter_why->text : "";

	if (in->adapter == ADAPTER_UP)
		check_say(run, "adapter_down", &(struct check_says){ .verdict = VERDICT_OK },
			"adapter %s is up", in->lock->adapter);
	else
		check_say(run, "adapter_down",
			&(struct check_says){ .verdict = VERDICT_BLOCK, .wait = WAIT_ADAPTER },
			"adapter %s is not up%s%s", in->lock->adapter, *why ? ": " : "", why);
}

void check_contact(struct check_run *run)
{
	const struct lock *lock = run->in->lock;
	bool fresh = is_fresh(run, lock->last_heard);
	int64_t minutes = (run->in->wall - lock->last_heard) / 60000;

	if (run->in->awake)
		check_say(run, "lock_awake", &(struct check_says){ .at = lock->last_heard },
			"the lock is awake");
	if (!lock->last_heard)
		check_say(run, "last_heard", &(struct check_says){ .verdict = VERDICT_WARN },
			"never heard since it is known here");
	else
		check_say(run, "last_heard",
			&(struct check_says){ .verdict = fresh ? VERDICT_OK : VERDICT_WARN,
				.at = lock->last_heard },
			"heard %lld min ago", (long long)minutes);
	if (lock->facts.known & FACT_NETWORK && lock->facts.lqi)
		check_say(run, "link",
			&(struct check_says){
				.verdict = lock->facts.lqi < WEAK_LQI ? VERDICT_WARN : VERDICT_OK,
				.at = lock->network_at },
			"LQI %u on the last hop", lock->facts.lqi);
}

static void battery_percent(struct check_run *run, const struct lock_battery *battery)
{
	unsigned floor = run->in->lock->min_battery_percent ? run->in->lock->min_battery_percent
							    : FLOOR_PERCENT;
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
	int volt = battery->decivolt;
	struct check_says says = { .at = battery->at };

	if (volt < FOUR_AA_BLOCK_DECIVOLT) {
		says.verdict = VERDICT_BLOCK;
		says.wait = WAIT_BATTERY;
	} else if (volt < FOUR_AA_WARN_DECIVOLT) {
		says.verdict = VERDICT_WARN;
	}
	check_say(run, "battery_low", &says,
		"battery %d.%d V and no percentage; four AA cells need 4.6 V", volt / 10,
		volt % 10);
}

void check_battery(struct check_run *run)
{
	const struct lock_battery *battery = &run->in->lock->battery;
	bool known = battery->half_percent >= 0 || battery->decivolt >= 0;

	if (!is_fresh(run, battery->at) || !known)
		run->out->pending |= READ_BATTERY;
	if (battery->alarm)
		check_say(run, "battery_alarm",
			&(struct check_says){
				.verdict = VERDICT_BLOCK, .wait = WAIT_BATTERY, .at = battery->at },
			"the lock raises its battery alarm");
	if (!battery->at || !known)
		check_say(run, "battery_unknown",
			&(struct check_says){ .verdict = VERDICT_WARN, .wait = WAIT_USER },
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

	if (!is_fresh(run, lock->lock_state_at) || lock->facts.lock_state == LOCK_UNKNOWN)
		run->out->pending |= READ_LOCK_STATE;
	if (!lock->lock_state_at || lock->facts.lock_state == LOCK_UNKNOWN) {
		says.verdict = VERDICT_WARN;
		says.wait = WAIT_USER;
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
	if (!is_fresh(run, lock->version_at))
		run->out->pending |= READ_VERSION;
	if (!(lock->facts.known & FACT_VERSION))
		check_say(run, "version_unknown", &(struct check_says){ .verdict = VERDICT_WARN },
			"the lock has not said which version it runs");
}
