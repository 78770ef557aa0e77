#include "api/codec.h"
#include "api/reply.h"
#include "ota/aftermath.h"
#include "ota/failure.h"
#include "ota/job_actions.h"

#include <string.h>

static json_t *status_json(const struct job *job)
{
	if (job->status < 0 || !job->space[0])
		return json_null();
	return json_pack("{s:o,s:i,s:o}", "space", reply_text(job->space), "code", (int)job->status,
		"name", reply_text(failure_status_name(job->space, job->status)));
}

static json_t *error_json(const struct job *job)
{
	json_t *json = codec_error(&job->error);

	if (!json_is_null(json))
		codec_put(json, "status", status_json(job));
	return json;
}

static json_t *force_json(const struct job *job)
{
	json_t *list = json_array();

	for (size_t i = 0; i < job->n_force; i++)
		json_array_append_new(list, reply_text(job->force[i]));
	return list;
}

/* A vendor's versions are texts. */
static void put_vendor_versions(json_t *out, const struct job *job)
{
	codec_put(out, "from_version", reply_text(job->from_text));
	codec_put(out, "from_file_version", json_null());
	codec_put(out, "to_version", reply_text(job->to_text));
	codec_put(out, "to_file_version", json_null());
	codec_put(out, "verified_version", reply_text(job->verified_text));
	codec_put(out, "target_moved", json_boolean(job->target_moved));
}

static void put_vendor(json_t *out, const struct job *job)
{
	bool asks = job->vendor && job->intent != INTENT_NONE;

	codec_put(out, "component", reply_text(job->component));
	codec_put(out, "guided", json_boolean(job->guided));
	codec_put(out, "all_components", json_boolean(job->all_components));
	codec_put(out, "intent", reply_text(asks ? job_intent_name(job->intent) : NULL));
	codec_put(
		out, "partially_updated", json_boolean(job->continues && job->phase == JOB_FAILED));
	codec_put(out, "continues", job->continues ? json_integer(job->continues) : json_null());
}

static void put_versions(json_t *out, const struct job *job)
{
	if (job->vendor) {
		put_vendor_versions(out, job);
		return;
	}
	codec_put(out, "from_version", codec_version(job->from_known, job->from_version));
	codec_put(out, "from_file_version", codec_hex(job->from_known, job->from_version, 8));
	codec_put(out, "to_version", codec_version(true, job->to_version));
	codec_put(out, "to_file_version", codec_hex(true, job->to_version, 8));
	codec_put(
		out, "verified_version", codec_version(job->verified_known, job->verified_version));
	codec_put(out, "target_moved", json_boolean(job->target_moved));
}

static void put_outcome(json_t *out, const struct job *job)
{
	codec_put(out, "phase", json_string(job_phase_name(job->phase)));
	codec_put(out, "waiting_for", reply_text(job_wait_name(job->waiting_for)));
	codec_put(out, "final", json_boolean(job_is_over(job->phase)));
	codec_put(out, "outcome", reply_text(job->outcome));
	codec_put(out, "evidence", reply_text(job->evidence));
	codec_put(out, "evidence_source", reply_text(job->evidence_source));
	codec_put(out, "summary", reply_text(job->summary));
	codec_put(out, "error", error_json(job));
}

/* The newest of what is durable and what is only in memory. */
static int64_t bytes_done(const struct job_view *view)
{
	uint64_t done = view->job->bytes_done;

	if (view->active && view->progress.bytes_done)
		done = view->progress.bytes_done;
	return (int64_t)done;
}

static void put_progress(json_t *out, const struct job_view *view)
{
	const struct job *job = view->job;
	const struct progress *p = &view->progress;
	bool active = view->active;
	bool newer = active && p->repeats > job->repeats;

	codec_put(out, "in_progress", json_boolean(active && p->in_progress));
	codec_put(out, "update_percentage", codec_tenth(active ? p->percent : -1));
	codec_put(out, "bytes_done", json_integer(bytes_done(view)));
	codec_put(out, "bytes_total", json_integer((json_int_t)job->bytes_total));
	codec_put(out, "rate_bytes_s", codec_tenth(active ? p->rate : -1));
	codec_put(out, "eta", codec_time(active ? p->eta : 0));
	codec_put(out, "block_size",
		active && p->block_size ? json_integer(p->block_size) : json_null());
	codec_put(out, "blocks", json_integer(job->blocks));
	codec_put(out, "repeats", json_integer(newer ? p->repeats : job->repeats));
	codec_put(out, "attempt", json_integer(job->attempt));
}

