/* account.h: how much a cloud may be asked, and what its refusals mean for all that follows: rate,
 * daily budget, pauses, the clock, the login. Pure: the time is handed in. */
#pragma once

#include "adapters/cloud/envelope.h"
#include "server/base/msec.h"

enum {
	ACCOUNT_BACKGROUND_PERCENT = 70, /* of the daily budget; the rest is for jobs */
	ACCOUNT_HOLD_MAX_S = 3600,
	ACCOUNT_STATUS_MS = 15 * 60 * 1000,
	ACCOUNT_CHECK_MS = 24 * 3600 * 1000
};

enum account_use { USE_BACKGROUND, USE_ASKED, USE_PROGRESS };

struct account {
	const struct profile *profile;
	double room; /* of the bucket: requests that may go at once */
	msec filled_at;
	int64_t day; /* UTC, whole days since 1970 */
	uint32_t spent;
	msec slow_at;    /* over budget: when running jobs were followed last; 0 never */
	msec hold_until; /* 0: none */
	unsigned holds;  /* in a row without a success */
	int64_t clock_offset;
	msec offset_at; /* when it was learned; 0 never */
	bool other_key_id, key_id_tried;
	bool doubtful; /* a 401 after successes: it may be the quota */
	uint64_t successes;
	enum vendor_class broken; /* AUTH_EXPIRED, AUTH_CONFIG, QUOTA_EXHAUSTED; VENDOR_OK: works */
};

enum account_advice {
	ADVICE_PASS,  /* tell whoever asked */
	ADVICE_AGAIN, /* the same request at once, signed anew */
	ADVICE_RENEW  /* a new token, then the same request */
};

void account_init(struct account *a, const struct profile *profile, msec now);
/* When the next request may go: at most `now` means at once; UINT64_MAX: not today. */
msec account_turn(struct account *a, enum account_use use, msec now, int64_t wall);
void account_spend(struct account *a, msec now, int64_t wall);
void account_succeeded(struct account *a);
/* What a failed request means; v may turn into what it really is. wall: when the answer came; dice:
 * random. */
enum account_advice account_judge(
	struct account *a, struct verdict *v, msec now, int64_t wall, uint32_t dice);
/* How long between two looks at one lock, so that n of them keep to the budget. */
msec account_interval(const struct account *a, enum cloud_op op, size_t n);
/* Random between 0 and min(cap, base * 2^n) ms. */
msec account_backoff(unsigned n, msec base, msec cap, uint32_t dice);
