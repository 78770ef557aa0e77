#include "adapters/cloud/envelope.h"

#include "adapters/cloud/vendor_text.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_DEPTH = 24, ANSWER_VALUES = 40000 };

static bool lists(const json_t *codes, const char *code)
{
	char one[sizeof((struct verdict *)0)->code];

	for (size_t i = 0; i < json_array_size(codes); i++)
		if (scalar_text(one, sizeof one, json_array_get(codes, i)) && !strcmp(one, code))
			return true;
	return false;
}

/* The first rule that fits, or false. */
static bool look_up(
	enum vendor_class *out, const struct profile *p, unsigned status, const char *code)
{
	char http[12];

	(void)snprintf(http, sizeof http, "%u", status);
	for (size_t i = 0; i < json_array_size(p->errors); i++) {
		const json_t *rule = json_array_get(p->errors, i);
		const json_t *http_in = json_object_get(rule, "http_in");
		const json_t *code_in = json_object_get(rule, "code_in");

		if ((http_in && !lists(http_in, http)) || (code_in && !lists(code_in, code)))
			continue;
		return vendor_class_read(out, json_string_value(json_object_get(rule, "class")));
	}
	return false;
}

enum vendor_class envelope_class(const struct profile *profile, const char *code)
{
	enum vendor_class class = VENDOR_STRANGE;

	(void)look_up(&class, profile, 200, code);
	return class;
}

static bool same_value(const json_t *found, const json_t *want)
{
	char a[64], b[64];

	return scalar_text(a, sizeof a, found) && scalar_text(b, sizeof b, want) && !strcmp(a, b);
}

static bool is_success(const struct profile *p, const json_t *body)
{
	const json_t *ok = json_object_get(p->envelope, "ok"), *found;
	const char *absent = json_string_value(json_object_get(ok, "absent"));

	if (json_object_get(ok, "http_2xx"))
		return true;
	if (absent)
		return json_is_object(body) && !pointer_get(body, absent);
	found = pointer_get(body, json_string_value(json_object_get(ok, "at")));
	if (!found && json_is_true(json_object_get(ok, "or_absent")))
		return body && !json_is_null(body);
	return same_value(found, json_object_get(ok, "eq"));
}

static const json_t *part(const struct profile *p, const json_t *body, const char *name)
{
	const char *pointer = json_string_value(json_object_get(p->envelope, name));

	return pointer ? pointer_get(body, pointer) : NULL;
}

static void read_parts(struct verdict *v, const struct profile *p, const json_t *body)
{
	char code[sizeof v->code];
	json_int_t t;

	if (scalar_text(code, sizeof code, part(p, body, "code")))
		(void)vendor_id(v->code, sizeof v->code, code);
	if (scalar_int(&t, part(p, body, "server_time_ms")) && t > 0)
		v->server_time_ms = t;
}

static enum vendor_class by_status(unsigned status)
{
	switch (status) {
	case 400:
	case 422:
		return VENDOR_BAD_REQUEST;
	case 401:
		return VENDOR_AUTH_EXPIRED;
	case 403:
		return VENDOR_FORBIDDEN;
	case 404:
		return VENDOR_NOT_FOUND;
	case 429:
		return VENDOR_RATE_LIMITED;
	default:
		return status >= 400 && status < 500 ? VENDOR_STRANGE : VENDOR_ERROR;
	}
}

static enum vendor_class of_transport(const struct err *e)
{
	if (!strcmp(e->reason, "tls_failed"))
		return VENDOR_TLS;
	if (e->code == ERR_TOO_LARGE || !strcmp(e->reason, "host_resting") ||
		!strcmp(e->reason, "redirect_refused"))
		return VENDOR_ERROR;
	return VENDOR_NO_NET;
}

/* Class of an answer that has a status and perhaps JSON. */
static void judge_content(struct verdict *v, const struct profile *p, const json_t *body)
{
	bool good = v->status >= 200 && v->status < 300;

	read_parts(v, p, body);
	if (good && body && is_success(p, body))
		return;
	v->coded = look_up(&v->class, p, v->status, v->code);
	if (!v->coded)
		v->class = !good ? by_status(v->status) : body ? VENDOR_STRANGE : VENDOR_ERROR;
}

void envelope_judge(struct verdict *out, json_t **body, const struct profile *profile,
	const struct cloud_answer *answer)
{
	const struct json_bounds bounds = { profile->limits.max_body, ANSWER_DEPTH, ANSWER_VALUES };
	json_t *read = NULL;

	*body = NULL;
	*out = (struct verdict){ .status = answer->status,
		.retry_after_s = answer->retry_after_s,
		.server_time_ms = answer->date_ms };
	if (answer->err.code != OK) {
		out->class = of_transport(&answer->err);
		return;
	}
	if (answer->status >= 500) { /* often a page of a proxy: nothing in it is the vendor's */
		out->class = VENDOR_ERROR;
		return;
	}
	if (answer->body.size)
		read = cloud_json_parse(answer->body, &bounds, false, NULL);
	else if (answer->status < 300)
		read = json_null();
	judge_content(out, profile, read);
	if (out->class == VENDOR_OK)
		*body = read;
	else
		json_decref(read);
}

