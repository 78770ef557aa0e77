#include "ota/engine_parts.h"
#include "ota/library.h"
#include "ota/offer.h"
#include "ota/vendor_session.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <assert.h>
#include <string.h>

enum { SAVE_PROGRESS = 10000, SAVE_CONTACT = 60000, TELL_GAP = 1000 };

static const struct err no_adapter = {
	.code = ERR_NOT_FOUND, .reason = "not_found", .text = "this adapter is not configured"
};

/* What is known of the adapter beside its state. */
static void look_at_stick(struct engine *engine, const struct adapter_slot *a,
	struct check_input *in, struct adapter_info *info, struct stick_counts *counts)
{
	in->adapter = a->adapter->state;
	in->adapter_why = &a->adapter->why;
	in->port = &a->port;
	if (!a->adapter->ops->info)
		return;
	a->adapter->ops->info(a->adapter, info);
	stick_hour_counts(&a->hour, info, loop_now(engine->options.loop), counts);
	in->info = info;
	in->stick = counts;
}

static void look_at_vendor(const struct adapter_slot *a, const struct lock_slot *lock,
	const struct job *job, struct check_input *in)
{
	in->capabilities = a->adapter->capabilities;
	in->vendor = in->capabilities & ADAPTER_VENDOR;
	if (!in->vendor)
		return;
	in->component = lock_part(&lock->live, job && job->component[0] ? job->component : NULL);
	if (job)
		in->target = job->to_text;
	else if (in->component)
		in->target = lock_part_offer(in->component);
}

void runner_check(struct engine *engine, const struct lock_slot *lock, const struct job *job,
	const struct image *image, struct check *out)
{
	struct adapter_slot *a = engine_adapter_slot(engine, lock->live.adapter);
	struct candidate all[ENGINE_CANDIDATES_MAX], one = engine_candidate(engine, image);
	size_t n =
		image ? engine_candidates(engine, image->manufacturer_code, image->image_type, all)
		      : 0;
	struct adapter_info info = { 0 };
	struct stick_counts counts = { 0 };
	struct window_state window;
	struct policy policy;
	struct check_input in = { .lock = &lock->live,
		.image = image,
		.says = one.says,
		.retracted = one.retracted,
		.job = job,
		.policy = &policy,
		.paused = engine->pause.on,
		.adapter = ADAPTER_STOPPED,
		.adapter_why = &no_adapter,
		.host = &engine->host,
		.wifi = engine->options.wifi_channels,
		.parent_busy = queue_parent_busy(engine, &lock->live),
		.wall = loop_wall(engine->options.loop),
		.clock_plausible = engine_clock_is_plausible(engine),
		.shared_ids = image && offer_ids_are_shared(&one, all, n),
		.awake = lock->awake_until > loop_now(engine->options.loop) };

	engine_policy(engine, &lock->live, &policy);
	if (engine_window(engine, &lock->live, &window))
		in.window = &window;
	if (a)
		look_at_vendor(a, lock, job, &in);
	if (a)
		look_at_stick(engine, a, &in, &info, &counts);
	check_run(out, &in);
}

static bool needs_check(const struct session_input *input)
{
	return input->kind != SESSION_REPORT ||
	       (input->report->step != UPDATE_PROGRESS && input->report->step != UPDATE_OFFERED);
}

static void make_world(struct engine *engine, struct job_slot *slot, struct lock_slot *lock,
	struct session_world *w)
{
	struct adapter_slot *a = engine_adapter_slot(engine, lock->live.adapter);
	struct image_slot *image = engine_image_slot(engine, slot->session.job.image);
	struct policy policy;

