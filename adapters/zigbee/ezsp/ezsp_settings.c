#include "adapters/zigbee/ezsp/ezsp_settings.h"

#include "adapters/zigbee/ezsp/ezsp_frame.h"
#include "server/base/check.h"

enum {
	CONFIG_BUFFERS = 0x01,
	CONFIG_STACK_PROFILE = 0x0C,
	CONFIG_SECURITY_LEVEL = 0x0D,
	CONFIG_INDIRECT_TIMEOUT = 0x12, /* ms */
	CONFIG_POLL_TIMEOUT = 0x13,
	CONFIG_TRUST_CENTER_CACHE = 0x19,
	CONFIG_POLL_TIMEOUT_SHIFT = 0x1B,
	CONFIG_NETWORKS = 0x2D,
};
enum {
	POLICY_TRUST_CENTER = 0x00,
	POLICY_CALLBACK_CONTENTS = 0x04,
	POLICY_LINK_KEYS = 0x05,
	POLICY_APP_KEYS = 0x06,
};
enum { FIRST = EZSP_OLDEST, LAST = EZSP_NEWEST };

static const struct ezsp_setting settings[] = {
	{ EZSP_SET_CONFIGURATION, FIRST, LAST, CONFIG_STACK_PROFILE, 2 },
	{ EZSP_SET_CONFIGURATION, FIRST, LAST, CONFIG_SECURITY_LEVEL, 5 },
	{ EZSP_SET_CONFIGURATION, FIRST, LAST, EZSP_CONFIG_CHILDREN, 32 },
	{ EZSP_SET_CONFIGURATION, FIRST, LAST, CONFIG_INDIRECT_TIMEOUT, 7680 },
	{ EZSP_SET_CONFIGURATION, FIRST, 6, CONFIG_POLL_TIMEOUT, 60 }, /* 60 * 2^8 s: 256 min */
	{ EZSP_SET_CONFIGURATION, FIRST, 6, CONFIG_POLL_TIMEOUT_SHIFT, 8 },
	{ EZSP_SET_CONFIGURATION, 7, LAST, CONFIG_POLL_TIMEOUT, 8 }, /* 2^8 min */
	{ EZSP_SET_CONFIGURATION, FIRST, LAST, CONFIG_TRUST_CENTER_CACHE, 2 },
	{ EZSP_SET_CONFIGURATION, FIRST, LAST, CONFIG_NETWORKS, 1 },
	{ EZSP_SET_POLICY, FIRST, LAST, POLICY_CALLBACK_CONTENTS, 0x40 }, /* the tag only */
	{ EZSP_SET_POLICY, FIRST, LAST, POLICY_LINK_KEYS, 0x51 },         /* the current key */
	{ EZSP_SET_POLICY, FIRST, LAST, POLICY_APP_KEYS, 0x60 },          /* none */
	/* A lock that restarts may rejoin; joining needs permitJoining besides. */
	{ EZSP_SET_POLICY, 8, LAST, POLICY_TRUST_CENTER, 0x03 },
	{ EZSP_SET_CONFIGURATION, FIRST, 8, CONFIG_BUFFERS, 0xFF }, /* the rest of its memory */
};

const struct ezsp_setting *ezsp_setting(size_t i)
{
	return i < ARRAY_SIZE(settings) ? &settings[i] : NULL;
}

bool ezsp_setting_is_children(const struct ezsp_setting *s)
{
	return s->command == EZSP_SET_CONFIGURATION && s->id == EZSP_CONFIG_CHILDREN;
}

bool ezsp_setting_applies(const struct ezsp_setting *s, uint8_t version, uint8_t children)
{
	return version >= s->oldest && version <= s->newest &&
	       (!ezsp_setting_is_children(s) || (children && children < s->value));
}
