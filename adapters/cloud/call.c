#include "adapters/cloud/call.h"

#include "adapters/cloud/call_result.h"
#include "adapters/cloud/expression.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPTURES_MAX = 8, CURSOR_SIZE = 256 };

struct cloud_call {
	const struct profile *profile;
	const char *origin;
	enum cloud_op op;
	const json_t *requests;
	size_t at; /* the request that is due or under way */
	struct cloud_request request;
	struct vars vars;
	char device[ADDRESS_SIZE], module[COMPONENT_ID_SIZE], target[VENDOR_VERSION_SIZE];
	char job[24], vendor_job[VENDOR_JOB_SIZE], uuid[UUID_SIZE];
	char captured[CAPTURES_MAX][VAR_MAX];
	size_t n_captured;
	char cursor[CURSOR_SIZE];
	unsigned page;
	json_t *bodies[PROFILE_REQUESTS_MAX];
	struct call_result result;
	struct verdict verdict;
};

static void keep_arg(
	struct cloud_call *c, const char *name, char *slot, size_t max, const char *value)
{
	if (value && text_copy(slot, max, value))
		vars_set(&c->vars, name, slot);
}

static void keep_args(struct cloud_call *c, const struct call_args *args)
{
	keep_arg(c, "device_id", c->device, sizeof c->device, args->device_id);
	keep_arg(c, "module", c->module, sizeof c->module, args->module);
	keep_arg(c, "target", c->target, sizeof c->target, args->target);
	keep_arg(c, "job_id", c->job, sizeof c->job, args->job_id);
	keep_arg(c, "vendor_job", c->vendor_job, sizeof c->vendor_job, args->vendor_job);
	keep_arg(c, "uuid", c->uuid, sizeof c->uuid, args->uuid);
}

enum err_code cloud_call_new(struct cloud_call **out, const struct profile *profile,
	enum cloud_op op, const struct call_args *args, struct err *e)
{
	struct cloud_call *c;

	if (!profile->ops[op])
		return err_set(e, ERR_UNSUPPORTED, "this cloud has no %s", cloud_op_name(op));
	c = xcalloc(1, sizeof *c);
	c->profile = profile;
	c->origin = args->origin;
	c->op = op;
	c->requests = json_object_get(profile->ops[op], "requests");
	call_result_init(&c->result);
	keep_args(c, args);
	*out = c;
	return OK;
}

void cloud_call_free(struct cloud_call *call)
{
	if (!call)
		return;
	request_done(&call->request);
	for (size_t i = 0; i < PROFILE_REQUESTS_MAX; i++)
		json_decref(call->bodies[i]);
	call_result_done(&call->result);
	free(call);
}

static const json_t *spec_of(const struct cloud_call *c)
{
	return json_array_get(c->requests, c->at);
}

static enum err_code add_query(struct cloud_call *c, const char *query, struct err *e)
{
	enum err_code r = OK;

	while (r == OK && *query) {
		size_t n = strcspn(query, "&"), name = strcspn(query, "=&");
		struct text_buffer value = text_buffer(VAR_MAX);
		char key[64], raw[VAR_MAX];

		(void)snprintf(key, sizeof key, "%.*s", (int)name, query);
		(void)snprintf(raw, sizeof raw, "%.*s", n > name ? (int)(n - name - 1) : 0,
			query + name + 1);
		r = template_expand(&value, raw, &c->vars, TEMPLATE_HEADER, e);
		if (r == OK && !request_query(&c->request, key, value.data ? value.data : ""))
			r = err_set(e, ERR_TOO_LARGE, "too many fields in the query");
		text_buffer_done(&value);
		query += n + (query[n] == '&');
	}
	return r;
}

static enum err_code make_target(struct cloud_call *c, const char *label, struct err *e)
{
	size_t n = strcspn(label, "?");
	struct text_buffer path = text_buffer(REQUEST_TEXT_MAX);
	char *pattern = strndup(label, n);
	enum err_code r;

	if (!pattern)
		abort();
	r = template_expand(&path, pattern, &c->vars, TEMPLATE_PATH, e);
	free(pattern);
	if (r == OK)
		c->request.path = text_take(&path);
	text_buffer_done(&path);
	return r == OK && label[n] ? add_query(c, label + n + 1, e) : r;
}

