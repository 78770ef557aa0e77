#include "ota/check.h"

#include "ota/check_rules.h"
#include "ota/failure.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Every code a check can say, and whether a job may name it in `force`. */
static const struct {
	const char *code;
	bool forcible;
} codes[] = {
	{ "battery_low", true },
	{ "battery_alarm", true },
	{ "battery_unknown", true },
	{ "lock_state_busy", true },
	{ "lock_state_unknown", true },
	{ "adapter_down", false },
	{ "version_unknown", false },
	{ "already_installed", false }, /* "reinstall" is its own switch */
	{ "downgrade", false },         /* and so is "allow_downgrade" */
	{ "manufacturer_mismatch", false },
	{ "image_type_mismatch", false },
	{ "wildcard_ids", false },
	{ "destination_mismatch", false },
	{ "hardware_range", true },
	{ "hardware_unknown", true },
	{ "model_unproven", true },
	{ "manufacturer_unproven", true },
	{ "stepping_stone", true },
	{ "version_bound", true },
	{ "retracted", true },
	{ "index_key_unknown", true },
	{ "opaque_image", true },
	{ "rejected_before", true },
	{ "clock_implausible", false },
	{ "lock_awake", false },
	{ "last_heard", false },
	{ "link", false },
	{ "route", false },
	{ "parent_busy", false },
	{ "battery_sag", false },
	{ "stick_resets", true },
	{ "stick_errors", false },
	{ "stick_buffers", false },
	{ "stick_firmware", false },
	{ "delivery", false },
	{ "channel_overlap", false },
	{ "usb3", false },
	{ "disk_room", true },
	{ "memory_room", true },
	{ "host_uptime", true },
	{ "link_unstable", true }, /* only at the end of a transfer */
	{ "outside_window", true },
	{ "version_pinned", true },
	{ "paused", false },
	{ "provenance", false },
	{ "lock_offline", false },
	{ "vendor_blocked", false },
	{ "component_busy", false },
};

bool check_knows(const char *code, bool *forcible)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i].code, code) == 0) {
			*forcible = codes[i].forcible;
			return true;
		}
	return false;
}

const struct finding *check_find(const struct check *check, const char *code)
{
	for (size_t i = 0; i < check->n; i++)
		if (strcmp(check->findings[i].code, code) == 0)
			return &check->findings[i];
	return NULL;
}

static bool is_forced(const struct job *job, const char *code)
{
	for (uint8_t i = 0; job && i < job->n_force; i++)
		if (strcmp(job->force[i], code) == 0)
			return true;
	return false;
}

struct finding *check_say(struct check_run *run, const char *code, const struct check_says *says,
	const char *evidence, ...)
{
	struct check *check = run->out;
	struct finding *f = &check->findings[check->n];
	const struct failure *failure = failure_find(code);
	bool known = check_knows(code, &f->forcible);
	va_list args;

	assert(known && check->n < CHECK_MAX);
	(void)known;
	check->n++;
	text_copy(f->code, sizeof f->code, code);
	f->verdict = says->verdict;
	f->wait = says->wait;
	f->at = says->at;
	f->until = says->until;
	f->forced = f->forcible && says->verdict != VERDICT_OK && is_forced(run->in->job, code);
	f->remedy = failure && says->verdict != VERDICT_OK ? failure->advice : "";
	va_start(args, evidence);
	(void)vsnprintf(f->evidence, sizeof f->evidence, evidence, args);
	va_end(args);
	if (!f->forced && f->verdict > check->worst)
		check->worst = f->verdict;
	return f;
}

void check_run(struct check *out, const struct check_input *in)
{
	struct check_run run = { .out = out, .in = in };

	*out = (struct check){ .worst = VERDICT_OK };
	if (in->policy)
		run.policy = *in->policy;
	else
		policy_effective(&run.policy, &in->lock->policy, NULL);
	check_policy(&run);
	check_adapter(&run);
	if (in->vendor) {
		check_vendor(&run);
		check_clock(&run);
		return;
	}
	check_contact(&run);
	check_battery(&run);
	check_lock_state(&run);
	check_version_known(&run);
	check_route(&run);
	check_stick(&run);
	check_radio(&run);
	if (in->image) {
		check_ids(&run);
		check_direction(&run);
		check_fit(&run);
		check_origin(&run);
	}
	check_clock(&run);
	check_host(&run);
}
