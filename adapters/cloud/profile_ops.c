/* The operations of a profile: requests, pages, captures, outputs. */
#include "adapters/cloud/expression.h"
#include "adapters/cloud/profile_private.h"

#include <stdio.h>
#include <string.h>

static enum err_code check_texts(const json_t *value, const char *path, struct err *e);

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the profile, which is bounded */
static enum err_code check_members(const json_t *value, const char *path, struct err *e)
{
	enum err_code r = OK;
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)value, key, member) if (r == OK) r =
		check_texts(member, path, e);
	for (size_t i = 0; r == OK && i < json_array_size(value); i++)
		r = check_texts(json_array_get(value, i), path, e);
	return r;
}

/* Every text in a body or header is a template. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the profile, which is bounded */
static enum err_code check_texts(const json_t *value, const char *path, struct err *e)
{
	if (json_is_string(value) && !template_is_valid(json_string_value(value)))
		return err_set(e, ERR_INVALID, "%s: \"%.40s\" has a { that opens no name", path,
			json_string_value(value));
	return check_members(value, path, e);
}

/* How many pages at most, and how long one is where they are counted. */
static enum err_code check_page_numbers(
	const json_t *page, const char *path, bool counted, struct err *e)
{
	char where[PROFILE_PATH_SIZE + 8];
	uint32_t max = 0, size = 0;
	enum err_code r;

	(void)snprintf(where, sizeof where, "%s.max", path);
	r = profile_number(&max, page, where, PROFILE_PAGES_MAX, e);
	if (r == OK && !max)
		r = err_set(e, ERR_INVALID, "%s: is missing", where);
	(void)snprintf(where, sizeof where, "%s.size", path);
	if (r == OK)
		r = profile_number(&size, page, where, 1000, e);
	if (r == OK && counted && !size)
		r = err_set(e, ERR_INVALID, "%s: is missing", where);
	return r;
}

static enum err_code check_page(const json_t *page, const char *path, struct err *e)
{
	static const char *const keys[] = { "var", "start", "next", "more", "total", "size", "max",
		NULL };
	const json_t *next = json_object_get(page, "next"), *total = json_object_get(page, "total");
	const char *var = "", *pointer;
	char where[PROFILE_PATH_SIZE];
	enum err_code r;

	(void)snprintf(where, sizeof where, "%s.page", path);
	r = profile_known(page, where, keys, e);
	if (r == OK)
		r = profile_text(&var, page, where, "var", e);
	if (r == OK)
		r = check_page_numbers(page, where, total != NULL, e);
	if (r != OK)
		return r;
	pointer = json_string_value(next ? next : total);
	if (!next == !total || !pointer || !pointer_is_valid(pointer))
		return err_set(
			e, ERR_INVALID, "%s: needs either next or total, a JSON pointer", where);
	return OK;
}

static enum err_code check_capture(
	const json_t *capture, const char *path, size_t *outputs, struct err *e)
{
	char where[PROFILE_PATH_SIZE];
	enum err_code r = OK;
	const char *name;
	json_t *x;

	if (json_object_size(capture) > 8)
		return err_set(e, ERR_INVALID, "%s.capture: at most 8", path);
	json_object_foreach((json_t *)capture, name, x)
	{
		(void)snprintf(where, sizeof where, "%s.capture.%s", path, name);
		if (r == OK)
			r = expression_check(x, where, outputs, e);
	}
	return r;
}

static enum err_code check_target(const json_t *request, const char *path, struct err *e)
{
	const char *method, *target;
	enum err_code r = profile_text(&method, request, path, "method", e);

	if (r == OK)
		r = profile_text(&target, request, path, "path", e);
	if (r != OK)
		return r;
	if (strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0 && strcmp(method, "PUT") != 0)
		return err_set(e, ERR_INVALID, "%s.method: must be GET, POST or PUT", path);
	if (target[0] != '/' || target[1] == '/' || !template_is_valid(target) ||
		strpbrk(target, "#\\ \r\n"))
		return err_set(e, ERR_INVALID,
			"%s.path: must begin with one / and have no fragment or space", path);
	return OK;
}

static enum err_code check_request(
	const json_t *request, const char *path, size_t *outputs, struct err *e)
{
	static const char *const keys[] = { "id", "method", "path", "body", "headers", "capture",
		"page", NULL };
	const json_t *page = json_object_get(request, "page");
	const char *id;
	enum err_code r;

	if (!json_is_object(request))
		return err_set(e, ERR_INVALID, "%s: must be an object", path);
	r = profile_known(request, path, keys, e);
	if (r == OK)
		r = profile_text(&id, request, path, "id", e);
	if (r == OK)
		r = check_target(request, path, e);
	if (r == OK)
		r = check_texts(json_object_get(request, "body"), path, e);
	if (r == OK && json_object_size(json_object_get(request, "headers")) > 8)
		r = err_set(e, ERR_INVALID, "%s.headers: at most 8", path);
	if (r == OK)
		r = check_texts(json_object_get(request, "headers"), path, e);
	if (r == OK && page)
		r = check_page(page, path, e);
	if (r == OK)
		r = check_capture(json_object_get(request, "capture"), path, outputs, e);
	return r;
}

