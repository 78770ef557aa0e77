#include "api/codec.h"
#include "api/reply.h"
#include "ota/failure.h"
#include "ota/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char unknown_version_advice[] =
	"The version is not known yet: wake the lock (use its keypad or turn the knob) while the "
	"service runs, and it will be learned at the lock's next question for an update.";

static bool has(const struct lock *lock, enum lock_fact fact)
{
	return lock->facts.known & fact;
}

static void put_version(json_t *out, const char *text, const char *raw, bool known, uint32_t v)
{
	codec_put(out, text, codec_version(known, v));
	codec_put(out, raw, codec_hex(known, v, 8));
}

/* Nothing newer: latest = installed. A running job's target counts as offered. */
static bool latest_of(const struct lock_view *view, uint32_t *out)
{
	bool known = has(view->lock, FACT_VERSION);

	*out = known ? view->lock->facts.version : 0;
	if (view->offer.image && view->offer.image->file_version > *out)
		*out = view->offer.image->file_version;
	if (view->job && view->job->to_version > *out)
		*out = view->job->to_version;
	return known || view->offer.image || view->job;
}

static void put_versions(json_t *out, const struct lock_view *view)
{
	uint32_t latest;
	bool known;

	if (codec_is_vendor(view)) {
		codec_put_vendor_versions(out, view);
		return;
	}
	known = latest_of(view, &latest);
	put_version(out, "installed_version", "installed_file_version",
		has(view->lock, FACT_VERSION), view->lock->facts.version);
	put_version(out, "latest_version", "latest_file_version", known, latest);
}

static const char *source_name(const struct lock_view *view)
{
	const struct lock *lock = view->lock;
	static const char *const names[] = { [VERSION_NONE] = "none",
		[VERSION_QUERY] = "query",
		[VERSION_ATTRIBUTE] = "attribute",
		[VERSION_IMPORTED] = "imported" };

	if (codec_is_vendor(view))
		return codec_vendor_source(view);
	return names[has(lock, FACT_VERSION) ? lock->facts.version_source : VERSION_NONE];
}

static const char *managed_name(enum lock_managed managed)
{
	static const char *const names[] = { [LOCK_BY_CONFIG] = "config",
		[LOCK_BY_API] = "api",
		[LOCK_BY_SCAN] = "scan",
		[LOCK_BY_IMPORT] = "import" };

	return names[managed];
}

static void put_identity(json_t *out, const struct lock_view *view)
{
	const struct lock *lock = view->lock;
	const struct lock_facts *facts = &lock->facts;
	bool model = has(lock, FACT_MODEL);

	codec_put(out, "id", reply_text(lock->id));
	codec_put(out, "name", reply_text(lock->name[0] ? lock->name : lock->id));
	codec_put(out, "adapter", reply_text(lock->adapter));
	codec_put(out, "address", reply_text(lock->address));
	codec_put(out, "managed", json_string(managed_name(lock->managed)));
	codec_put(out, "model", reply_text(model ? facts->model : NULL));
	codec_put(out, "manufacturer", reply_text(model ? facts->manufacturer : NULL));
	codec_put(out, "sw_build", reply_text(model ? facts->sw_build : NULL));
	codec_put(out, "date_code", reply_text(model ? facts->date_code : NULL));
	codec_put(out, "version_source", json_string(source_name(view)));
	codec_put(out, "created_at", codec_time(lock->created_at));
}

static void put_progress(json_t *out, const struct lock_view *view)
{
	const struct job *job = view->job;
	const struct progress none = { .percent = -1 };
	const struct progress *p = job ? &view->progress : &none;
	const char *wait = job ? job_wait_name(job->waiting_for) : NULL;

	codec_put(out, "in_progress", json_boolean(p->in_progress));
	codec_put(out, "update_percentage", codec_tenth(p->percent));
	codec_put(out, "phase", json_string(job ? job_phase_name(job->phase) : "idle"));
	codec_put(out, "waiting_for", reply_text(wait));
	codec_put(out, "eta", codec_time(p->eta));
	codec_put(out, "job_id", job ? json_integer(job->id) : json_null());
	codec_put_wait(out, job, p);
}

