#include "adapters/cloud/cloud_crypto.h"
#include "adapters/cloud/cloud_private.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Over budget: looked at again after that long. */
enum { TOMORROW_MS = 3600 * 1000, HOLD_NOTICE_MS = 10000 };

uint32_t cloud_dice(void)
{
	uint32_t value = 0;

	return getrandom(&value, sizeof value, 0) == (ssize_t)sizeof value ? value : 0;
}

void cloud_wake(struct cloud *c)
{
	loop_timer_set(c->timer, loop_now(c->loop));
}

struct task *task_add(struct cloud *c, enum task_kind kind, const char *address)
{
	struct task **link = &c->tasks, *t;

	if (c->n_tasks == CLOUD_TASKS_MAX)
		return NULL;
	while (*link && (*link)->kind <= kind)
		link = &(*link)->next;
	t = xcalloc(1, sizeof *t);
	t->cloud = c;
	t->kind = kind;
	t->percent = -1;
	t->not_before = loop_now(c->loop) + 1; /* who asks from inside a report waits his turn */
	(void)text_copy(t->address, sizeof t->address, address);
	t->next = *link;
	*link = t;
	c->n_tasks++;
	cloud_wake(c);
	return t;
}

bool task_exists(const struct cloud *c, enum task_kind kind)
{
	for (const struct task *t = c->tasks; t; t = t->next)
		if (t->kind == kind)
			return true;
	return false;
}

void task_unlink(struct task *t)
{
	struct task **link = &t->cloud->tasks;

	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	t->cloud->n_tasks--;
	if (t->http)
		t->cloud->n_active--;
}

void task_free(struct task *t)
{
	http_client_cancel(t->http);
	cloud_call_free(t->call);
	free(t);
}

void tasks_drop(struct cloud *c, const char *address)
{
	struct task *next;

	for (struct task *t = c->tasks; t; t = next) {
		next = t->next;
		if (address && strcmp(t->address, address) != 0)
			continue;
		task_unlink(t);
		task_free(t);
	}
}

enum account_use task_use(const struct task *t)
{
	if (t->kind == TASK_POLL)
		return USE_BACKGROUND;
	return t->what & LOOK_PROGRESS ? USE_PROGRESS : USE_ASKED;
}

static void make_uuid(char out[UUID_SIZE])
{
	uint8_t raw[16] = { 0 };

	if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
		abort(); /* without it nothing can be signed */
	raw[6] = (uint8_t)((raw[6] & 0x0F) | 0x40);
	raw[8] = (uint8_t)((raw[8] & 0x3F) | 0x80);
	(void)snprintf(out, UUID_SIZE,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", raw[0],
		raw[1], raw[2], raw[3], raw[4], raw[5], raw[6], raw[7], raw[8], raw[9], raw[10],
		raw[11], raw[12], raw[13], raw[14], raw[15]);
}

/* Where the vendor's own number of a running update is remembered. */
static const char *vendor_job(const struct task *t)
{
	char key[16 + ADDRESS_SIZE + COMPONENT_ID_SIZE];

	(void)snprintf(key, sizeof key, "job %s %s", t->address, t->component);
	return t->cloud->store->get(t->cloud->store, key);
}

static void note_unsigned(struct task *t)
{
	const struct cloud_request *r = cloud_call_request(t->call);

	t->n_headers = r->n_headers;
	t->n_query = r->n_query;
	t->n_form = r->n_form;
}

/* One key for each component of a job: a vendor that remembers keys must not take one for the
 * other. */
static bool begin_call(struct task *t)
{
	struct cloud *c = t->cloud;
	char uuid[UUID_SIZE], job[24 + COMPONENT_ID_SIZE];
	struct call_args args = { .origin = c->origin,
		.device_id = t->address,
		.module = t->component[0] ? t->component : NULL,
		.target = t->version[0] ? t->version : NULL,
		.job_id = t->job ? job : NULL,
		.vendor_job = vendor_job(t),
		.uuid = uuid };
	bool good;

	make_uuid(uuid);
	(void)snprintf(job, sizeof job, "%lld-%s", (long long)t->job, t->component);
	good = cloud_call_new(&t->call, c->profile, t->ops[t->at], &args, NULL) == OK &&
	       cloud_call_step(t->call, NULL) == CALL_SEND;
	if (good)
		note_unsigned(t);
	return good;
}