static enum err_code make_form(struct cloud_call *c, const json_t *body, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)body, key, value)
	{
		char text[VAR_MAX];

		if (!scalar_text(text, sizeof text, value) || !request_form(&c->request, key, text))
			return err_set(e, ERR_INVALID, "the field %.40s does not fit a form", key);
	}
	return OK;
}

static enum err_code make_body(struct cloud_call *c, const json_t *spec, struct err *e)
{
	const json_t *body = json_object_get(spec, "body");
	json_t *filled = NULL;
	enum err_code r;

	if (!body || json_is_null(body))
		return OK;
	r = template_json(&filled, body, &c->vars, e);
	if (r != OK)
		return r;
	if (c->profile->scheme == SIGN_TTLOCK)
		r = make_form(c, filled, e);
	else
		c->request.body = json_dumps(filled, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(filled);
	if (r == OK && !c->request.is_form && !c->request.body)
		return err_set(e, ERR_INTERNAL, "no memory for the request");
	return r;
}

static enum err_code make_headers(struct cloud_call *c, const json_t *spec, struct err *e)
{
	enum err_code r = OK;
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(spec, "headers"), name, value)
	{
		struct text_buffer b = text_buffer(VAR_MAX);

		if (r == OK)
			r = template_expand(&b,
				json_is_string(value) ? json_string_value(value) : "", &c->vars,
				TEMPLATE_HEADER, e);
		if (r == OK && !request_header(&c->request, name, b.data ? b.data : ""))
			r = err_set(e, ERR_INVALID, "the header %.40s does not fit", name);
		text_buffer_done(&b);
	}
	return r;
}

static void set_page(struct cloud_call *c, const json_t *page)
{
	const json_t *start = json_object_get(page, "start");

	if (!page)
		return;
	if (!c->page && !scalar_text(c->cursor, sizeof c->cursor, start))
		c->cursor[0] = '\0';
	vars_set(&c->vars, json_string_value(json_object_get(page, "var")), c->cursor);
}

/* Our own data does not fit the profile: nothing was sent. */
static enum call_step refuse(struct cloud_call *c, enum vendor_class class)
{
	c->verdict = (struct verdict){ .class = class, .retry_after_s = -1 };
	return CALL_FAIL;
}

static enum call_step prepare(struct cloud_call *c)
{
	const json_t *spec = spec_of(c);
	const char *path = json_string_value(json_object_get(spec, "path"));
	enum err_code r;

	request_done(&c->request);
	set_page(c, json_object_get(spec, "page"));
	(void)text_copy(c->request.method, sizeof c->request.method,
		json_string_value(json_object_get(spec, "method")));
	c->request.origin = c->origin;
	c->request.label = path;
	c->request.trigger = c->op == OP_TRIGGER;
	r = make_target(c, path, NULL);
	if (r == OK)
		r = make_body(c, spec, NULL);
	if (r == OK)
		r = make_headers(c, spec, NULL);
	return r == OK ? CALL_SEND : refuse(c, VENDOR_BAD_REQUEST);
}

static void fill_scope(struct scope *scope, const struct cloud_call *c)
{
	*scope = (struct scope){ .vars = &c->vars };
	for (size_t i = 0; i <= c->at && i < SCOPE_ANSWERS; i++) {
		const json_t *spec = json_array_get(c->requests, i);

		scope->answers[scope->n].id = json_string_value(json_object_get(spec, "id"));
		scope->answers[scope->n++].body = c->bodies[i];
	}
}

static void capture(struct cloud_call *c)
{
	struct scope scope;
	const char *name;
	json_t *x;

	fill_scope(&scope, c);
	json_object_foreach(json_object_get(spec_of(c), "capture"), name, x)
	{
		json_t *value = expression_value(x, &scope);

		if (c->n_captured < CAPTURES_MAX &&
			scalar_text(c->captured[c->n_captured], VAR_MAX, value))
			vars_set(&c->vars, name, c->captured[c->n_captured++]);
		json_decref(value);
	}
}

