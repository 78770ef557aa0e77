#include "ota/image.h"
#include "ota/session_steps.h"
#include "ota/version.h"

#include <stdio.h>

enum {
	BETWEEN_READS = 600000, /* of an unchanged version, before it counts twice */
	READ_GAP = 60000,
	SETTLE = 30000, /* after its delay a lock may still chatter before it restarts */
	RETURN = 60000, /* heard so long after applying: it is back */
	/* A start is told by an announce; those of one start come within seconds. */
	BOOTS = 6,
	BOOTS_WITHIN = 900000,
	BOOT_GAP = 5000,
};

static int64_t since_phase(const struct session *s, const struct session_world *w)
{
	return w->wall - s->job.changed_at;
}

static void arrived(
	struct session *s, const struct session_world *w, const struct lock_facts *facts)
{
	s->job.verified_version = facts->version;
	s->job.verified_known = true;
	s->job.target_moved = facts->version != s->job.to_version;
	if (s->job.phase != JOB_VERIFYING)
		session_go(s, w, JOB_VERIFYING, "", "The lock reports another version.");
	session_succeed(s, w, "updated",
		s->job.end_response_sent ? "verified_by_version" : "version_observed",
		facts->version_source == VERSION_ATTRIBUTE ? "attribute" : "query_next_image");
}

static void unchanged(struct session *s, const struct session_world *w)
{
	if (s->job.phase == JOB_APPLYING &&
		since_phase(s, w) < (int64_t)w->upgrade_delay_s * 1000 + SETTLE)
		return;
	if (!s->job.version_reads) {
		s->job.version_reads = 1;
		s->unchanged_at = w->wall;
		session_note(s, "version_unchanged",
			"The lock still reports the old version; it is asked again.");
		return;
	}
	if (w->wall - s->unchanged_at < BETWEEN_READS)
		return;
	s->job.version_reads++;
	session_fail(s, w, "version_unchanged", "");
}

static void unexpected(struct session *s, const struct session_world *w, uint32_t version)
{
	char got[VERSION_TEXT_SIZE], want[VERSION_TEXT_SIZE], text[64];

	version_text(got, version);
	version_text(want, s->job.to_version);
	(void)snprintf(text, sizeof text, "It reports %s instead of %s.", got, want);
	s->job.verified_version = version;
	s->job.verified_known = true;
	session_fail(s, w, "version_unexpected", text);
}

/* After the Upgrade End Response: the lock says what it runs. */
static void judge(struct session *s, const struct session_world *w, const struct lock_seen *seen)
{
	struct job *job = &s->job;
	uint32_t version = seen->facts.version;
	bool same = job->from_known && job->from_version == job->to_version;
	bool back = job->phase == JOB_VERIFYING || seen->announced || since_phase(s, w) >= RETURN;
	bool above = version > job->to_version && !job->allow_downgrade;

	/* It began to download before it had told what it runs: an older one is that. */
	if (!job->from_known && version < job->to_version) {
		job->from_known = true;
		job->from_version = version;
	}
	if (version == job->to_version && same && !back)
		return;
	if (job->from_known && version == job->from_version && !same) {
		unchanged(s, w);
	} else if (version == job->to_version || above) {
		arrived(s, w, &seen->facts);
	} else {
		unexpected(s, w, version);
	}
}

/* Some locks have several parts, each with an image type of its own, and all of them ask. The
 * target's number is no other part's. */
static bool is_of_another_part(
	const struct session *s, const struct session_world *w, uint32_t version)
{
	const struct lock_facts *facts = &w->lock->facts;

	if (!w->row || !(facts->known & FACT_IMAGE_KEY) || version == s->job.to_version)
		return false;
	return facts->image_type != w->row->image_type ||
	       facts->manufacturer_code != w->row->manufacturer_code;
}

void session_version(struct session *s, const struct session_world *w, const struct lock_seen *seen)
{
	struct job *job = &s->job;
	uint32_t version = seen->facts.version;

	if (seen->facts.version_source != VERSION_QUERY &&
		seen->facts.version_source != VERSION_ATTRIBUTE)
		return;
	if (is_of_another_part(s, w, version))
		return;
	if (job->verify_only) {
		if (job->phase == JOB_WAITING)
			session_only_version(s, w, version);
		return;
	}
	if (job->phase == JOB_APPLYING || job->phase == JOB_VERIFYING) {
		judge(s, w, seen);
		return;
	}
	if (!job->started_at) {
		job->from_known = true;
		job->from_version = version;
		return;
	}
	/* The transfer has begun and the version is another one: it was installed, even when the
	 * End Response was never seen to leave. */
	if (job->from_known && version != job->from_version &&
		(version == job->to_version ||
			(version > job->to_version && !job->allow_downgrade)))
		arrived(s, w, &seen->facts);
}

static void ask_version(struct session *s, const struct session_world *w)
{
	if (s->read_at && w->now - s->read_at < READ_GAP)
		return;
	s->read_at = w->now;
	session_read(s, w, READ_VERSION);
}

/* One restart is what an update is; a lock that cannot get up starts again and again. */
static bool restarts_again_and_again(struct session *s, const struct session_world *w)
{
	if (w->now - s->boots_from > BOOTS_WITHIN) {
		s->boots = 0;
		s->boots_from = w->now;
	}
	if (w->now - s->boot_at >= BOOT_GAP)
		s->boots++;
	s->boot_at = w->now;
	return s->boots >= BOOTS;
}

void session_returned(
	struct session *s, const struct session_world *w, const struct lock_seen *seen)
{
	if (seen->announced && restarts_again_and_again(s, w)) {
		session_fail(s, w, "boot_loop", "");
		return;
	}
	if (s->job.phase == JOB_APPLYING && seen->announced) {
		session_withdraw(s, 0);
		session_go(
			s, w, JOB_VERIFYING, "", "The lock is back; it is asked for its version.");
		session_read(s, w, READ_VERSION);
	} else if (s->job.phase == JOB_VERIFYING ||
		   since_phase(s, w) >= (int64_t)w->upgrade_delay_s * 1000 + SETTLE) {
		ask_version(s, w);
	}
}

void session_verify_tick(struct session *s, const struct session_world *w)
{
	bool heard =
		s->job.phase == JOB_VERIFYING || s->job.last_contact - s->job.changed_at >= RETURN;

	if (s->job.phase == JOB_APPLYING && s->ordered && !s->with_data)
		session_order(s, w);
	if (job_is_over(s->job.phase))
		return;
	if (since_phase(s, w) >= SESSION_DAY_MS)
		session_fail(s, w, heard ? "unverified" : "never_returned", "");
	else if (s->job.version_reads && w->wall - s->unchanged_at >= BETWEEN_READS)
		ask_version(s, w);
}

msec session_verify_deadline(const struct session *s, const struct session_world *w)
{
	msec deadline = session_due(w, s->job.changed_at + SESSION_DAY_MS);

	if (s->job.version_reads) {
		msec again = session_due(w, s->unchanged_at + BETWEEN_READS);

		if (s->read_at && s->read_at + READ_GAP > again)
			again = s->read_at + READ_GAP;
		session_sooner(&deadline, again);
	}
	return deadline;
}