static void put_request(json_t *out, const struct job *job)
{
	codec_put(out, "force", force_json(job));
	codec_put(out, "reinstall", json_boolean(job->reinstall));
	codec_put(out, "allow_downgrade", json_boolean(job->allow_downgrade));
	codec_put(out, "not_before", codec_time(job->not_before));
	codec_put(out, "priority", json_integer(job->priority));
	codec_put(out, "automatic", json_boolean(job->automatic));
	codec_put(out, "verify_only", json_boolean(job->verify_only));
	codec_put(out, "requested_by", reply_text(job->requested_by));
	codec_put(out, "retry_of", job->retry_of ? json_integer(job->retry_of) : json_null());
}

static void put_times(json_t *out, const struct job *job)
{
	codec_put(out, "created_at", codec_time(job->created_at));
	codec_put(out, "changed_at", codec_time(job->changed_at));
	codec_put(out, "started_at", codec_time(job->started_at));
	codec_put(out, "ended_at", codec_time(job->ended_at));
	codec_put(out, "last_contact", codec_time(job->last_contact));
}

/* What a person can do about a wait. */
static const char *action_of(enum job_wait wait)
{
	switch (wait) {
	case WAIT_WAKE:
		return "press_key";
	case WAIT_BATTERY:
		return "replace_batteries";
	case WAIT_USER:
		return "decide";
	case WAIT_ADAPTER:
	case WAIT_OWNER:
		return "check_adapter";
	case WAIT_HOLD:
	case WAIT_WINDOW:
	case WAIT_SLOT:
	case WAIT_BACKOFF:
	case WAIT_NOTHING:
	case JOB_WAITS:
		return "";
	}
	return "";
}

static const char *action_for(const struct job *job)
{
	if (job->guided && strcmp(job->error.reason, "follow_guide") == 0)
		return "follow_guide";
	if (job->guided && strcmp(job->error.reason, "attest_version") == 0)
		return "confirm_version";
	if (strcmp(job->error.reason, "gateway_offline") == 0)
		return ""; /* no key of the lock helps */
	return action_of(job->waiting_for);
}

void codec_put_wait(json_t *out, const struct job *job, const struct progress *progress)
{
	bool waits = job && job->phase == JOB_WAITING;

	codec_put(out, "waiting_until", codec_time(waits ? progress->next_at : 0));
	codec_put(out, "deadline", codec_time(waits ? progress->deadline : 0));
	codec_put(out, "action", reply_text(waits ? action_for(job) : ""));
}

/* What a person can do, by the names of the actions under jobs/{id}; "started" is the lock's wake.
 */
static json_t *actions_json(const struct job *job)
{
	static const char *const names[] = { "cancel", "started", "confirm", "retry", "verify" };
	unsigned actions = job_actions(job);
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (actions >> i & 1)
			json_array_append_new(list, json_string(names[i]));
	return list;
}

static void put_aftermath(json_t *out, const struct job *job)
{
	static const char *const names[] = {
		[LOCK_WORKS] = "yes", [LOCK_PERHAPS_WORKS] = "unknown", [LOCK_DOES_NOT_WORK] = "no"
	};
	bool over = job_is_over(job->phase);
	struct aftermath after = { .works = LOCK_WORKS };

	if (over)
		job_aftermath(&after, job);
	codec_put(out, "lock_works", reply_text(over ? names[after.works] : ""));
	codec_put(out, "running_version", reply_text(after.text));
}

json_t *codec_job(const struct job_view *view)
{
	const struct job *job = view->job;
	json_t *out = json_pack("{s:I,s:o,s:o,s:o}", "id", (json_int_t)job->id, "lock",
		reply_text(job->lock), "image", reply_text(job->image), "image_name",
		reply_text(job->image_name));

	put_versions(out, job);
	put_vendor(out, job);
	put_outcome(out, job);
	put_progress(out, view);
	codec_put_wait(out, job, &view->progress);
	codec_put(out, "actions", actions_json(job));
	put_aftermath(out, job);
	put_request(out, job);
	put_times(out, job);
	return out;
}
