#include "api/codec.h"
#include "api/context.h"
#include "api/query.h"
#include "api/view.h"
#include "ota/store.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void answer_not_found(const struct http_request *request, struct http_reply *reply)
{
	const char *id = http_param(request, "id");
	struct err e;

	(void)err_because(
		&e, ERR_NOT_FOUND, "not_found", "There is no job \"%.20s\".", id ? id : "");
	problem_send(reply, request->path, &e, NULL);
}

static void job_accepted(
	void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	struct answer *pending = owner;
	char location[64];

	if (answer_failed(pending, e))
		return;
	(void)snprintf(location, sizeof location, "/api/v1/jobs/%" PRId64, job->id);
	reply_created(pending->reply, answer == JOB_CREATED ? 202 : 200, location,
		view_job(pending->api, job));
	answer_free(pending);
}

/* 1..63 printable ASCII characters; absent is fine. */
static enum err_code read_key(
	struct job_request *out, const struct http_request *request, struct err *e)
{
	const char *key = http_header(request, "idempotency-key");

	if (!key)
		return OK;
	for (const char *p = key; *p; p++)
		if (!isgraph((unsigned char)*p))
			key = "";
	if (!*key || strlen(key) >= sizeof((struct job *)0)->idempotency_key)
		return err_because(e, ERR_INVALID, "invalid_idempotency_key",
			"Idempotency-Key must have 1 to 63 printable characters without spaces.");
	out->idempotency_key = key;
	return OK;
}

void jobs_create(void *owner, const struct http_request *request, struct http_reply *reply)
{
	AUTO(json_decref) json_t *root = NULL;
	struct problem_details details = { 0 };
	const struct body_in in = { request->body, &root, &details };
	struct api *api = owner;
	struct job_request job;
	char digest[SHA256_TEXT];
	struct err e;

	if (codec_read_job(&job, &in, &e) != OK || read_key(&job, request, &e) != OK) {
		problem_send(reply, request->path, &e, &details);
		return;
	}
	auth_sha256(digest, request->body);
	job.request_digest = job.idempotency_key ? digest : NULL;
	job.requested_by = request->principal;
	engine_create_job(api->options.engine, &job, job_accepted, answer_new(api, request, reply));
}

static void listed(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct answer *pending = owner;
	json_t *list;
	char next[24] = "";

	if (answer_failed(pending, e))
		return;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, view_job(pending->api, &jobs[i]));
	if (more && n)
		(void)snprintf(next, sizeof next, "%" PRId64, jobs[n - 1].id);
	reply_json(pending->reply, 200, codec_list("jobs", list, next));
	answer_free(pending);
}

void jobs_list(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const char *phases[JOB_PHASES + 3] = { "active", "final" };
	struct query query = { .request = request };
	struct job_filter filter = { 0 };
	struct api *api = owner;
	int64_t limit = 50;

	for (int i = 0; i < JOB_PHASES; i++)
		phases[i + 2] = job_phase_name((enum job_phase)i);
	query_slug(&query, "lock", &filter.lock);
	query_word(&query, "phase", &filter.phase, phases);
	query_int(&query, "limit", &limit, 1, 200);
	query_int(&query, "cursor", &filter.before, 1, INT64_MAX);
	if (query_failed(&query, reply))
		return;
	filter.limit = (size_t)limit;
	store_jobs(api->options.store, &filter, listed, answer_new(api, request, reply));
}

static bool none_found(struct answer *pending, const struct err *e, size_t n)
{
	struct err none;

	if (n || (e && e->code))
		return answer_failed(pending, e);
	(void)err_because(
		&none, ERR_NOT_FOUND, "not_found", "There is no job \"%.20s\".", pending->name);
	return answer_failed(pending, &none);
}

static void got(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct answer *pending = owner;

	(void)more;
	if (none_found(pending, e, n))
		return;
	reply_json(pending->reply, 200, view_job(pending->api, jobs));
	answer_free(pending);
}

static struct answer *about_job(
	struct api *api, const struct http_request *request, struct http_reply *reply)
{
	struct answer *pending = answer_new(api, request, reply);

	(void)snprintf(pending->name, sizeof pending->name, "%.20s", http_param(request, "id"));
	return pending;
}

void jobs_get(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	const struct job *active;
	int64_t id;

	if (!query_id(request, &id)) {
		answer_not_found(request, reply);
		return;
	}
	active = engine_active_by_id(api->options.engine, id);
	if (active)
		reply_json(reply, 200, view_job(api, active));
	else
		store_job(api->options.store, id, got, about_job(api, request, reply));
}

static void cancelled(
	void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	struct answer *pending = owner;

	(void)answer;
	if (answer_failed(pending, e))
		return;
	reply_json(pending->reply, 200, view_job(pending->api, job));
	answer_free(pending);
}

/* The {id} of a request without a body; false: answered. */
static bool read_action(const struct http_request *request, struct http_reply *reply, int64_t *id)
{
	AUTO(json_decref) json_t *root = NULL;
	struct problem_details details = { 0 };
	const struct body_in in = { request->body, &root, &details };
	struct err e;

	if (codec_read_nothing(&in, &e) != OK) {
		problem_send(reply, request->path, &e, &details);
		return false;
	}
	if (query_id(request, id))
		return true;
	answer_not_found(request, reply);
	return false;
}

void jobs_cancel(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	int64_t id;

	if (read_action(request, reply, &id))
		engine_cancel_job(
			api->options.engine, id, cancelled, answer_new(api, request, reply));
}

void jobs_retry(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	int64_t id;

	if (read_action(request, reply, &id))
		engine_retry_job(api->options.engine, id, request->principal, job_accepted,
			answer_new(api, request, reply));
}

void jobs_verify(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	int64_t id;

	if (read_action(request, reply, &id))
		engine_verify_job(api->options.engine, id, NULL, request->principal, job_accepted,
			answer_new(api, request, reply));
}

void jobs_confirm(void *owner, const struct http_request *request, struct http_reply *reply)
{
	AUTO(json_decref) json_t *root = NULL;
	struct problem_details details = { 0 };
	const struct body_in in = { request->body, &root, &details };
	struct api *api = owner;
	const char *version = NULL;
	int64_t id;
	struct err e;

	if (codec_read_version(&version, &in, &e) != OK)
		problem_send(reply, request->path, &e, &details);
	else if (!query_id(request, &id))
		answer_not_found(request, reply);
	else
		engine_verify_job(api->options.engine, id, version, request->principal,
			job_accepted, answer_new(api, request, reply));
}
