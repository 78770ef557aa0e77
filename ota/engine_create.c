#include "ota/engine_parts.h"
#include "ota/library.h"
#include "ota/offer.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A request on its way; owns its texts, because the store may be asked in between. */
struct creation {
	struct pending pending;
	struct job_request request; /* its pointers point into this object */
	char lock[LOCK_ID_SIZE];
	char image[SHA256_TEXT];
	char force[JOB_FORCE_MAX][FINDING_CODE_SIZE];
	char requested_by[64], key[64], digest[SHA256_TEXT];
	char component[COMPONENT_ID_SIZE], version[VENDOR_VERSION_SIZE];
	engine_job_done *done;
	void *owner;
};

static const char *keep(char *out, size_t max, const char *text)
{
	if (!text)
		return NULL;
	text_copy(out, max, text);
	return out;
}

static struct creation *creation_new(struct engine *engine, const struct job_request *request)
{
	struct creation *c = (struct creation *)pending_new(engine, sizeof *c);

	c->request = *request;
	c->request.lock = keep(c->lock, sizeof c->lock, request->lock);
	c->request.image = keep(c->image, sizeof c->image, request->image);
	for (size_t i = 0; i < request->n_force; i++)
		c->request.force[i] = keep(c->force[i], sizeof c->force[i], request->force[i]);
	c->request.requested_by =
		keep(c->requested_by, sizeof c->requested_by, request->requested_by);
	c->request.idempotency_key = keep(c->key, sizeof c->key, request->idempotency_key);
	c->request.component = keep(c->component, sizeof c->component, request->component);
	c->request.version_text = keep(c->version, sizeof c->version, request->version_text);
	c->request.request_digest = keep(c->digest, sizeof c->digest, request->request_digest);
	return c;
}

static enum err_code check_force(const struct job_request *request, struct err *e)
{
	bool forcible;

	for (size_t i = 0; i < request->n_force; i++) {
		if (!check_knows(request->force[i], &forcible))
			return err_because(e, ERR_UNSUPPORTED, "unknown_finding",
				"there is no finding \"%s\"", request->force[i]);
		if (!forcible)
			return err_because(e, ERR_UNSUPPORTED, "not_forcible",
				"\"%s\" cannot be forced", request->force[i]);
	}
	return OK;
}

static void choose_version(
	struct engine *engine, uint32_t version, const struct lock *lock, struct offer *out)
{
	struct candidate all[ENGINE_CANDIDATES_MAX];
	const struct offer_wish wish = { .has_version = true, .version = version, .equal = true };
	size_t n = engine_candidates(
		engine, lock->facts.manufacturer_code, lock->facts.image_type, all);

	offer_choose(out, lock, all, n, &wish);
}

/* An image without an id is to be fetched first. */
static enum err_code pick(struct engine *engine, const struct job_request *request,
	const struct lock *lock, struct offer *out, struct err *e)
{
	*out = (struct offer){ 0 };
	if (request->component)
		return err_because(e, ERR_UNSUPPORTED, "unknown_component",
			"%s has no components to choose from", lock->id);
	if (request->version_text && !request->has_version)
		return err_because(e, ERR_INVALID, "invalid_body",
			"/version must be like 17.7.0.0 or 0x11070000");
	if (request->image) {
		out->image = library_find(engine->options.library, request->image);
		return out->image ? OK
				  : err_because(e, ERR_NOT_FOUND, "not_found",
					    "there is no image %.12s…", request->image);
	}
	if (request->has_version)
		choose_version(engine, request->version, lock, out);
	else
		engine_choose(engine, lock, true, out);
	if (out->image)
		return OK;
	if (!(lock->facts.known & FACT_IMAGE_KEY))
		return err_because(e, ERR_UNSUPPORTED, "no_image",
			"%s has not said which images are for it; wake it, or name an image",
			lock->id);
	return err_because(e, ERR_UNSUPPORTED, "no_image", "no image may be offered to %s%s%s",
		lock->id, out->n_not_offered ? ": the best one is refused for " : "",
		out->n_not_offered ? out->not_offered[0].reason : "");
}

static void add_force(struct job *job, const struct job_request *request)
{
	for (size_t i = 0; i < request->n_force; i++) {
		bool there = false;

		for (uint8_t k = 0; k < job->n_force; k++)
			there = there || strcmp(job->force[k], request->force[i]) == 0;
		if (!there && job->n_force < JOB_FORCE_MAX)
			text_copy(job->force[job->n_force++], FINDING_CODE_SIZE, request->force[i]);
	}
}

static bool is_more(const struct job *before, const struct job *after)
{
	return before->n_force != after->n_force;
}

