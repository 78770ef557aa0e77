#include "adapters/cloud/cloud_private.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdio.h>
#include <string.h>

enum {
	HELLO_BASE_MS = 10000,
	HELLO_CAP_MS = 600000,
	RETRY_MIN_MS = 500,
	LOGIN_LOOK_MS = 30000,
	TROUBLE_MS = 3600 * 1000
};

void cloud_answer_from(struct cloud_answer *out, const struct http_result *result)
{
	*out = (struct cloud_answer){ .sent = result->sent,
		.err = result->err,
		.status = result->status,
		.body = result->body,
		.retry_after_s = result->retry_after_s,
		.date_ms = result->date };
}

enum vendor_class cloud_trouble(const struct cloud *c)
{
	return c->account.broken;
}

static void remember_vendor_job(const struct task *t, const struct call_result *r)
{
	char key[16 + ADDRESS_SIZE + COMPONENT_ID_SIZE];

	(void)snprintf(key, sizeof key, "job %s %s", t->address, t->component);
	if (r->vendor_job[0])
		t->cloud->store->put(t->cloud->store, key, r->vendor_job);
}

static void take_progress(struct task *t, const struct call_result *r)
{
	t->state = r->state;
	t->percent = r->percent;
	(void)text_copy(t->code, sizeof t->code, r->code);
}

/* A cloud without progress, or whose progress cannot be asked for, tells the state with the
 * versions. */
static void take_state(struct task *t, const struct call_result *r)
{
	for (size_t i = 0; i < r->n_components; i++)
		if (!strcmp(r->components[i].id, t->component))
			t->state = r->components[i].state;
}

static void take_result(struct task *t)
{
	const struct call_result *r = cloud_call_result(t->call);
	struct cloud *c = t->cloud;

	switch (cloud_call_op(t->call)) {
	case OP_LIST:
		report_list(c, r);
		break;
	case OP_STATUS:
		report_status(c, t->address, r);
		break;
	case OP_CHECK:
		take_state(t, r);
		report_components(c, t->address, r);
		break;
	case OP_PROGRESS:
		take_progress(t, r);
		break;
	case OP_TRIGGER:
		remember_vendor_job(t, r);
		break;
	case OP_KINDS:
		break;
	}
}

static void tell(struct task *t, const struct vendor_report *report)
{
	struct cloud *c = t->cloud;

	log_info("adapter=%s lock=%s component=%s step=%d class=%d code=%s \"%s\"", c->base.id,
		t->address, t->component, (int)report->step, (int)report->class, report->code,
		report->error.text);
	report_vendor(c, report);
}

static void finish_hello(struct cloud *c)
{
	c->hello_failures = 0;
	c->list_due = loop_now(c->loop) + ACCOUNT_CHECK_MS;
	if (c->base.state != ADAPTER_UP)
		cloud_set_state(c, ADAPTER_UP, NULL);
}

/* All was answered. */
static void finish(struct task *t)
{
	struct cloud *c = t->cloud;
	struct vendor_report report = { .address = t->address,
		.component = t->component,
		.step = t->kind == TASK_TRIGGER ? VENDOR_ACCEPTED : VENDOR_LOOKED,
		.what = t->what,
		.state = t->state,
		.percent = t->percent,
		.retry_after_s = -1 };

	task_unlink(t);
	(void)text_copy(report.code, sizeof report.code, t->code);
	if (c->base.state != ADAPTER_UP && t->kind != TASK_HELLO)
		cloud_set_state(c, ADAPTER_UP, NULL);
	if (t->kind == TASK_LOOK || t->kind == TASK_TRIGGER)
		report_vendor(c, &report);
	else if (t->kind == TASK_HELLO)
		finish_hello(c);
	else if (t->kind == TASK_SCAN && c->base.to)
		c->base.to->scanned(c->base.owner, &c->base, NULL);
	else if (t->kind == TASK_POLL)
		poll_done(c, t->address, true);
	task_free(t);
}

/* Without a login, or with a plan that has ended, nothing works until somebody does something. */
static void doubt_account(struct cloud *c, const struct err *why)
{
	if (cloud_trouble(c) != VENDOR_OK && c->base.state == ADAPTER_UP)
		cloud_set_state(c, ADAPTER_STARTING, why);
}

