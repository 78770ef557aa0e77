/* From the request until the vendor may be asked, or the user guided. */
#include "ota/vendor_steps.h"
#include "ota/vendor_version.h"
#include "server/base/text.h"

#include <stdio.h>

static const struct finding *first(const struct check *check, bool mendable)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct finding *f = &check->findings[i];
		bool asks = f->verdict == VERDICT_WARN && f->wait == WAIT_USER;

		if ((f->verdict == VERDICT_BLOCK || asks) && !f->forced &&
			f->wait != WAIT_ADAPTER && (f->wait != WAIT_NOTHING) == mendable)
			return f;
	}
	return NULL;
}

/* By the user or the clock: the cloud need not be asked. */
static const struct finding *closed(const struct check *check)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct finding *f = &check->findings[i];

		if (f->verdict == VERDICT_BLOCK && !f->forced &&
			(f->wait == WAIT_WINDOW || strcmp(f->code, "paused") == 0))
			return f;
	}
	return NULL;
}

bool vendor_is_blocked(const struct check *check)
{
	return first(check, true) || first(check, false);
}

static void tell_forced(struct session *s, const struct session_world *w)
{
	for (size_t i = 0, told = 0; i < w->check->n && told < 4 && !s->forced_told; i++) {
		const struct finding *f = &w->check->findings[i];

		if (!f->forced)
			continue;
		told++;
		session_note(s, f->code, "Forced: %s.", f->evidence);
	}
	s->forced_told = true;
}

static bool waits_for_time(struct session *s, const struct session_world *w)
{
	const struct finding *f = closed(w->check);

	if (s->job.not_before > w->wall)
		session_park(s, w, WAIT_WINDOW, NULL, "Waiting for the time that was set.");
	else if (f)
		session_park(s, w, f->wait, f->code, f->evidence);
	else
		return false;
	return true;
}

/* Somebody else was faster, or there is nothing to do. */
static bool is_there_already(struct session *s, const struct session_world *w)
{
	struct job *job = &s->job;
	const char *installed = vendor_installed(s, w);
	enum version_order to_target = vendor_version_order(installed, job->to_text);
	bool changed = installed[0] && job->from_text[0] &&
		       vendor_version_order(installed, job->from_text) != ORDER_SAME;

	if (!installed[0])
		return false;
	if (job->to_text[0] &&
		(to_target == ORDER_SAME || (to_target == ORDER_NEWER && !job->version_chosen))) {
		(void)text_copy(job->verified_text, sizeof job->verified_text, installed);
		job->target_moved = to_target == ORDER_NEWER;
		vendor_succeed(s, w, changed ? "updated" : "already_installed",
			changed ? "version_observed" : "verified_by_version");
		return true;
	}
	if (!changed && job->from_text[0])
		return false;
	/* What it is updated from is what it runs now. */
	(void)text_copy(job->from_text, sizeof job->from_text, installed);
	s->changed = true;
	return false;
}

static bool is_upwards(struct session *s, const struct session_world *w)
{
	if (s->job.allow_downgrade ||
		vendor_version_order(s->job.to_text, vendor_installed(s, w)) != ORDER_OLDER)
		return true;
	session_fail(s, w, "downgrade_not_allowed", "");
	return false;
}

/* The vendor decides what is installed: the target is what it offers now. */
static bool has_target(struct session *s, const struct session_world *w)
{
	const struct lock_component *part = vendor_part(s, w);
	struct job *job = &s->job;
	const char *offer = part ? lock_part_offer(part) : "";

	if (!part && job->component[0]) {
		session_fail(s, w, "unknown_component", "");
		return false;
	}
	if (job->version_chosen)
		return is_upwards(s, w);
	if (!(w->capabilities & ADAPTER_OFFERS))
		return true;
	if (!offer[0]) {
		session_fail(s, w, job->to_text[0] ? "update_withdrawn" : "no_update", "");
		return false;
	}
	if (strcmp(offer, job->to_text) != 0) {
		if (job->to_text[0])
			session_note(s, "target_moved",
				"The vendor now offers %.64s instead of %.64s.", offer,
				job->to_text);
		s->changed = true;
		(void)text_copy(job->to_text, sizeof job->to_text, offer);
	}
	return true;
}

static bool is_ready(struct session *s, const struct session_world *w)
{
	const struct finding *f = first(w->check, false);

	if (f) {
		session_fail(s, w, f->code, f->evidence);
		return false;
	}
	f = first(w->check, true);
	if (f) {
		session_park(s, w, f->wait, f->code, f->evidence);
		return false;
	}
	if (!s->job.guided && !w->slot_free) {
		session_park(s, w, WAIT_SLOT, NULL,
			"Another lock of this account is being updated; one at a time.");
		return false;
	}
	tell_forced(s, w);
	return true;
}

static bool adopts(struct session *s, const struct session_world *w)
{
	const struct lock_component *part = vendor_part(s, w);

	if (!part || !vendor_state_runs(part->state) || s->job.guided)
		return false;
	vendor_adopt(s, w, "The lock is being updated already; the update is followed.");
	return true;
}

/* It was asked for before the vendor was: only now it is known what there is. */
static bool chooses(struct session *s, const struct session_world *w)
{
	const struct lock_component *part = lock_part_wanted(w->lock, w->capabilities);

	if (s->job.component[0] || !part)
		return false;
	(void)text_copy(s->job.component, sizeof s->job.component, part->id);
	(void)text_copy(s->job.from_text, sizeof s->job.from_text, part->installed);
	s->changed = true;
	return true; /* its check comes with the next look */
}

/* It waited for what is here now: a time, or its turn. */
static bool was_idle(const struct session *s, const struct session_world *w)
{
	return s->job.phase == JOB_WAITING &&
	       (session_is_patient(&s->job) || s->job.waiting_for == WAIT_ADAPTER ||
		       (s->job.waiting_for == WAIT_SLOT && w->slot_free));
}

void vendor_settle(struct session *s, const struct session_world *w)
{
	if (waits_for_time(s, w))
		return;
	if (s->job.phase == JOB_QUEUED)
		session_go(s, w, JOB_CHECKING, "", "Checking what makes updates fail.");
	if (vendor_is_out(s, w))
		return;
	/* What stands in the way is shown as soon as it is known; nothing begins without a look. */
	if (!vendor_is_fresh(s, w)) {
		if (was_idle(s, w))
			session_go(s, w, JOB_CHECKING, "", "Checking what makes updates fail.");
		vendor_look(s, w);
		return;
	}
	if (chooses(s, w) || is_there_already(s, w) || adopts(s, w) || !has_target(s, w) ||
		!is_ready(s, w)) {
		vendor_look(s, w);
		return;
	}
	if (s->job.guided)
		vendor_guide(s, w);
	else
		vendor_intend(s, w);
}