static enum err_code sign(struct task *t, struct err *e)
{
	struct cloud *c = t->cloud;
	struct cloud_request *r = cloud_call_request(t->call);
	char nonce[UUID_SIZE];
	const struct signing with = { .scheme = c->profile->scheme,
		.options = c->profile->options,
		.secrets = &c->secrets,
		.access_token = c->tokens.access,
		.time_ms = loop_wall(c->loop) + c->account.clock_offset,
		.nonce = nonce,
		.other_key_id = c->account.other_key_id };

	make_uuid(nonce);
	request_cut(r, t->n_headers, t->n_query, t->n_form);
	t->generation = c->tokens.generation;
	return sign_request(r, &with, e);
}

static void send_request(struct task *t)
{
	struct cloud *c = t->cloud;
	const struct cloud_request *r = cloud_call_request(t->call);
	char *url = request_url(r);
	struct http_call_options options = { .method = r->method,
		.url = url ? url : "",
		.hosts = c->hosts,
		.headers = (const char *const *)r->headers,
		.body = { (const uint8_t *)r->body, r->body ? strlen(r->body) : 0 },
		.fd = -1,
		.max_size = c->profile->limits.max_body,
		.timeout_s = (c->profile->limits.timeout_ms + 999) / 1000,
		.trigger = r->trigger,
		.once = true };

	budget_spend(c);
	log_debug("adapter=%s %s %s%s", c->base.id, r->method, r->origin, r->label);
	t->http = http_client_call(c->http, &options, task_on_answer, t);
	c->n_active++;
	secret_text_free(url);
}

static void go(struct task *t)
{
	struct err e = { 0 };

	if (!t->call && !begin_call(t)) {
		task_fail_class(t, VENDOR_BAD_REQUEST, -1);
		return;
	}
	if (sign(t, &e) != OK) {
		log_warn("adapter=%s cannot sign: %s", t->cloud->base.id, e.text);
		t->cloud->account.broken = VENDOR_AUTH_CONFIG;
		task_fail_class(t, VENDOR_AUTH_CONFIG, -1);
		return;
	}
	send_request(t);
}

static msec earlier(msec a, msec b)
{
	return !a ? b : !b || a < b ? a : b;
}

/* True: something was done, so look again from the start. *due: when it is worth looking again. */
static bool try_task(struct task *t, msec now, msec *due)
{
	struct cloud *c = t->cloud;
	enum vendor_class trouble = cloud_trouble(c);
	msec when;

	if (t->expires && t->expires <= now) {
		task_fail_class(t, VENDOR_NO_NET, -1);
		return true;
	}
	if (t->expires)
		*due = earlier(*due, t->expires);
	if (t->not_before > now) {
		*due = earlier(*due, t->not_before);
		return false;
	}
	if (trouble != VENDOR_OK && t->kind != TASK_HELLO) {
		task_fail_class(t, trouble, -1);
		return true;
	}
	when = account_turn(&c->account, task_use(t), now, loop_wall(c->loop));
	if (when == UINT64_MAX && t->kind != TASK_HELLO) {
		task_fail_class(t, VENDOR_RATE_LIMITED, ACCOUNT_HOLD_MAX_S);
		return true;
	}
	if (when > now + HOLD_NOTICE_MS && t->kind <= TASK_LOOK) {
		task_fail_class(t, VENDOR_RATE_LIMITED, (int64_t)((when - now) / 1000 + 1));
		return true;
	}
	if (when > now || c->n_active >= c->profile->limits.concurrency) {
		if (when > now)
			*due = earlier(*due, when == UINT64_MAX ? now + TOMORROW_MS : when);
		return false;
	}
	if (!login_is_ready(c))
		return false;
	go(t);
	return true;
}

static bool try_all(struct cloud *c, msec *due)
{
	msec now = loop_now(c->loop);

	*due = 0;
	for (struct task *t = c->tasks; t; t = t->next)
		if (!t->http && try_task(t, now, due))
			return true;
	return false;
}

void cloud_pump(void *owner)
{
	struct cloud *c = owner;
	msec due = 0, next;

	if (c->stopping)
		return;
	next = poll_next(c);
	while (try_all(c, &due))
		;
	if (c->renew_at > loop_now(c->loop))
		due = earlier(due, c->renew_at);
	loop_timer_set(c->timer, earlier(due, next));
}
