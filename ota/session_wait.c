#include "ota/failure.h"
#include "ota/session_steps.h"

#include <string.h>

enum {
	READ_TRIES = 3, /* awake windows without an answer, then we go by what we have */
	REFRESH = 60000,
	SLOT_KEPT = 60000,
	LOAD_AGAIN = 20000, /* three times: about a minute */
	LOAD_TRIES = 3,
	LOAD_LATER = 600000,
};

static const struct finding *block(const struct check *check, bool mendable)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct finding *f = &check->findings[i];

		if (f->verdict == VERDICT_BLOCK && !f->forced && f->wait != WAIT_ADAPTER &&
			(f->wait != WAIT_NOTHING) == mendable)
			return f;
	}
	return NULL;
}

static const struct finding *open_question(const struct check *check)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct finding *f = &check->findings[i];

		if (f->verdict == VERDICT_WARN && !f->forced && f->wait == WAIT_USER)
			return f;
	}
	return NULL;
}

static bool stands(const struct check *check, const char *code)
{
	const struct finding *f = check_find(check, code);

	return f && f->verdict != VERDICT_OK && !f->forced;
}

static bool is_forced(const struct check *check, const char *code)
{
	const struct finding *f = check_find(check, code);

	return f && f->forced;
}

/* Stage 2: what must be read from the lock before it gets an order. */
static unsigned wanted(const struct session *s, const struct session_world *w)
{
	unsigned reads = w->check->pending & (READ_BATTERY | READ_LOCK_STATE);

	if (stands(w->check, "model_unproven"))
		reads |= w->check->pending & READ_MODEL;
	if (is_forced(w->check, "battery_unknown"))
		reads &= ~(unsigned)READ_BATTERY;
	if (is_forced(w->check, "lock_state_unknown"))
		reads &= ~(unsigned)READ_LOCK_STATE;
	if (!(w->capabilities & ADAPTER_READS))
		return 0;
	if (s->reads >= READ_TRIES && w->now - s->read_at >= READ_PATIENCE)
		return 0;
	return reads;
}

void session_read_if_awake(
	struct session *s, const struct session_world *w, unsigned reads, msec gap)
{
	if (!session_is_awake(s, w) || (s->read_at && w->now - s->read_at < gap))
		return;
	session_read(s, w, reads);
	s->reads++;
}

static void wait_for_contact(struct session *s, const struct session_world *w, unsigned reads)
{
	session_withdraw(s, 0);
	if (w->adapter != ADAPTER_UP) {
		session_park(s, w, WAIT_ADAPTER, "adapter_down", "The adapter is not running.");
		return;
	}
	session_park(s, w, WAIT_WAKE, NULL,
		"Waiting for the lock to wake, to read it before the update.");
	session_read_if_awake(s, w, reads, READ_PATIENCE);
}

static void refuse(struct session *s, const struct session_world *w, const struct finding *f)
{
	bool fresh = !(w->check->pending & READ_VERSION);

	if (strcmp(f->code, "already_installed") != 0) {
		session_fail(s, w,
			strcmp(f->code, "downgrade") == 0 ? "downgrade_not_allowed" : f->code,
			f->evidence);
	} else if (fresh && w->lock->facts.version_source != VERSION_IMPORTED) {
		s->job.verified_version = w->lock->facts.version;
		s->job.verified_known = true;
		session_succeed(s, w, "already_installed", "verified_by_version",
			w->lock->facts.version_source == VERSION_ATTRIBUTE ? "attribute"
									   : "query_next_image");
	} else {
		wait_for_contact(s, w, READ_VERSION);
	}
}

static void stop_at(struct session *s, const struct session_world *w, const struct finding *f)
{
	bool by_clock = f->wait == WAIT_WINDOW;

	session_withdraw(s, 0);
	if (w->adapter != ADAPTER_UP && !by_clock)
		session_park(s, w, WAIT_ADAPTER, "adapter_down", "The adapter is not running.");
	else
		session_park(s, w, f->wait, f->code, f->evidence);
	if (!session_is_patient(&s->job)) /* else there is time enough later */
		session_read_if_awake(s, w, READ_BATTERY | READ_LOCK_STATE, REFRESH);
}

/* Closed by the user, the clock or who withdrew the image, whatever is known of the lock. */
static const struct finding *closed(const struct check *check)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct finding *f = &check->findings[i];

		if (f->verdict == VERDICT_BLOCK && !f->forced &&
			(f->wait == WAIT_WINDOW || strcmp(f->code, "paused") == 0 ||
				strcmp(f->code, "retracted") == 0))
			return f;
	}
	return NULL;
}