static json_t *state_json(const struct lock *lock)
{
	static const char *const names[] = { [LOCK_NOT_FULLY_LOCKED] = "not_fully_locked",
		[LOCK_LOCKED] = "locked",
		[LOCK_UNLOCKED] = "unlocked" };
	int state = has(lock, FACT_LOCK_STATE) ? lock->facts.lock_state : LOCK_UNKNOWN;

	return state >= 0 && state <= LOCK_UNLOCKED ? json_string(names[state]) : json_null();
}

static void put_door(json_t *out, const struct lock *lock)
{
	static const char *const doors[] = { "open", "closed", "jammed", "forced_open",
		"unspecified" };
	static const char *const modes[] = { "normal", "vacation", "privacy", "no_remote",
		"passage" };
	const struct lock_facts *facts = &lock->facts;

	codec_put(out, "door_state",
		reply_text(has(lock, FACT_DOOR) ? doors[facts->door_state] : NULL));
	codec_put(out, "operating_mode",
		reply_text(has(lock, FACT_MODE) ? modes[facts->operating_mode] : NULL));
}

static void put_battery(json_t *out, const struct lock *lock)
{
	const struct lock_battery *battery = &lock->battery;
	bool known = battery->at != 0;
	int percent = known && battery->half_percent >= 0 ? battery->half_percent / 2 : -1;

	codec_put(out, "battery_percent", codec_count(percent));
	codec_put(out, "battery_voltage", codec_tenth(known ? battery->decivolt / 10.0 : -1));
	codec_put(out, "battery_alarm", known ? json_boolean(battery->alarm) : json_null());
	codec_put(out, "battery_at", codec_time(battery->at));
	codec_put(out, "lock_state", state_json(lock));
	put_door(out, lock);
	codec_put(out, "last_heard", codec_time(lock->last_heard));
}

/* What an index says of the release is an address or a text. */
static const char *notes_of(const struct lock_view *view, bool address)
{
	const char *notes = view->offer.says ? view->offer.says->notes : NULL;
	bool is_address = notes && strncmp(notes, "https://", 8) == 0 && !strpbrk(notes, " \t\r\n");

	return is_address == address ? notes : NULL;
}

static void put_release(json_t *out, const struct lock_view *view)
{
	const struct lock *lock = view->lock;
	const struct image *image = view->offer.image;
	const char *notes = notes_of(view, false);
	bool model = has(lock, FACT_MODEL) && lock->facts.model[0];
	const char *name = lock->name[0] ? lock->name : lock->id;
	char title[80], summary[1280], version[VERSION_TEXT_SIZE];

	(void)snprintf(title, sizeof title, "%s firmware", model ? lock->facts.model : name);
	codec_put(out, "title", reply_text(title));
	if (image) {
		version_text(version, image->file_version);
		(void)snprintf(summary, sizeof summary, "%s from %s, %" PRIu32 " bytes.%s%s",
			version, image->name, image->size, notes ? " " : "", notes ? notes : "");
	}
	codec_put(out, "release_summary", reply_text(image ? summary : NULL));
	codec_put(out, "release_url", reply_text(notes_of(view, true)));
	codec_put(out, "image", reply_text(image ? image->id : NULL));
}

/* Being guided is no problem; what to do is the advice. */
static bool is_guide(const struct job *job)
{
	return job && job->guided && job->phase == JOB_WAITING &&
	       (strcmp(job->error.reason, "follow_guide") == 0 ||
		       strcmp(job->error.reason, "attest_version") == 0);
}

