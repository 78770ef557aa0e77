#include "ota/job.h"

#include <assert.h>
#include <string.h>

static const char *const phases[JOB_PHASES] = {
	[JOB_QUEUED] = "queued",
	[JOB_CHECKING] = "checking",
	[JOB_WAITING] = "waiting",
	[JOB_TRANSFERRING] = "transferring",
	[JOB_APPLYING] = "applying",
	[JOB_VERIFYING] = "verifying",
	[JOB_SUCCEEDED] = "succeeded",
	[JOB_FAILED] = "failed",
	[JOB_CANCELLED] = "cancelled",
};

static const char *const waits[JOB_WAITS] = {
	[WAIT_NOTHING] = "",
	[WAIT_WAKE] = "wake",
	[WAIT_WINDOW] = "window",
	[WAIT_SLOT] = "slot",
	[WAIT_ADAPTER] = "adapter",
	[WAIT_OWNER] = "owner",
	[WAIT_BATTERY] = "battery",
	[WAIT_USER] = "user",
	[WAIT_BACKOFF] = "backoff",
	[WAIT_HOLD] = "hold",
};

static const char *const vendor_states[] = {
	[VENDOR_UNKNOWN] = "unknown",
	[VENDOR_IDLE] = "idle",
	[VENDOR_AVAILABLE] = "available",
	[VENDOR_QUEUED] = "queued",
	[VENDOR_WAITS_FOR_WAKE] = "waiting_for_wake",
	[VENDOR_DOWNLOADING] = "downloading",
	[VENDOR_INSTALLING] = "installing",
	[VENDOR_SUCCEEDED] = "succeeded",
	[VENDOR_FAILED] = "failed",
	[VENDOR_TIMED_OUT] = "timed_out",
};

static const char *const intents[JOB_INTENTS] = {
	[INTENT_NONE] = "none",
	[INTENT_INTENDED] = "intended",
	[INTENT_ACCEPTED] = "accepted",
	[INTENT_REFUSED] = "refused",
	[INTENT_AMBIGUOUS] = "ambiguous",
	[INTENT_ADOPTED] = "adopted",
};

#define TO(phase) (1U << (phase))
enum { GIVEN_UP = TO(JOB_FAILED) | TO(JOB_CANCELLED) };

/* A row may go to the phases of its bits. Nothing leads out of a final phase. */
static const unsigned edges[JOB_PHASES] = {
	/* To waiting: window, slot or adapter; to succeeded: already installed. */
	[JOB_QUEUED] = TO(JOB_CHECKING) | TO(JOB_WAITING) | TO(JOB_SUCCEEDED) | GIVEN_UP,
	[JOB_CHECKING] = TO(JOB_WAITING) | TO(JOB_TRANSFERRING) | TO(JOB_SUCCEEDED) | GIVEN_UP,
	/* To checking: again at contact; to applying and verifying: a hold was released, or the
	 * lock was seen with another version. */
	[JOB_WAITING] = TO(JOB_CHECKING) | TO(JOB_TRANSFERRING) | TO(JOB_APPLYING) |
			TO(JOB_VERIFYING) | TO(JOB_SUCCEEDED) | GIVEN_UP,
	[JOB_TRANSFERRING] = TO(JOB_WAITING) | TO(JOB_APPLYING) | TO(JOB_VERIFYING) | GIVEN_UP,
	[JOB_APPLYING] = TO(JOB_VERIFYING) | TO(JOB_SUCCEEDED) | GIVEN_UP,
	[JOB_VERIFYING] = TO(JOB_SUCCEEDED) | GIVEN_UP,
};

bool job_may_go(enum job_phase from, enum job_phase to)
{
	assert((unsigned)from < JOB_PHASES && (unsigned)to < JOB_PHASES);
	return edges[from] & TO(to);
}

bool job_is_over(enum job_phase phase)
{
	assert((unsigned)phase < JOB_PHASES);
	return !edges[phase];
}

const char *job_phase_name(enum job_phase phase)
{
	assert((unsigned)phase < JOB_PHASES);
	return phases[phase];
}

const char *job_wait_name(enum job_wait wait)
{
	assert((unsigned)wait < JOB_WAITS);
	return waits[wait];
}

const char *job_intent_name(enum job_intent intent)
{
	assert((unsigned)intent < JOB_INTENTS);
	return intents[intent];
}

const char *vendor_state_name(enum vendor_state state)
{
	assert((unsigned)state <= VENDOR_TIMED_OUT);
	return vendor_states[state];
}

static int find(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

bool job_phase_parse(enum job_phase *out, const char *name)
{
	int i = find(phases, JOB_PHASES, name);

	if (i >= 0)
		*out = (enum job_phase)i;
	return i >= 0;
}

bool job_wait_parse(enum job_wait *out, const char *name)
{
	int i = find(waits, JOB_WAITS, name);

	if (i >= 0)
		*out = (enum job_wait)i;
	return i >= 0;
}
