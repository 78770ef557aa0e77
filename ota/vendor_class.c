#include "ota/vendor_class.h"

#include <assert.h>
#include <string.h>

static const struct vendor_meaning meanings[] = {
	[VENDOR_OK] = { "cloud_strange", REMEDY_LATER, WAIT_BACKOFF },
	[VENDOR_AUTH_EXPIRED] = { "cloud_login", REMEDY_USER, WAIT_USER },
	[VENDOR_AUTH_CONFIG] = { "cloud_credentials", REMEDY_USER, WAIT_USER },
	[VENDOR_CLOCK_SKEW] = { "cloud_clock", REMEDY_LATER, WAIT_BACKOFF },
	[VENDOR_FORBIDDEN] = { "cloud_forbidden", REMEDY_NONE, WAIT_NOTHING },
	[VENDOR_NOT_FOUND] = { "cloud_lock_gone", REMEDY_NONE, WAIT_NOTHING },
	[VENDOR_UNSUPPORTED] = { "cloud_unsupported", REMEDY_NONE, WAIT_NOTHING },
	[VENDOR_BAD_REQUEST] = { "cloud_request", REMEDY_NONE, WAIT_NOTHING },
	[VENDOR_DEVICE_OFFLINE] = { "lock_offline", REMEDY_DEVICE, WAIT_WAKE },
	[VENDOR_GATEWAY_UNREACHABLE] = { "gateway_offline", REMEDY_DEVICE, WAIT_WAKE },
	[VENDOR_LOCK_ASLEEP] = { "lock_asleep", REMEDY_DEVICE, WAIT_WAKE },
	[VENDOR_LOW_BATTERY] = { "battery_low", REMEDY_DEVICE, WAIT_BATTERY },
	[VENDOR_IN_PROGRESS] = { "update_runs", REMEDY_LATER, WAIT_BACKOFF },
	[VENDOR_RATE_LIMITED] = { "cloud_rate_limited", REMEDY_LATER, WAIT_BACKOFF },
	[VENDOR_QUOTA_EXHAUSTED] = { "cloud_quota", REMEDY_USER, WAIT_USER },
	[VENDOR_ERROR] = { "cloud_error", REMEDY_LATER, WAIT_BACKOFF },
	[VENDOR_NO_NET] = { "cloud_unreachable", REMEDY_LATER, WAIT_BACKOFF },
	[VENDOR_TLS] = { "cloud_tls", REMEDY_LATER, WAIT_BACKOFF },
	[VENDOR_STRANGE] = { "cloud_strange", REMEDY_LATER, WAIT_BACKOFF },
};

const struct vendor_meaning *vendor_meaning(enum vendor_class class)
{
	assert((unsigned)class < sizeof meanings / sizeof *meanings);
	return &meanings[class];
}

bool vendor_needs_user(const char *code)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].remedy == REMEDY_USER && strcmp(meanings[i].code, code) == 0)
			return true;
	return false;
}