	w->lock = &lock->live;
	w->adapter = a ? a->adapter->state : ADAPTER_STOPPED;
	w->adapter_why = a ? &a->adapter->why : &no_adapter;
	w->capabilities = a ? a->adapter->capabilities : 0;
	w->slot_free = queue_slot_is_free(engine, slot, &lock->live);
	w->image = image ? image->state : SESSION_IMAGE_ABSENT;
	w->row = library_find(engine->options.library, slot->session.job.image);
	w->durable = &slot->durable;
	if (a && a->adapter->ops->guide)
		a->adapter->ops->guide(a->adapter, &w->guide_app, &w->guide_steps);
	w->give_up_after_s = engine->options.give_up_after_s;
	w->upgrade_delay_s = engine->options.upgrade_delay_s;
	engine_policy(engine, &lock->live, &policy);
	w->max_attempts = policy.max_attempts;
	w->now = loop_now(engine->options.loop);
	w->wall = loop_wall(engine->options.loop);
}

struct scene {
	struct engine *engine;
	struct job_slot *slot;
	struct lock_slot *lock;
	struct adapter *adapter; /* NULL: not configured */
};

static void add_event(const struct scene *at, enum event_kind kind, const struct session_action *a)
{
	const struct job *job = &at->slot->session.job;
	struct event event = engine_event(at->engine, kind, a->code, a->text);

	event.job = job->id;
	text_copy(event.lock, sizeof event.lock, job->lock);
	text_copy(event.adapter, sizeof event.adapter, at->lock->live.adapter);
	text_copy(event.image, sizeof event.image, job->image);
	text_copy(event.phase, sizeof event.phase,
		job_phase_name(kind == EVENT_JOB ? a->phase : job->phase));
	text_copy(event.waiting_for, sizeof event.waiting_for,
		job_wait_name(kind == EVENT_JOB ? a->wait : job->waiting_for));
	event.bytes_done = (int64_t)job->bytes_done;
	event.bytes_total = (int64_t)job->bytes_total;
	outbox_add(&at->slot->box, &event, loop_now(at->engine->options.loop));
	if (kind == EVENT_JOB)
		log_info("job=%lld lock=%s phase=%s%s%s %s", (long long)job->id, job->lock,
			job_phase_name(a->phase), a->wait ? "/" : "", job_wait_name(a->wait),
			a->text);
}

static void order(const struct scene *at, const struct session_action *a)
{
	const struct job *job = &at->slot->session.job;
	const struct image *row = library_find(at->engine->options.library, job->image);
	struct image_slot *image = engine_image_slot(at->engine, job->image);
	struct update_order order = { .address = at->lock->live.address,
		.job = job->id,
		.manufacturer_code =
			row ? row->manufacturer_code : at->lock->live.facts.manufacturer_code,
		.image_type = row ? row->image_type : at->lock->live.facts.image_type,
		.version = job->to_version,
		.reinstall = job->reinstall,
		.allow_downgrade = job->allow_downgrade,
		.notify_now = a->notify };
	struct err e;

	if (a->with_data && image && image->state == SESSION_IMAGE_READY)
		order.image = (struct span){ image->bytes, image->size };
	if (!at->adapter || at->adapter->ops->update(at->adapter, &order, &e) == OK)
		return;
	log_warn("job=%lld lock=%s order: %s", (long long)job->id, job->lock, e.text);
	session_order_refused(&at->slot->session, loop_now(at->engine->options.loop));
}

static void read_lock(const struct scene *at, unsigned reads)
{
	struct err e;

	if (at->adapter && at->adapter->ops->read(at->adapter, at->lock->live.address, reads, &e))
		log_debug("lock=%s read: %s", at->lock->live.id, e.text);
}

static void set_problem(const struct scene *at, const struct session_action *a)
{
	struct lock *lock = &at->lock->live;
	static const char *const rejections[] = { "version_unchanged", "version_unexpected",
		"invalid_image" };

	if (strcmp(lock->problem, a->code) == 0 && strcmp(lock->problem_text, a->text) == 0)
		return;
	text_copy(lock->problem, sizeof lock->problem, a->code);
	text_copy(lock->problem_text, sizeof lock->problem_text, a->text);
	for (size_t i = 0; i < ARRAY_SIZE(rejections); i++)
		if (strcmp(a->code, rejections[i]) == 0)
			lock->rejected_version = at->slot->session.job.to_version;
	if (!a->code[0] && lock->rejected_version == at->slot->session.job.to_version)
		lock->rejected_version = 0;
	outbox_mark(&at->lock->box, loop_now(at->engine->options.loop));
}

