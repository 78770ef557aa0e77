#include "server/http_client.h"

#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/http_host.h"
#include "server/http_policy.h"
#include "server/http_wire.h"
#include "server/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	TIMEOUT_S = 30,
	WAIT_MAX_S = 600 /* longer, nobody is kept waiting: the host rests */
};

struct http_client {
	struct loop *loop;
	struct http_wire *wire;
	struct http_hosts hosts;
	struct http_call *calls;
	size_t n_calls;
	bool closing;
};

struct http_call {
	struct http_call *next;
	struct http_client *client;
	struct http_call_options options;
	char *method, *url, *etag;
	char **headers; /* NULL-terminated; they and body may be secret */
	uint8_t *body;
	struct http_attempt attempt;
	struct http_url where;
	struct loop_timer *timer;
	struct err refused; /* before anything was sent: told in the next turn */
	unsigned tries, redirects;
	int64_t retry_after_s;
	bool flying, cancelled, maybe_sent;
	void (*done)(void *owner, const struct http_result *result);
	void *owner;
};

/* An attempt that is broken off is still read from for a moment, so the call has its own. */
static void copy_content(struct http_call *call)
{
	struct http_call_options *o = &call->options;
	size_t n = 0;

	while (o->headers && o->headers[n])
		n++;
	call->headers = xcalloc(n + 1, sizeof *call->headers);
	for (size_t i = 0; i < n; i++)
		call->headers[i] = xstrdup(o->headers[i]);
	if (o->body.size)
		call->body = xmemdup(o->body.data, o->body.size);
	o->headers = (const char *const *)call->headers;
	o->body.data = call->body;
}

static void free_content(struct http_call *call)
{
	for (char **h = call->headers; *h; h++) {
		explicit_bzero(*h, strlen(*h));
		free(*h);
	}
	if (call->body)
		explicit_bzero(call->body, call->options.body.size);
	free(call->headers);
	free(call->body);
}

static void free_call(struct http_call *call)
{
	struct http_call **link = &call->client->calls;

	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
	call->client->n_calls--;
	loop_timer_free(call->timer);
	free_content(call);
	if (call->attempt.data)
		explicit_bzero(call->attempt.data, call->attempt.size);
	free(call->attempt.data);
	free(call->method);
	explicit_bzero(call->url, strlen(call->url));
	free(call->url);
	free(call->etag);
	free(call);
}

static enum http_sent what_was_sent(const struct http_call *call)
{
	if (call->attempt.err.code == OK && call->attempt.status && !call->refused.code)
		return HTTP_ANSWERED;
	return call->maybe_sent ? HTTP_MAYBE_SENT : HTTP_NOT_SENT;
}

static void finish(struct http_call *call)
{
	const struct http_attempt *a = &call->attempt;
	struct http_result result = { .err = call->refused.code ? call->refused : a->err,
		.status = a->status,
		.sent = what_was_sent(call),
		.etag = a->etag,
		.tries = call->tries,
		.date = http_date(a->date),
		.retry_after_s = call->retry_after_s };

	if (result.err.code == OK) {
		result.size = a->size;
		if (a->data)
			result.body = (struct span){ a->data, a->size };
	}
	if (!call->cancelled)
		call->done(call->owner, &result);
	free_call(call);
}

static uint32_t dice(void)
{
	uint32_t value = 0;

	return getrandom(&value, sizeof value, 0) == (ssize_t)sizeof value ? value : 0;
}

static void log_try(const struct http_call *call, const char *what, msec wait)
{
	char label[HTTP_LABEL_SIZE];

	http_url_label(label, call->url);
	log_info("http url=%s try=%u status=%u %s=%llu \"%s\"", label, call->tries,
		call->attempt.status, what, (unsigned long long)wait, call->attempt.err.text);
}

static enum err_code check_url(struct http_call *call, struct err *e)
{
	enum err_code code = http_url_read(&call->where, call->url, e);

	if (code == OK && !http_host_is_among(call->where.host, call->options.hosts))
		return err_because(e, ERR_FORBIDDEN, "host_not_listed",
			"%.120s is not among the hosts that may be asked", call->where.host);
	return code;
}

static void on_attempt(struct http_attempt *attempt);

/* Nothing of an attempt before is left in the answer. */
static bool rewind_file(const struct http_call *call)
{
	int fd = call->options.fd;

	return fd < 0 || (!ftruncate(fd, 0) && lseek(fd, 0, SEEK_SET) == 0);
}

static void fly(struct http_call *call)
{
	const struct http_call_options *o = &call->options;
	struct http_attempt *a = &call->attempt;

	free(a->data);
	*a = (struct http_attempt){ .method = call->method,
		.url = call->url,
		.headers = o->headers,
		.etag_known = call->etag,
		.body = o->body,
		.fd = o->fd,
		.max_size = o->max_size,
		.timeout_s = o->timeout_s ? o->timeout_s : TIMEOUT_S,
		.fresh = o->trigger,
		.done = on_attempt };
	call->tries++;
	call->flying = true;
	http_wire_submit(call->client->wire, a);
}

static void on_turn(void *owner)
{
	struct http_call *call = owner;
	struct http_host *host;
	msec now = loop_now(call->client->loop), rests;

	if (!call->refused.code && !rewind_file(call))
		err_set(&call->refused, ERR_IO, "the file for the answer cannot be rewound");
	if (call->refused.code) {
		finish(call);
		return;
	}
	host = http_host_find(&call->client->hosts, call->where.host, now);
	rests = http_host_rests(host, now);
	if (rests) {
		call->retry_after_s = (int64_t)(rests / 1000 + 1);
		err_because(&call->refused, ERR_BUSY, "host_resting",
			"%.100s failed too often; it is asked again in %llu s", host->name,
			(unsigned long long)rests / 1000 + 1);
		finish(call);
		return;
	}
	fly(call);
}