/* The history keeps what was found and not heeded. */
static void tell_forced(struct session *s, const struct session_world *w)
{
	if (s->forced_told)
		return;
	s->forced_told = true;
	for (size_t i = 0, told = 0; i < w->check->n && told < 4; i++) {
		const struct finding *f = &w->check->findings[i];

		if (!f->forced)
			continue;
		told++;
		session_note(s, f->code, "Forced: %s.", f->evidence);
	}
}

/* May the order be placed? When not, the job is parked or over. */
static bool is_ready(struct session *s, const struct session_world *w)
{
	const struct finding *f;
	unsigned reads;

	if (s->job.not_before > w->wall) {
		session_park(s, w, WAIT_WINDOW, NULL, "Waiting for the time that was set.");
		return false;
	}
	f = block(w->check, false);
	if (f) {
		refuse(s, w, f);
		return false;
	}
	f = closed(w->check);
	if (f) {
		stop_at(s, w, f);
		return false;
	}
	reads = wanted(s, w);
	if (reads) {
		wait_for_contact(s, w, reads);
		return false;
	}
	f = block(w->check, true);
	if (!f)
		f = open_question(w->check);
	if (f)
		stop_at(s, w, f);
	else
		tell_forced(s, w);
	return !f;
}

/* The bytes are not there: the lock is told to wait, three times; then we say so. */
static void reload(struct session *s, const struct session_world *w)
{
	if (s->load_at && w->now < s->load_at)
		return;
	if (s->load_at)
		session_push(s, SESSION_LOAD);
	s->load_at = 0;
}

static void load_failed(struct session *s, const struct session_world *w)
{
	if (s->load_at) {
		reload(s, w);
		return;
	}
	if (++s->loads < LOAD_TRIES)
		s->load_at = w->now + LOAD_AGAIN;
	else if (s->job.phase == JOB_APPLYING) /* the lock has it all; only its version counts */
		s->load_at = w->now + LOAD_LATER;
	else
		session_fail(s, w, "image_missing", "");
}

static void place(struct session *s, const struct session_world *w, bool with_data)
{
	struct session_action *a;

	if (s->order_at > w->now)
		return;
	a = session_push(s, SESSION_ORDER);
	a->with_data = with_data;
	a->notify = with_data && session_is_awake(s, w);
	s->ordered = true;
	s->with_data = with_data;
	s->reads = 0;
	s->order_at = 0;
}

void session_order(struct session *s, const struct session_world *w)
{
	switch (w->image) {
	case SESSION_IMAGE_READY:
		s->loads = 0;
		s->load_at = 0;
		if (!s->ordered || !s->with_data)
			place(s, w, true);
		return;
	case SESSION_IMAGE_ABSENT:
		session_push(s, SESSION_LOAD);
		break;
	case SESSION_IMAGE_LOADING:
		break;
	case SESSION_IMAGE_MISSING:
		load_failed(s, w);
		break;
	}
	/* A lock that has begun gets WAIT meanwhile; one that has not is not offered anything. */
	if (s->begun && !s->ordered && !job_is_over(s->job.phase))
		place(s, w, false);
}

/* What has not begun is looked at again: a pause or a window's end may have come meanwhile. */
static void settle_slot(struct session *s, const struct session_world *w)
{
	if ((!s->begun && !is_ready(s, w)) || !w->slot_free)
		return;
	if (w->image != SESSION_IMAGE_READY) {
		session_order(s, w); /* loads it, and says so when that fails */
		return;
	}
	s->slot_until = w->now + SLOT_KEPT;
	s->with_data = false;
	session_order(s, w);
	session_park(s, w, WAIT_WAKE, NULL, "A slot is free; waiting for the lock to go on.");
}

void session_settle(struct session *s, const struct session_world *w)
{
	bool up = w->adapter == ADAPTER_UP;

	if (session_gave_up(s, w))
		return;
	if (s->job.verify_only) {
		session_only_settle(s, w);
		return;
	}
	if (s->job.phase == JOB_WAITING && s->job.waiting_for == WAIT_BACKOFF &&
		w->wall < session_backoff_end(s))
		return;
	if (s->job.phase == JOB_WAITING && s->job.waiting_for == WAIT_HOLD) {
		session_hold(s, w);
		return;
	}
	if (s->job.phase == JOB_WAITING && s->job.waiting_for == WAIT_SLOT && up) {
		settle_slot(s, w);
		return;
	}
	if (s->job.phase == JOB_QUEUED)
		session_go(s, w, JOB_CHECKING, "", "Checking what makes updates fail.");
	if (!s->begun && !is_ready(s, w))
		return;
	session_order(s, w);
	if (job_is_over(s->job.phase))
		return;
	session_park(s, w, up ? WAIT_WAKE : WAIT_ADAPTER, up ? NULL : "adapter_down",
		up ? "Ready; waiting for the lock to wake and ask."
		   : "The adapter is not running.");
}