static void look(const struct scene *at, unsigned what)
{
	const struct job *job = &at->slot->session.job;
	struct err e;

	if (at->adapter && at->adapter->ops->look &&
		at->adapter->ops->look(
			at->adapter, at->lock->live.address, job->component, what, &e) == OK)
		return;
	log_debug("job=%lld lock=%s look: %s", (long long)job->id, job->lock,
		at->adapter ? e.text : "no adapter");
	vendor_look_refused(&at->slot->session, loop_now(at->engine->options.loop));
}

/* The only place that asks a vendor to update a lock; its intent is on disk. */
static void trigger(const struct scene *at)
{
	const struct job *job = &at->slot->session.job;
	bool pins = at->adapter && at->adapter->capabilities & ADAPTER_PINS && job->to_text[0];
	const struct vendor_order order = { .address = at->lock->live.address,
		.job = job->id,
		.component = job->component,
		.version = pins ? job->to_text : NULL }; /* what was announced, no other */
	struct err e;

	log_info(
		"job=%lld lock=%s the vendor is asked to update it", (long long)job->id, job->lock);
	if (at->adapter && at->adapter->ops->trigger &&
		at->adapter->ops->trigger(at->adapter, &order, &e) == OK)
		return;
	log_warn("job=%lld lock=%s not asked: %s", (long long)job->id, job->lock,
		at->adapter ? e.text : "no adapter");
	vendor_trigger_refused(&at->slot->session, loop_now(at->engine->options.loop));
}

static void carry_out(const struct scene *at, const struct session_action *a)
{
	switch (a->what) {
	case SESSION_PHASE:
		add_event(at, EVENT_JOB, a);
		return;
	case SESSION_NOTE:
		add_event(at, EVENT_NOTE, a);
		return;
	case SESSION_LOAD:
		engine_image_load(at->engine, at->slot->session.job.image);
		return;
	case SESSION_ORDER:
		order(at, a);
		return;
	case SESSION_WITHDRAW:
		if (at->adapter)
			at->adapter->ops->cancel(
				at->adapter, at->lock->live.address, a->abort_until);
		return;
	case SESSION_READ:
		read_lock(at, a->reads);
		return;
	case SESSION_FINISH:
		if (at->adapter)
			at->adapter->ops->finish(at->adapter, at->lock->live.address, a->delay_s);
		return;
	case SESSION_PROBLEM:
		set_problem(at, a);
		return;
	case SESSION_LOOK:
		look(at, a->reads);
		return;
	case SESSION_TRIGGER:
		trigger(at);
		return;
	}
}

static void follow_up(struct engine *engine, struct job_slot *slot)
{
	struct session *s = &slot->session;
	msec now = loop_now(engine->options.loop);

	if (s->changed)
		outbox_mark(&slot->box, now);
	else if (s->progressed)
		outbox_mark(&slot->box,
			slot->box.saved_at +
				(s->job.phase == JOB_TRANSFERRING ? SAVE_PROGRESS : SAVE_CONTACT));
	if (s->progressed && s->job.phase == JOB_TRANSFERRING && now - slot->told_at >= TELL_GAP &&
		slot->durable.phase == JOB_TRANSFERRING) {
		slot->told_at = now;
		engine_tell_progress(engine, slot);
	}
}

static struct scene scene_of(struct engine *engine, struct job_slot *slot, struct lock_slot *lock)
{
	struct adapter_slot *a = engine_adapter_slot(engine, lock->live.adapter);