static void fail_hello(struct cloud *c, const struct err *why)
{
	msec wait = HELLO_BASE_MS +
		    account_backoff(c->hello_failures++, HELLO_BASE_MS, HELLO_CAP_MS, cloud_dice());

	/* A login by the command line is seen soon: without a way to renew, nothing is sent for it.
	 */
	if (cloud_trouble(c) == VENDOR_AUTH_EXPIRED && sign_scheme_has_tokens(c->profile->scheme))
		wait = LOGIN_LOOK_MS;
	else if (cloud_trouble(c) != VENDOR_OK)
		wait = TROUBLE_MS;

	c->list_due = loop_now(c->loop) + wait;
	if (c->base.state != ADAPTER_STARTING || strcmp(c->base.why.text, why->text) != 0)
		cloud_set_state(c, ADAPTER_STARTING, why);
}

void task_fail(struct task *t, const struct verdict *v, const struct cloud_answer *answer)
{
	struct cloud *c = t->cloud;
	bool refused = verdict_is_refusal(v, answer);
	struct vendor_report report = { .address = t->address,
		.component = t->component,
		.step = t->kind != TASK_TRIGGER ? VENDOR_NO_ANSWER
			: refused               ? VENDOR_REFUSED
						: VENDOR_AMBIGUOUS,
		.what = t->what,
		.percent = -1,
		.class = v->class,
		.retry_after_s = v->retry_after_s };

	task_unlink(t);
	c->failures++;
	(void)text_copy(report.code, sizeof report.code, v->code);
	verdict_say(&report.error, v, answer);
	doubt_account(c, &report.error);
	if (t->kind == TASK_LOOK || t->kind == TASK_TRIGGER)
		tell(t, &report);
	else if (t->kind == TASK_HELLO)
		fail_hello(c, &report.error);
	else if (t->kind == TASK_SCAN && c->base.to)
		c->base.to->scanned(c->base.owner, &c->base, &report.error);
	else if (t->kind == TASK_POLL)
		poll_done(c, t->address, false);
	task_free(t);
}

void task_fail_class(struct task *t, enum vendor_class class, int64_t retry_after_s)
{
	const struct verdict v = { .class = class, .retry_after_s = retry_after_s };
	const struct cloud_answer none = { .sent = HTTP_NOT_SENT, .retry_after_s = -1 };

	task_fail(t, &v, &none);
}

static bool is_passing(enum vendor_class class)
{
	return class == VENDOR_NO_NET || class == VENDOR_ERROR || class == VENDOR_TLS;
}

/* True: it goes again, now or later. A trigger goes again only when it was refused unheard. */
static bool again(struct task *t, struct verdict *v, msec now, int64_t wall)
{
	struct cloud *c = t->cloud;
	enum account_advice advice = account_judge(&c->account, v, now, wall, cloud_dice());

	if (advice == ADVICE_AGAIN)
		return ++t->repeats <= 2;
	if (advice == ADVICE_RENEW) {
		if (t->renewals++ == 0) {
			login_spoil(c, t->generation);
			return true;
		}
		c->account.broken = VENDOR_AUTH_CONFIG; /* a fresh token does not help */
		return false;
	}
	if (t->kind == TASK_TRIGGER || t->kind == TASK_POLL || t->kind == TASK_HELLO ||
		!is_passing(v->class) || ++t->tries >= READ_TRIES)
		return false;
	t->not_before = now + RETRY_MIN_MS + account_backoff(t->tries, 1000, 60000, cloud_dice());
	return true;
}

static void note_success(struct cloud *c)
{
	account_succeeded(&c->account);
	c->heard_at = loop_wall(c->loop);
}

static void next_request(struct task *t)
{
	const struct cloud_request *r = cloud_call_request(t->call);

	t->n_headers = r->n_headers;
	t->n_query = r->n_query;
	t->n_form = r->n_form;
	t->tries = t->repeats = t->renewals = 0;
}

static void next_op(struct task *t)
{
	take_result(t);
	cloud_call_free(t->call);
	t->call = NULL;
	t->tries = t->repeats = t->renewals = 0;
	if (++t->at == t->n_ops)
		finish(t);
}

/* Done, failed, or on to the next request. */
static void advance(struct task *t, const struct cloud_answer *answer)
{
	struct cloud *c = t->cloud;
	enum call_step step = cloud_call_step(t->call, answer);

	if (step == CALL_FAIL) {
		struct verdict v = *cloud_call_verdict(t->call);

		if (!again(t, &v, loop_now(c->loop), loop_wall(c->loop)))
			task_fail(t, &v, answer);
		return;
	}
	note_success(c);
	if (step == CALL_SEND)
		next_request(t);
	else
		next_op(t);
}

void task_on_answer(void *owner, const struct http_result *result)
{
	struct task *t = owner;
	struct cloud *c = t->cloud;
	struct cloud_answer answer;

	t->http = NULL;
	c->n_active--;
	cloud_answer_from(&answer, result);
	advance(t, &answer);
	cloud_wake(c);
}