/* The same target again: the same job. What is forced anew answers a job that waits for `user`. */
static void join(struct engine *engine, struct job_slot *slot, const struct creation *c)
{
	struct job before = slot->session.job;

	add_force(&slot->session.job, &c->request);
	if (!slot->is_durable) {
		ask_job(slot, c->done, c->owner, JOB_EXISTING);
	} else if (is_more(&before, &slot->session.job)) {
		outbox_mark(&slot->box, 0);
		ask_job(slot, c->done, c->owner, JOB_EXISTING);
		runner_step(engine, slot, &(struct session_input){ .kind = SESSION_USER });
	} else {
		engine_answer_job(engine, NULL, &slot->durable, c->done, c->owner);
	}
}

/* Does it ask for what is under way? A vendor's target moves by itself. */
static bool is_same(const struct job *old, const struct job *asked)
{
	if (old->vendor != asked->vendor || strcmp(old->image, asked->image) != 0)
		return false;
	return !asked->vendor ||
	       (strcmp(old->component, asked->component) == 0 &&
		       (!asked->version_chosen || strcmp(old->to_text, asked->to_text) == 0));
}

static enum err_code meet(struct engine *engine, struct job_slot *slot, const struct job *asked,
	const struct creation *c, struct err *e)
{
	const struct job *job = &slot->session.job;

	if (!is_same(job, asked) || job_is_over(job->phase))
		return err_because(e, ERR_CONFLICT, "lock_busy", "%s already has the job %lld",
			job->lock, (long long)job->id);
	join(engine, slot, c);
	return OK;
}

static void take_image(struct job *job, const struct lock *lock, const struct image *image)
{
	job->to_version = image->file_version;
	job->from_version = lock->facts.version;
	job->from_known = lock->facts.known & FACT_VERSION;
	job->bytes_total = image->size;
	text_copy(job->image, sizeof job->image, image->id);
	text_copy(job->image_name, sizeof job->image_name, image->name);
}

static struct job make_job(
	const struct engine *engine, const struct job_request *request, const struct lock *lock)
{
	struct job job = { .phase = JOB_QUEUED,
		.reinstall = request->reinstall,
		.allow_downgrade = request->allow_downgrade,
		.status = -1,
		.not_before = request->not_before,
		.retry_of = request->retry_of,
		.priority = request->priority,
		.automatic = request->automatic,
		.battery_before = -1,
		.battery_after = -1 };
	struct policy policy;

	engine_policy(engine, lock, &policy);
	if (!job.priority)
		job.priority = policy.priority;
	text_copy(job.lock, sizeof job.lock, lock->id);
	text_copy(job.requested_by, sizeof job.requested_by,
		request->requested_by ? request->requested_by : "");
	if (request->idempotency_key)
		text_copy(
			job.idempotency_key, sizeof job.idempotency_key, request->idempotency_key);
	if (request->request_digest)
		text_copy(job.request_digest, sizeof job.request_digest, request->request_digest);
	add_force(&job, request);
	job.created_at = job.changed_at = loop_wall(engine->options.loop);
	return job;
}

void engine_job_insert(struct engine *engine, struct lock_slot *lock, const struct job *job,
	engine_job_done *done, void *owner)
{
	struct job_slot *slot = engine_job_add(engine, job);
	struct event event = engine_event(engine, EVENT_JOB, "created",
		job->verify_only ? "The version is to be verified." : "The update was accepted.");

	text_copy(event.lock, sizeof event.lock, job->lock);
	text_copy(event.adapter, sizeof event.adapter, lock->live.adapter);
	text_copy(event.image, sizeof event.image, job->image);
	text_copy(event.phase, sizeof event.phase, job_phase_name(job->phase));
	event.bytes_total = (int64_t)job->bytes_total;
	outbox_add(&slot->box, &event, loop_now(engine->options.loop));
	ask_job(slot, done, owner, JOB_CREATED);
	if (job->automatic)
		lock->live.auto_jobs++;
	if (!job->automatic && !lock->live.problem[0])
		return;
	lock->live.problem[0] = lock->live.problem_text[0] = '\0';
	outbox_mark(&lock->box, 0);
}

/* image NULL: the vendor has it. */
static enum err_code create(struct engine *engine, struct lock_slot *lock,
	const struct image *image, const struct creation *c, struct err *e)
{
	struct job_slot *slot = engine_job_of_lock(engine, c->request.lock);
	bool any = !c->request.component && !c->request.version_text && !c->request.image;
	struct job job = make_job(engine, &c->request, &lock->live);
	enum err_code code = OK;

	if (slot && !image && any) /* who asks for nothing in particular means what is under way */
		return meet(engine, slot, &slot->session.job, c, e);
	if (image)
		take_image(&job, &lock->live, image);
	else
		code = engine_vendor_job(engine, &c->request, &lock->live, &job, e);
	if (code)
		return code;
	if (slot)
		return meet(engine, slot, &job, c, e);
	engine_job_insert(engine, lock, &job, c->done, c->owner);
	return OK;
}