bool verdict_is_refusal(const struct verdict *verdict, const struct cloud_answer *answer)
{
	if (answer->sent == HTTP_NOT_SENT)
		return true;
	if (answer->sent != HTTP_ANSWERED || verdict->class == VENDOR_OK)
		return false;
	return verdict->class != VENDOR_ERROR && verdict->class != VENDOR_STRANGE;
}

struct words {
	enum err_code code;
	const char *reason, *text;
};

static const struct words words[] = {
	[VENDOR_OK] = { ERR_INTERNAL, "cloud_strange", "the cloud answered" },
	[VENDOR_AUTH_EXPIRED] = { ERR_UNAUTHORIZED, "cloud_login",
		"the cloud does not accept the login any more; log in again" },
	[VENDOR_AUTH_CONFIG] = { ERR_UNAUTHORIZED, "cloud_credentials",
		"the cloud does not accept the credentials; check them" },
	[VENDOR_CLOCK_SKEW] = { ERR_REFUSED, "cloud_clock",
		"the cloud's clock and this system's do not agree; check the time" },
	[VENDOR_FORBIDDEN] = { ERR_REFUSED, "cloud_forbidden",
		"the account may not do this; check its permissions and subscriptions" },
	[VENDOR_NOT_FOUND] = { ERR_NOT_FOUND, "cloud_lock_gone",
		"the cloud does not know this lock in this account" },
	[VENDOR_UNSUPPORTED] = { ERR_UNSUPPORTED, "cloud_unsupported",
		"the cloud cannot do this with this lock" },
	[VENDOR_BAD_REQUEST] = { ERR_REFUSED, "cloud_request",
		"the cloud did not understand the request" },
	[VENDOR_DEVICE_OFFLINE] = { ERR_BUSY, "lock_offline", "the cloud does not reach the lock" },
	[VENDOR_GATEWAY_UNREACHABLE] = { ERR_BUSY, "gateway_offline",
		"the cloud does not reach the lock's gateway" },
	[VENDOR_LOCK_ASLEEP] = { ERR_BUSY, "lock_asleep", "the lock sleeps; touch its keypad" },
	[VENDOR_LOW_BATTERY] = { ERR_REFUSED, "battery_low",
		"the cloud says that the battery is too low" },
	[VENDOR_IN_PROGRESS] = { ERR_CONFLICT, "update_runs",
		"an update of this lock is running already" },
	[VENDOR_RATE_LIMITED] = { ERR_BUSY, "cloud_rate_limited",
		"the cloud wants to be asked less often" },
	[VENDOR_QUOTA_EXHAUSTED] = { ERR_REFUSED, "cloud_quota",
		"the plan at the vendor's cloud is used up or has ended; renew it there" },
	[VENDOR_ERROR] = { ERR_BUSY, "cloud_error", "the cloud has a fault of its own" },
	[VENDOR_NO_NET] = { ERR_IO, "cloud_unreachable", "the cloud cannot be reached" },
	[VENDOR_TLS] = { ERR_IO, "cloud_tls", "the cloud could not prove who it is" },
	[VENDOR_STRANGE] = { ERR_PROTOCOL, "cloud_strange",
		"the cloud gave an answer that is not known here" },
};

static const char *why_no_tls(const char *text)
{
	if (strstr(text, "expired") || strstr(text, "not yet valid"))
		return " (certificate expired or not yet valid: is the clock right?)";
	if (strstr(text, "does not match") || strstr(text, "no alternative"))
		return " (its certificate has another name)";
	if (strstr(text, "protocol"))
		return " (it speaks no TLS that is safe)";
	return " (nobody known has signed its certificate)";
}

void verdict_say(struct err *out, const struct verdict *verdict, const struct cloud_answer *answer)
{
	const struct words *w = &words[verdict->class];
	const char *more = "";

	if (verdict->class == VENDOR_TLS)
		more = why_no_tls(answer->err.text);
	else if (answer->err.code == ERR_TIMEOUT)
		more = " (no answer in time)";
	else if (answer->err.code == ERR_TOO_LARGE)
		more = " (its answer is too large)";
	if (verdict->code[0])
		(void)err_because(
			out, w->code, w->reason, "%s (its code: %s)", w->text, verdict->code);
	else if (verdict->status >= 300 && verdict->status != 401)
		(void)err_because(
			out, w->code, w->reason, "%s (HTTP %u)", w->text, verdict->status);
	else
		(void)err_because(out, w->code, w->reason, "%s%s", w->text, more);
}
