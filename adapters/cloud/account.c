#include "adapters/cloud/account.h"

#include "adapters/cloud/call.h"

#include <string.h>

enum {
	DAY_MS = 86400000,
	HOLD_BASE_MS = 5000,
	DOUBT_MS = 15 * 60 * 1000,
	LEARN_AGAIN_MS = 10 * 60 * 1000,
	PROGRESS_AT_END_MS = 120000, /* over budget: running jobs are followed slowly, */
	PROGRESS_LOOK_MS = 10000,    /* each time for so long */
	STATUS_SHARE = 60,           /* percent of the daily budget for looking at locks */
	CHECK_SHARE = 10
};

void account_init(struct account *a, const struct profile *profile, msec now)
{
	*a = (struct account){
		.profile = profile, .room = profile->limits.burst, .filled_at = now
	};
}

static void fill(struct account *a, msec now)
{
	double more = (double)(now - a->filled_at) * a->profile->limits.rps / 1000;

	a->room = a->room + more > a->profile->limits.burst ? a->profile->limits.burst
							    : a->room + more;
	a->filled_at = now;
}

static void turn_day(struct account *a, int64_t wall)
{
	if (a->day == wall / DAY_MS)
		return;
	a->day = wall / DAY_MS;
	a->spent = 0;
}

static uint32_t budget(const struct account *a, enum account_use use)
{
	uint32_t daily = a->profile->limits.daily;

	return use == USE_BACKGROUND
		       ? (uint32_t)((uint64_t)daily * ACCOUNT_BACKGROUND_PERCENT / 100)
		       : daily;
}

static msec slow_turn(struct account *a, msec now)
{
	if (!a->slow_at || now >= a->slow_at + PROGRESS_AT_END_MS)
		a->slow_at = now;
	return now < a->slow_at + PROGRESS_LOOK_MS ? now : a->slow_at + PROGRESS_AT_END_MS;
}

msec account_turn(struct account *a, enum account_use use, msec now, int64_t wall)
{
	msec when = now;

	turn_day(a, wall);
	fill(a, now);
	if (a->spent >= budget(a, use)) {
		if (use != USE_PROGRESS)
			return UINT64_MAX;
		when = slow_turn(a, now);
	}
	if (a->room < 1) {
		msec wait = (msec)((1 - a->room) * 1000 / a->profile->limits.rps) + 1;

		when = when > now + wait ? when : now + wait;
	}
	return a->hold_until > when ? a->hold_until : when;
}

void account_spend(struct account *a, msec now, int64_t wall)
{
	turn_day(a, wall);
	fill(a, now);
	a->room -= 1;
	a->spent++;
}

void account_succeeded(struct account *a)
{
	a->successes++;
	a->holds = 0; /* a silence goes on: what succeeded may have left before it */
	a->doubtful = false;
	a->key_id_tried = false;
	a->broken = VENDOR_OK;
}

msec account_backoff(unsigned n, msec base, msec cap, uint32_t dice)
{
	msec most = n < 20 ? base << n : cap;

	return dice % ((most < cap ? most : cap) + 1);
}

static void hold(struct account *a, const struct verdict *v, msec now, uint32_t dice)
{
	msec asked = v->retry_after_s > 0 ? (msec)v->retry_after_s * 1000 : 0;
	msec wait = HOLD_BASE_MS + account_backoff(a->holds++, HOLD_BASE_MS, 600000, dice);

	wait = asked > wait ? asked : wait;
	if (wait > (msec)ACCOUNT_HOLD_MAX_S * 1000)
		wait = (msec)ACCOUNT_HOLD_MAX_S * 1000;
	if (now + wait > a->hold_until)
		a->hold_until = now + wait;
}

static enum account_advice learn_clock(
	struct account *a, const struct verdict *v, msec now, int64_t wall)
{
	int64_t offset = v->server_time_ms - wall;

	if (!v->server_time_ms || offset > DAY_MS || offset < -DAY_MS)
		return ADVICE_PASS;
	if (a->offset_at && now - a->offset_at < LEARN_AGAIN_MS)
		return ADVICE_PASS;
	a->clock_offset = offset;
	a->offset_at = now;
	return ADVICE_AGAIN;
}

/* Clouds say 401 also for a quota that is used up: who was let in so far is not thrown out by the
 * first one. */
static bool may_be_quota(struct account *a, struct verdict *v, msec now)
{
	const json_t *may = json_object_get(a->profile->options, "unauthorized_may_be_quota");

	if (!json_is_true(may) || v->status != 401 || !a->successes || a->doubtful)
		return false;
	a->doubtful = true;
	a->hold_until = now + DOUBT_MS;
	v->class = VENDOR_RATE_LIMITED;
	v->retry_after_s = DOUBT_MS / 1000;
	return true;
}

/* The other form of the key id is tried once. */
static bool try_other_key_id(struct account *a, const struct verdict *v)
{
	if (a->profile->scheme != SIGN_AQARA || strcmp(v->code, "106") != 0 || a->key_id_tried)
		return false;
	a->key_id_tried = true;
	a->other_key_id = !a->other_key_id;
	return true;
}

static enum account_advice refused(struct account *a, struct verdict *v, msec now)
{
	if (v->class == VENDOR_AUTH_EXPIRED && sign_scheme_has_tokens(a->profile->scheme))
		return ADVICE_RENEW;
	if (may_be_quota(a, v, now))
		return ADVICE_PASS;
	if (v->class == VENDOR_AUTH_CONFIG && try_other_key_id(a, v))
		return ADVICE_AGAIN;
	a->broken = v->class;
	return ADVICE_PASS;
}

enum account_advice account_judge(
	struct account *a, struct verdict *v, msec now, int64_t wall, uint32_t dice)
{
	if (v->class == VENDOR_CLOCK_SKEW)
		return learn_clock(a, v, now, wall);
	if (v->class == VENDOR_AUTH_EXPIRED || v->class == VENDOR_AUTH_CONFIG)
		return refused(a, v, now);
	if (v->class == VENDOR_QUOTA_EXHAUSTED)
		a->broken = VENDOR_QUOTA_EXHAUSTED;
	if (v->class == VENDOR_RATE_LIMITED)
		hold(a, v, now, dice);
	return ADVICE_PASS;
}

msec account_interval(const struct account *a, enum cloud_op op, size_t n)
{
	bool check = op == OP_CHECK;
	msec least = check ? ACCOUNT_CHECK_MS : ACCOUNT_STATUS_MS;
	uint64_t share =
		(uint64_t)a->profile->limits.daily * (check ? CHECK_SHARE : STATUS_SHARE) / 100;
	uint64_t cost = (uint64_t)n * cloud_call_cost(a->profile, op);
	msec fits = cost * DAY_MS / (share ? share : 1);

	return fits > least ? fits : least;
}
