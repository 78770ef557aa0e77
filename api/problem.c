#include "api/problem.h"

#include "api/reply.h"
#include "ota/failure.h"
#include "server/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Reasons whose status is finer than their code's, and reasons of the api itself. status 0: that of
 * the code; advice NULL: the catalogue's. */
static const struct reason {
	const char *name;
	unsigned status;
	const char *advice;
} reasons[] = {
	{ "lock_busy", 409, NULL },
	{ "too_late", 409, NULL },
	{ "already_over", 409, NULL },
	{ "managed_by_config", 409, NULL },
	{ "idempotency_mismatch", 422, NULL },
	{ "unknown_finding", 422, NULL },
	{ "not_forcible", 422, NULL },
	{ "no_image", 422, NULL },
	{ "image_in_use", 409,
		"Wait for the job that needs this image, or cancel it, then delete the image." },
	{ "token_exists", 409, "Choose another name, or delete the old token first." },
	{ "too_many_integrations", 409, "Delete one that is no longer used, then try again." },
	{ "too_many_tokens", 409, "Delete a token that is no longer used, then try again." },
	{ "unknown_component", 422, NULL },
	{ "no_update", 422, NULL },
	{ "version_not_selectable", 422, NULL },
	{ "not_an_image", 422, NULL },
	{ "token_in_query", 400,
		"Send the token in the Authorization header, or as the first WebSocket message; "
		"addresses end up in logs. Replace this token, it is no longer secret." },
	{ "host_not_allowed", 403,
		"Use the address the service listens on, or add this name to allowed_hosts in "
		"the configuration." },
	{ "origin_not_allowed", 403,
		"Open the page under the service's own address; other web sites may not use it." },
	{ "scope_too_small", 403,
		"Use a token with the scope named above: lockwright token create NAME --scope "
		"SCOPE." },
	{ "too_many_attempts", 429,
		"Wait a minute, then try with a valid token: lockwright token create NAME." },
	{ "starting", 503, "The service is starting or stopping; ask again in a few seconds." },
};

static const char make_a_token[] =
	"Make a token on the machine the service runs on: lockwright token create NAME. Send it as "
	"Authorization: Bearer TOKEN.";

/* The advice of last resort, where the catalogue has no entry. */
static const char *const by_code[ERR_CODES] = {
	[OK] = "",
	[ERR_INVALID] = "Correct the request; the detail names the place.",
	[ERR_UNAUTHORIZED] = make_a_token,
	[ERR_FORBIDDEN] = "Use a token with a wider scope.",
	[ERR_NOT_FOUND] = "Check the address; the list of this resource shows what there is.",
	[ERR_CONFLICT] = "Look at the present state and decide again.",
	[ERR_TOO_LARGE] = "Send less: the limit is named in the API description.",
	[ERR_MEDIA_TYPE] = "Send application/json, or application/octet-stream for firmware.",
	[ERR_UNSUPPORTED] = "This lock, adapter or image cannot do that; choose another.",
	[ERR_INTEGRITY] = "Fetch the file again from its source.",
	[ERR_BUSY] = "Try again in a few seconds.",
	[ERR_TIMEOUT] = "Check that the other side is reachable, then try again.",
	[ERR_IO] = "Check the cable, the port and the disk, then try again.",
	[ERR_PROTOCOL] = "Check the firmware of the stick and its settings.",
	[ERR_REFUSED] = "The other side said no; its answer is in the detail.",
	[ERR_NO_SPACE] = "Free some disk space, then try again.",
	[ERR_INTERNAL] = "This is a fault of Lockwright: please report it with its log.",
};

static const struct reason *reason_of(const struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (strcmp(reasons[i].name, e->reason) == 0)
			return &reasons[i];
	return NULL;
}

unsigned problem_status(const struct err *e)
{
	const struct reason *reason = reason_of(e);

	/* The server itself has no code for a known path with another method. */
	if (strcmp(e->reason, "method_not_allowed") == 0)
		return 405;
	return reason && reason->status ? reason->status : err_http(e->code);
}

const char *problem_advice(const struct err *e)
{
	const struct failure *failure = failure_find(e->reason);
	const struct reason *reason = reason_of(e);

	if (failure && failure->advice && *failure->advice)
		return failure->advice;
	return reason && reason->advice ? reason->advice : by_code[e->code];
}

static const char *title_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *title;
	} titles[] = {
		{ 400, "Bad request" },
		{ 401, "No valid token" },
		{ 403, "Not allowed" },
		{ 404, "Not found" },
		{ 405, "Method not allowed" },
		{ 409, "Conflict with the present state" },
		{ 413, "Too large" },
		{ 415, "Wrong content type" },
		{ 422, "Cannot be done" },
		{ 429, "Too many attempts" },
		{ 500, "Fault of the service" },
		{ 502, "The other side failed" },
		{ 503, "Not now" },
		{ 504, "No answer in time" },
		{ 507, "Disk full" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

static bool is_retryable(const struct err *e)
{
	const struct failure *failure = failure_find(e->reason);

	if (failure)
		return failure->retryable;
	return e->code == ERR_BUSY || e->code == ERR_TIMEOUT || e->code == ERR_IO ||
	       e->code == ERR_NO_SPACE || problem_status(e) == 429;
}

static json_t *details_json(const struct problem_details *details)
{
	json_t *list = json_array();

	for (size_t i = 0; details && i < details->n; i++)
		json_array_append_new(
			list, json_pack("{s:o,s:o}", "path", reply_text(details->at[i].path),
				      "detail", reply_text(details->at[i].detail)));
	return list;
}

void problem_send(struct http_reply *reply, const char *instance, const struct err *e,
	const struct problem_details *details)
{
	static const char *const ask[] = { "WWW-Authenticate: Bearer realm=\"lockwright\"", NULL };
	static const char *const later[] = { "Retry-After: 60", NULL };
	static const char *const soon[] = { "Retry-After: 5", NULL };
	const char *const *headers = NULL;
	unsigned status = problem_status(e);
	char type[96];

	(void)snprintf(type, sizeof type, "urn:lockwright:problem:%s", e->reason);
	if (status >= 500 && status != 503)
		log_warn("request %s: %s: %s", instance ? instance : "-", e->reason, e->text);
	if (status == 401)
		headers = ask;
	else if (status == 429)
		headers = later;
	else if (status == 503)
		headers = soon;
	reply_typed(reply, status, "application/problem+json", headers,
		json_pack("{s:o,s:s,s:i,s:o,s:o,s:s,s:b,s:o,s:o}", "type", reply_text(type),
			"title", title_of(status), "status", (int)status, "code",
			reply_text(e->reason), "detail", reply_text(e->text), "advice",
			problem_advice(e), "retryable", is_retryable(e), "instance",
			reply_text(instance), "errors", details_json(details)));
}

void problem_add(struct problem_details *details, const char *path, const char *fmt, ...)
{
	va_list ap;

	if (details->n == PROBLEM_DETAILS_MAX)
		return;
	(void)snprintf(details->at[details->n].path, sizeof details->at->path, "%s", path);
	va_start(ap, fmt);
	(void)vsnprintf(details->at[details->n].detail, sizeof details->at->detail, fmt, ap);
	va_end(ap);
	details->n++;
}