static void create_or_refuse(struct engine *engine, struct creation *c);

static void fetched(void *arg, const struct err *e, const struct image *image)
{
	struct creation *c = arg;
	struct engine *engine = pending_end(&c->pending);

	if (!engine) {
		free(c);
	} else if (e && e->code) {
		engine_answer_job(engine, e, NULL, c->done, c->owner);
		free(c);
		engine_pump(engine);
	} else {
		c->request.image = keep(c->image, sizeof c->image, image->id);
		create_or_refuse(engine, c);
	}
}

/* Takes c. */
static void fetch(struct engine *engine, struct creation *c, const struct index_entry *entry)
{
	pending_begin(&c->pending, engine);
	engine->options.fetch(engine->options.fetch_owner, entry, fetched, c);
}

static enum err_code find(struct engine *engine, const struct creation *c, struct lock_slot **lock,
	struct offer *offer, struct err *e)
{
	enum err_code code = check_force(&c->request, e);

	*lock = engine_lock_slot(engine, c->request.lock);
	if (engine->stopping)
		return err_set(e, ERR_BUSY, "the service is stopping");
	if (!*lock || !(*lock)->is_durable || (*lock)->removing)
		return err_because(
			e, ERR_NOT_FOUND, "not_found", "there is no lock \"%s\"", c->request.lock);
	if (code || engine_is_vendor(engine, &(*lock)->live))
		return code;
	code = pick(engine, &c->request, &(*lock)->live, offer, e);
	if (code == OK && !offer->image->id[0] && !engine->options.fetch)
		code = err_because(e, ERR_UNSUPPORTED, "no_image", "the image is not here");
	return code;
}

static void create_or_refuse(struct engine *engine, struct creation *c)
{
	struct lock_slot *lock = NULL;
	struct offer offer = { .image = NULL };
	struct err e;
	enum err_code code;

	engine_clock_look(engine);
	code = find(engine, c, &lock, &offer, &e);
	if (code == OK && offer.image && !offer.image->id[0]) {
		fetch(engine, c, offer.says);
		return;
	}
	if (code != OK || create(engine, lock, offer.image, c, &e) != OK)
		engine_answer_job(engine, &e, NULL, c->done, c->owner);
	free(c);
	engine_pump(engine);
}

/* The key was used before: the same request gets the same job, over or not. */
static void repeat(struct engine *engine, const struct creation *c, const struct job *job)
{
	struct job_slot *slot = engine_job_slot(engine, job->id);
	struct err e;

	if (strcmp(job->request_digest, c->digest) != 0) {
		err_because(&e, ERR_CONFLICT, "idempotency_mismatch",
			"this Idempotency-Key came with another request before");
		engine_answer_job(engine, &e, NULL, c->done, c->owner);
	} else {
		engine_answer_job(engine, NULL, slot ? &slot->durable : job, c->done, c->owner);
	}
}

static struct job_slot *by_key(const struct engine *engine, const char *key)
{
	for (struct job_slot *s = engine->jobs; s; s = s->next)
		if (strcmp(s->session.job.idempotency_key, key) == 0)
			return s;
	return NULL;
}

static bool met_by_key(struct engine *engine, const struct creation *c)
{
	struct job_slot *slot = by_key(engine, c->key);

	if (!slot)
		return false;
	if (!slot->is_durable && strcmp(slot->session.job.request_digest, c->digest) == 0)
		ask_job(slot, c->done, c->owner, JOB_EXISTING);
	else
		repeat(engine, c, &slot->session.job);
	return true;
}

static void keys_found(
	void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct creation *c = owner;
	struct engine *engine = pending_end(&c->pending);

	(void)more;
	if (!engine) {
		free(c);
		return;
	}
	if (e && e->code)
		engine_answer_job(engine, e, NULL, c->done, c->owner);
	else if (!met_by_key(engine, c) && !n) {
		create_or_refuse(engine, c);
		return;
	} else if (n && !by_key(engine, c->key))
		repeat(engine, c, &jobs[0]);
	free(c);
}

void engine_create_job(struct engine *engine, const struct job_request *request,
	engine_job_done *done, void *owner)
{
	struct job_filter filter = { .limit = 1 };
	struct creation *c = creation_new(engine, request);

	c->done = done;
	c->owner = owner;
	if (request->idempotency_key && request->idempotency_key[0]) {
		filter.idempotency_key = c->key;
		store_jobs(engine->options.store, &filter, keys_found, c);
		return;
	}
	(void)pending_end(&c->pending); /* it is there: we are in its call */
	create_or_refuse(engine, c);
}