/* Waits for the host's turn. */
static void queue_up(struct http_call *call, msec wait)
{
	struct http_client *client = call->client;
	msec now = loop_now(client->loop);
	struct http_host *host = http_host_find(&client->hosts, call->where.host, now);

	loop_timer_set(call->timer, http_host_turn(host, now + wait));
}

static bool is_redirect(unsigned status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Only what asks and changes nothing is sent on. */
static enum err_code follow(struct http_call *call)
{
	struct http_attempt *a = &call->attempt;
	struct err why = { 0 };

	if (call->options.trigger || call->options.once || strcmp(call->method, "GET") != 0)
		return err_because(&call->refused, ERR_REFUSED, "redirect_refused",
			"the server sends this request elsewhere, which is not done");
	if (!a->location[0] || ++call->redirects > HTTP_REDIRECTS_MAX)
		return err_because(&call->refused, ERR_REFUSED, "redirect_refused",
			a->location[0] ? "more than %d redirects" : "a redirect to nowhere",
			HTTP_REDIRECTS_MAX);
	free(call->url);
	call->url = xstrdup(a->location);
	if (check_url(call, &why) != OK)
		return err_because(&call->refused, ERR_REFUSED, "redirect_refused",
			"redirected, but %.160s", why.text);
	/* What is secret in a header was meant for the first host. */
	call->options.headers = NULL;
	call->tries--;
	queue_up(call, 0);
	return OK;
}

static bool is_failure(const struct http_attempt *a)
{
	if (a->err.code == ERR_TIMEOUT || a->err.code == ERR_IO || a->err.code == ERR_REFUSED)
		return true;
	return a->err.code == OK && (a->status >= 500 || a->status == 429);
}

static void judge_host(struct http_call *call)
{
	struct http_client *client = call->client;
	msec now = loop_now(client->loop);
	struct http_host *host = http_host_find(&client->hosts, call->where.host, now);
	int64_t asked = call->retry_after_s;

	if (call->cancelled)
		host->probing = false; /* it told nothing */
	else if (is_failure(&call->attempt))
		http_host_failed(host, now, asked > 0 ? (msec)asked * 1000 : 0);
	else
		http_host_worked(host);
}

static bool again(struct http_call *call)
{
	const struct http_attempt *a = &call->attempt;
	msec wait;

	if (call->options.trigger || call->options.once || call->tries >= HTTP_TRIES_MAX ||
		call->retry_after_s > WAIT_MAX_S || !http_may_retry(&a->err, a->status))
		return false;
	wait = http_retry_delay(call->tries + 1, dice(), call->retry_after_s);
	log_try(call, "again_in_ms", wait);
	queue_up(call, wait);
	return true;
}

static void on_attempt(struct http_attempt *attempt)
{
	struct http_call *call =
		(struct http_call *)(void *)((char *)attempt - offsetof(struct http_call, attempt));
	int64_t wall = loop_wall(call->client->loop);

	call->flying = false;
	call->maybe_sent = call->maybe_sent || attempt->maybe_sent;
	call->retry_after_s =
		attempt->retry_after[0] ? http_retry_after(attempt->retry_after, wall) : -1;
	call->cancelled = call->cancelled || call->client->closing;
	judge_host(call);
	if (call->cancelled) {
		finish(call);
		return;
	}
	if (attempt->err.code == OK && is_redirect(attempt->status)) {
		if (follow(call) != OK)
			finish(call);
		return;
	}
	if (!again(call))
		finish(call);
}

struct http_client *http_client_new(const struct http_client_options *options)
{
	struct http_client *client = xcalloc(1, sizeof *client);
	struct http_wire_options wire = { .ca_file = options->ca_file,
		.proxy = options->proxy,
		.any_address = options->any_address,
		.nets = options->nets,
		.n_nets = options->n_nets };

	client->loop = options->loop;
	client->wire = http_wire_new(options->loop, &wire);
	return client;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	client->closing = true;
	http_wire_free(client->wire);
	while (client->calls) {
		assert(!client->calls->flying);
		free_call(client->calls);
	}
	free(client);
}

struct http_call *http_client_call(struct http_client *client,
	const struct http_call_options *options,
	void (*done)(void *owner, const struct http_result *result), void *owner)
{
	struct http_call *call = xcalloc(1, sizeof *call);

	call->client = client;
	call->options = *options;
	copy_content(call);
	call->method = xstrdup(options->method ? options->method : "GET");
	call->url = xstrdup(options->url);
	call->etag = xstrdup(options->etag ? options->etag : "");
	call->attempt.fd = -1;
	call->retry_after_s = -1;
	call->done = done;
	call->owner = owner;
	call->timer = loop_timer_new(client->loop, on_turn, call);
	if (client->n_calls++ >= HTTP_CALLS_MAX)
		err_set(&call->refused, ERR_BUSY, "more than %d requests at a time",
			HTTP_CALLS_MAX);
	call->next = client->calls;
	client->calls = call;
	if (!call->refused.code && check_url(call, &call->refused) == OK)
		queue_up(call, 0);
	else
		loop_timer_set(call->timer, loop_now(client->loop));
	return call;
}

void http_client_cancel(struct http_call *call)
{
	if (!call)
		return;
	call->cancelled = true;
	if (call->flying)
		http_wire_cancel(call->client->wire, &call->attempt);
	else
		free_call(call);
}
