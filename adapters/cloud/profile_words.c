/* The words that profiles use for operations, classes and states. */
#include "adapters/cloud/profile.h"

#include <string.h>

static const char *const ops[OP_KINDS] = { "list", "status", "check", "trigger", "progress" };

static const struct {
	const char *word;
	enum vendor_class class;
} classes[] = {
	{ "auth_expired", VENDOR_AUTH_EXPIRED },
	{ "auth_config", VENDOR_AUTH_CONFIG },
	{ "clock_skew", VENDOR_CLOCK_SKEW },
	{ "forbidden", VENDOR_FORBIDDEN },
	{ "not_found", VENDOR_NOT_FOUND },
	{ "unsupported", VENDOR_UNSUPPORTED },
	{ "bad_request", VENDOR_BAD_REQUEST },
	{ "device_offline", VENDOR_DEVICE_OFFLINE },
	{ "gateway_unreachable", VENDOR_GATEWAY_UNREACHABLE },
	{ "lock_asleep", VENDOR_LOCK_ASLEEP },
	{ "low_battery", VENDOR_LOW_BATTERY },
	{ "already_in_progress", VENDOR_IN_PROGRESS },
	{ "rate_limited", VENDOR_RATE_LIMITED },
	{ "quota_exhausted", VENDOR_QUOTA_EXHAUSTED },
	{ "vendor_error", VENDOR_ERROR },
};

static const struct {
	const char *word;
	enum vendor_state state;
} states[] = {
	{ "unknown", VENDOR_UNKNOWN },
	{ "idle", VENDOR_IDLE },
	{ "available", VENDOR_AVAILABLE },
	{ "queued", VENDOR_QUEUED },
	{ "waiting_wakeup", VENDOR_WAITS_FOR_WAKE },
	{ "downloading", VENDOR_DOWNLOADING },
	{ "installing", VENDOR_INSTALLING },
	{ "succeeded", VENDOR_SUCCEEDED },
	{ "failed", VENDOR_FAILED },
	{ "timed_out", VENDOR_TIMED_OUT },
};

const char *cloud_op_name(enum cloud_op op)
{
	return ops[op];
}

bool vendor_class_read(enum vendor_class *out, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (!strcmp(classes[i].word, word)) {
			*out = classes[i].class;
			return true;
		}
	return false;
}

bool vendor_state_read(enum vendor_state *out, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcmp(states[i].word, word)) {
			*out = states[i].state;
			return true;
		}
	return false;
}
