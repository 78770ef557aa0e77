/* The policy that holds for all: the defaults, the pause; and the update of all locks at once. */
#include "api/codec.h"
#include "api/context.h"
#include "api/problem.h"
#include "api/view.h"
#include "server/base/alloc.h"

#include <stdlib.h>
#include <string.h>

json_t *policy_view(const struct api *api)
{
	const struct engine *engine = api->options.engine;
	struct policy defaults;
	const struct policy none = { 0 };

	policy_effective(&defaults, &none, engine_policy_defaults(engine));
	return json_pack("{s:b,s:o}", "paused", engine_is_paused(engine), "defaults",
		codec_policy(&defaults));
}

void policy_get(void *owner, const struct http_request *request, struct http_reply *reply)
{
	(void)request;
	reply_json(reply, 200, policy_view(owner));
}

static void policy_changed(void *owner, const struct err *e)
{
	struct answer *pending = owner;

	if (answer_failed(pending, e))
		return;
	reply_json(pending->reply, 200, policy_view(pending->api));
	answer_free(pending);
}

void policy_patch(void *owner, const struct http_request *request, struct http_reply *reply)
{
	AUTO(json_decref) json_t *root = NULL;
	struct problem_details details = { 0 };
	const struct body_in in = { request->body, &root, &details };
	struct api *api = owner;
	bool paused;
	struct err e;

	if (codec_read_pause(&paused, &in, &e) != OK) {
		problem_send(reply, request->path, &e, &details);
		return;
	}
	engine_pause(api->options.engine, paused, policy_changed, answer_new(api, request, reply));
}

/* One call, one job for each lock that has an offer. */
struct all {
	struct answer *pending;
	json_t *jobs, *refused;
	size_t left;
};

struct one {
	struct all *all;
	char lock[LOCK_ID_SIZE];
};

static void all_done(struct all *all)
{
	if (--all->left)
		return;
	if (!answer_failed(all->pending, NULL)) {
		reply_json(all->pending->reply, 202,
			json_pack("{s:O,s:O}", "jobs", all->jobs, "not_updated", all->refused));
		answer_free(all->pending);
	}
	json_decref(all->jobs);
	json_decref(all->refused);
	free(all);
}

static void one_done(
	void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	struct one *one = owner;
	struct all *all = one->all;
	json_t *refusal;

	(void)answer;
	if (job && all->pending->api) {
		json_array_append_new(all->jobs, view_job(all->pending->api, job));
	} else if (e && e->code) {
		refusal = codec_error(e);
		codec_put(refusal, "lock", reply_text(one->lock));
		json_array_append_new(all->refused, refusal);
	}
	free(one);
	all_done(all);
}

/* Only what can be started here: guiding somebody to many locks at once helps nobody. */
static bool has_vendors_offer(const struct engine *engine, const struct lock *lock)
{
	const struct adapter *adapter = engine_adapter(engine, lock->adapter);

	for (uint8_t i = 0;
		adapter && adapter->capabilities & ADAPTER_TRIGGERS && i < lock->n_components; i++)
		if (lock_offer(lock, &lock->components[i])[0])
			return true;
	return false;
}

static void start_one(struct all *all, const struct lock *lock, struct job_request request)
{
	struct engine *engine = all->pending->api->options.engine;
	struct one *one;
	struct offer offer;

	engine_offer(engine, lock, &offer);
	if (!offer.image && !has_vendors_offer(engine, lock))
		return;
	one = xcalloc(1, sizeof *one);
	one->all = all;
	memcpy(one->lock, lock->id, sizeof one->lock);
	request.lock = one->lock; /* without a version: what is offered, as was just looked up */
	all->left++;
	engine_create_job(engine, &request, one_done, one);
}

void update_all(void *owner, const struct http_request *request, struct http_reply *reply)
{
	AUTO(json_decref) json_t *root = NULL;
	struct problem_details details = { 0 };
	const struct body_in in = { request->body, &root, &details };
	struct api *api = owner;
	struct job_request job;
	struct all *all;
	struct err e;

	if (codec_read_update_all(&job, &in, &e) != OK) {
		problem_send(reply, request->path, &e, &details);
		return;
	}
	job.requested_by = request->principal;
	all = xcalloc(1, sizeof *all);
	all->pending = answer_new(api, request, reply);
	all->jobs = json_array();
	all->refused = json_array();
	all->left = 1; /* our own, until all are asked for */
	for (size_t i = 0; i < engine_lock_count(api->options.engine); i++)
		start_one(all, engine_lock_at(api->options.engine, i), job);
	all_done(all);
}