/* What a person must mend before the job can go on. */
static bool needs_user(const struct job *job)
{
	return job && job->phase == JOB_WAITING && job->error.code != OK && !is_guide(job) &&
	       (job->waiting_for == WAIT_BATTERY || job->waiting_for == WAIT_USER ||
		       job->waiting_for == WAIT_ADAPTER);
}

static void put_problem(json_t *out, const struct lock_view *view)
{
	const struct lock *lock = view->lock;
	bool waits = needs_user(view->job);
	struct err e = { .code = lock->problem[0] ? ERR_REFUSED : OK };
	const struct failure *failure;
	bool unknown = !has(lock, FACT_VERSION) && !codec_is_vendor(view);
	const char *advice = unknown ? unknown_version_advice : NULL;

	(void)snprintf(e.reason, sizeof e.reason, "%s", lock->problem);
	(void)snprintf(e.text, sizeof e.text, "%s", lock->problem_text);
	if (!lock->problem[0] && waits)
		e = view->job->error;
	if (is_guide(view->job))
		advice = view->job->error.text;
	failure = e.code ? failure_find(e.reason) : NULL;
	codec_put(out, "problem", json_boolean(e.code != OK));
	codec_put(out, "error_code", reply_text(e.code ? e.reason : NULL));
	codec_put(out, "error_message", reply_text(e.code ? e.text : NULL));
	codec_put(out, "advice", reply_text(e.code ? problem_advice(&e) : advice));
	codec_put(out, "escalate", json_boolean(failure && failure->escalate));
}

static json_t *not_offered_json(const struct offer *offer)
{
	json_t *list = json_array();

	for (size_t i = 0; i < offer->n_not_offered; i++) {
		const struct image *image = offer->not_offered[i].image;

		json_array_append_new(
			list, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "image", reply_text(image->id),
				      "name", reply_text(image->name), "version",
				      codec_version(true, image->file_version), "file_version",
				      codec_hex(true, image->file_version, 8), "reason",
				      reply_text(offer->not_offered[i].reason), "detail",
				      reply_text(offer->not_offered[i].detail)));
	}
	return list;
}

static json_t *network_json(const struct lock *lock)
{
	const struct lock_facts *facts = &lock->facts;

	if (!has(lock, FACT_NETWORK))
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:b}", "address",
		codec_hex(facts->network_address != 0xffff, facts->network_address, 4), "endpoint",
		codec_count(facts->endpoint ? facts->endpoint : -1), "parent",
		codec_hex(facts->parent != 0xffff, facts->parent, 4), "lqi",
		codec_count(facts->lqi ? facts->lqi : -1), "sleepy", facts->sleepy);
}

static json_t *components_json(const struct lock_view *view)
{
	const struct lock *lock = view->lock;
	int endpoint = has(lock, FACT_NETWORK) && lock->facts.endpoint ? lock->facts.endpoint : -1;
	bool keyed = has(lock, FACT_IMAGE_KEY);
	json_t *main;

	if (codec_is_vendor(view))
		return codec_vendor_components(view);
	main = json_pack("{s:s,s:n,s:n,s:b,s:n,s:n}", "id", "main", "label", "state", "blocked", 0,
		"why", "notes");
	put_versions(main, view);
	codec_put(main, "endpoint", codec_count(endpoint));
	codec_put(main, "manufacturer_code", codec_hex(keyed, lock->facts.manufacturer_code, 4));
	codec_put(main, "image_type", codec_hex(keyed, lock->facts.image_type, 4));
	return json_pack("[o]", main);
}

json_t *codec_lock(const struct lock_view *view)
{
	json_t *out = json_object();

	put_identity(out, view);
	put_versions(out, view);
	put_progress(out, view);
	put_battery(out, view->lock);
	codec_put_reach(out, view);
	codec_put_lock_policy(out, view);
	put_release(out, view);
	put_problem(out, view);
	codec_put(out, "not_offered", not_offered_json(&view->offer));
	codec_put(out, "network", network_json(view->lock));
	codec_put(out, "components", components_json(view));
	return out;
}