	return (struct scene){ engine, slot, lock, a ? a->adapter : NULL };
}

/* The step's list is copied: carrying an action out may change the session. */
static void carry_all_out(struct engine *engine, struct job_slot *slot, struct lock_slot *lock)
{
	struct scene scene = scene_of(engine, slot, lock);
	struct session_action actions[SESSION_ACTIONS_MAX];
	size_t n = slot->session.n_actions;

	memcpy(actions, slot->session.actions, n * sizeof *actions);
	for (size_t i = 0; i < n; i++)
		carry_out(&scene, &actions[i]);
	if (n && job_is_over(slot->session.job.phase))
		engine_policy_learn(engine, lock, &slot->session.job);
	follow_up(engine, slot);
}

void runner_step(struct engine *engine, struct job_slot *slot, const struct session_input *input)
{
	struct lock_slot *lock = engine_lock_slot(engine, slot->session.job.lock);
	struct session_world world = { 0 };
	struct check check = { 0 };

	if (!lock || engine->stopping)
		return;
	engine_clock_look(engine);
	if (needs_check(input))
		runner_check(engine, lock, &slot->session.job,
			library_find(engine->options.library, slot->session.job.image), &check);
	make_world(engine, slot, lock, &world);
	world.check = &check;
	session_step(&slot->session, &world, input);
	carry_all_out(engine, slot, lock);
}

enum err_code runner_cancel(struct engine *engine, struct job_slot *slot, struct err *e)
{
	struct lock_slot *lock = engine_lock_slot(engine, slot->session.job.lock);
	struct session_world world = { 0 };
	enum err_code code;

	if (!lock)
		return err_because(e, ERR_NOT_FOUND, "not_found", "the lock of this job is gone");
	make_world(engine, slot, lock, &world);
	code = session_cancel(&slot->session, &world, e);
	if (code == OK)
		carry_all_out(engine, slot, lock);
	return code;
}

void runner_replaced(struct engine *engine, struct job_slot *slot)
{
	struct lock_slot *lock = engine_lock_slot(engine, slot->session.job.lock);
	struct session_world world = { 0 };

	assert(lock);
	make_world(engine, slot, lock, &world);
	session_replaced(&slot->session, &world);
	carry_all_out(engine, slot, lock);
}

static bool is_on(const struct engine *engine, const struct job_slot *slot, const char *adapter)
{
	const struct lock_slot *lock = engine_lock_slot(engine, slot->session.job.lock);

	return !adapter || (lock && strcmp(lock->live.adapter, adapter) == 0);
}

void runner_changed(struct engine *engine, const char *adapter)
{
	for (struct job_slot *s = engine->jobs; s; s = s->next)
		if (s->is_durable && is_on(engine, s, adapter))
			runner_step(engine, s, &(struct session_input){ .kind = SESSION_CHANGED });
}

void runner_tick(struct engine *engine)
{
	for (struct job_slot *s = engine->jobs; s; s = s->next)
		if (s->is_durable && s->session.deadline &&
			s->session.deadline <= loop_now(engine->options.loop))
			runner_step(engine, s, &(struct session_input){ .kind = SESSION_TICK });
}

void runner_fill_slots(struct engine *engine)
{
	for (struct job_slot *s = engine->jobs; s; s = s->next) {
		const struct lock_slot *lock = engine_lock_slot(engine, s->session.job.lock);

		if (lock && s->session.job.phase == JOB_WAITING &&
			s->session.job.waiting_for == WAIT_SLOT &&
			queue_slot_is_free(engine, s, &lock->live))
			runner_step(engine, s, &(struct session_input){ .kind = SESSION_CHANGED });
	}
}

msec runner_next(const struct engine *engine)
{
	msec next = 0;

	for (const struct job_slot *s = engine->jobs; s; s = s->next)
		if (s->is_durable && s->session.deadline && (!next || s->session.deadline < next))
			next = s->session.deadline;
	return next;
}