static size_t collect(struct cloud_call *c)
{
	json_t *outputs = json_object(), *x;
	struct scope scope;
	const char *name, *rejected;
	size_t n;

	fill_scope(&scope, c);
	scope.outputs = outputs;
	json_object_foreach(json_object_get(c->profile->ops[c->op], "out"), name, x)
	{
		json_t *value = expression_value(x, &scope);

		if (value)
			(void)json_object_set_new(outputs, name, value); /* fails only for NULL */
	}
	n = call_result_add(&c->result, outputs, json_object_get(c->profile->ops[c->op], "keep"));
	rejected = json_string_value(json_object_get(outputs, "rejected_code"));
	if (rejected && !c->result.accepted)
		(void)text_copy(c->verdict.code, sizeof c->verdict.code, rejected);
	json_decref(outputs);
	return n;
}

static bool next_cursor(struct cloud_call *c, const json_t *page, const json_t *body)
{
	const char *more = json_string_value(json_object_get(page, "more"));
	char next[CURSOR_SIZE] = "";

	if (more && !json_is_true(pointer_get(body, more)))
		return false;
	if (!scalar_text(next, sizeof next,
		    pointer_get(body, json_string_value(json_object_get(page, "next")))) ||
		!*next || !strcmp(next, c->cursor))
		return false;
	return text_copy(c->cursor, sizeof c->cursor, next);
}

static bool next_number(struct cloud_call *c, const json_t *page, const json_t *body, size_t found)
{
	json_int_t total = 0, size = json_integer_value(json_object_get(page, "size"));
	json_int_t start = 0;

	(void)scalar_int(
		&total, pointer_get(body, json_string_value(json_object_get(page, "total"))));
	(void)scalar_int(&start, json_object_get(page, "start"));
	if (!found || (json_int_t)c->page * size >= total)
		return false;
	(void)snprintf(c->cursor, sizeof c->cursor, "%lld", (long long)start + c->page);
	return true;
}

/* Is there another page? */
static bool turn_page(struct cloud_call *c, size_t found)
{
	const json_t *page = json_object_get(spec_of(c), "page"), *body = c->bodies[c->at];
	bool more;

	if (!page)
		return false;
	c->page++;
	more = json_object_get(page, "next") ? next_cursor(c, page, body)
					     : next_number(c, page, body, found);
	if (more && c->page >= (unsigned)json_integer_value(json_object_get(page, "max"))) {
		c->result.cut = true;
		return false;
	}
	return more;
}

/* A good answer that says no all the same. */
static enum call_step conclude(struct cloud_call *c)
{
	if (c->op != OP_TRIGGER || c->result.accepted)
		return CALL_DONE;
	c->verdict.class =
		c->verdict.code[0] ? envelope_class(c->profile, c->verdict.code) : VENDOR_STRANGE;
	return CALL_FAIL;
}

static enum call_step go_on(struct cloud_call *c)
{
	capture(c);
	if (c->at + 1 < json_array_size(c->requests)) {
		c->at++;
		return prepare(c);
	}
	return turn_page(c, collect(c)) ? prepare(c) : conclude(c);
}

enum call_step cloud_call_step(struct cloud_call *call, const struct cloud_answer *answer)
{
	json_t *body;

	if (!answer)
		return prepare(call);
	envelope_judge(&call->verdict, &body, call->profile, answer);
	if (call->verdict.class != VENDOR_OK)
		return CALL_FAIL;
	call->verdict.code[0] = '\0'; /* of a success: it names no refusal */
	json_decref(call->bodies[call->at]);
	call->bodies[call->at] = body;
	return go_on(call);
}

struct cloud_request *cloud_call_request(struct cloud_call *call)
{
	return &call->request;
}

const struct call_result *cloud_call_result(const struct cloud_call *call)
{
	return &call->result;
}

const struct verdict *cloud_call_verdict(const struct cloud_call *call)
{
	return &call->verdict;
}

enum cloud_op cloud_call_op(const struct cloud_call *call)
{
	return call->op;
}

size_t cloud_call_cost(const struct profile *profile, enum cloud_op op)
{
	return json_array_size(json_object_get(profile->ops[op], "requests"));
}