static enum err_code check_requests(
	const json_t *op, const char *path, size_t *outputs, struct err *e)
{
	const json_t *requests = json_object_get(op, "requests");
	size_t n = json_array_size(requests);
	char where[PROFILE_PATH_SIZE];
	enum err_code r = OK;

	if (!n || n > PROFILE_REQUESTS_MAX)
		return err_set(e, ERR_INVALID, "%s.requests: must be a list of 1 to %d", path,
			PROFILE_REQUESTS_MAX);
	for (size_t i = 0; r == OK && i < n; i++) {
		const json_t *request = json_array_get(requests, i);

		(void)snprintf(where, sizeof where, "%s.requests[%zu]", path, i);
		r = check_request(request, where, outputs, e);
		if (r == OK && json_object_get(request, "page") && n > 1)
			r = err_set(e, ERR_INVALID, "%s.page: only with a single request", where);
	}
	return r;
}

static enum err_code check_out(const json_t *op, const char *path, size_t *outputs, struct err *e)
{
	char where[PROFILE_PATH_SIZE];
	const char *name;
	const json_t *all;
	json_t *x;
	enum err_code r = profile_object(&all, op, path, "out", e);

	json_object_foreach((json_t *)(r == OK ? all : NULL), name, x)
	{
		(void)snprintf(where, sizeof where, "%s.out.%s", path, name);
		if (r == OK)
			r = expression_check(x, where, outputs, e);
	}
	return r;
}

/* More than one request with an effect could not be made "exactly once". */
static enum err_code check_trigger(const json_t *op, const char *path, struct err *e)
{
	const json_t *requests = json_object_get(op, "requests");

	if (json_array_size(requests) != 1)
		return err_set(
			e, ERR_INVALID, "%s.requests: a trigger is exactly one request", path);
	if (json_object_get(json_array_get(requests, 0), "page"))
		return err_set(e, ERR_INVALID, "%s.page: a trigger has no pages", path);
	return OK;
}

static enum err_code check_op(const json_t *op, enum cloud_op kind, struct err *e)
{
	static const char *const keys[] = { "requests", "out", "keep", "idempotency", NULL };
	char path[PROFILE_PATH_SIZE];
	size_t outputs = 0;
	enum err_code r;

	(void)snprintf(path, sizeof path, "ops.%s", cloud_op_name(kind));
	if (!json_is_object(op))
		return err_set(e, ERR_INVALID, "%s: must be an object", path);
	r = profile_known(op, path, keys, e);
	if (r == OK)
		r = check_requests(op, path, &outputs, e);
	if (r == OK && kind == OP_TRIGGER)
		r = check_trigger(op, path, e);
	if (r == OK)
		r = check_out(op, path, &outputs, e);
	if (r == OK && outputs > PROFILE_OUTPUTS_MAX)
		r = err_set(
			e, ERR_TOO_LARGE, "%s: more than %d outputs", path, PROFILE_OUTPUTS_MAX);
	return r;
}

/* What it claims to do, it must say how. */
static enum err_code check_claims(const struct profile *p, struct err *e)
{
	if (!p->ops[OP_LIST] || !p->ops[OP_STATUS])
		return err_set(e, ERR_INVALID, "ops: needs list and status");
	if (p->can_check && !p->ops[OP_CHECK])
		return err_set(e, ERR_INVALID, "capabilities.can_check: there is no ops.check");
	if (p->can_trigger && !p->ops[OP_TRIGGER])
		return err_set(e, ERR_INVALID, "capabilities.can_trigger: there is no ops.trigger");
	if (p->can_progress && !p->ops[OP_PROGRESS])
		return err_set(
			e, ERR_INVALID, "capabilities.can_progress: there is no ops.progress");
	return OK;
}

enum err_code profile_read_ops(struct profile *p, struct err *e)
{
	const char *names[OP_KINDS + 1] = { NULL };
	const json_t *ops;
	enum err_code r = profile_object(&ops, p->root, "", "ops", e);

	for (size_t i = 0; i < OP_KINDS; i++)
		names[i] = cloud_op_name((enum cloud_op)i);
	if (r == OK)
		r = profile_known(ops, "ops", names, e);
	for (size_t i = 0; r == OK && i < OP_KINDS; i++) {
		p->ops[i] = json_object_get(ops, names[i]);
		if (p->ops[i])
			r = check_op(p->ops[i], (enum cloud_op)i, e);
	}
	return r == OK ? check_claims(p, e) : r;
}
