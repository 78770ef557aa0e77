/* The login: one renewal at a time, a new pair on disk before its first use, and no login lost to a
 * late refusal of an old token. */
#include "adapters/cloud/cloud_private.h"
#include "server/base/alloc.h"
#include "server/base/log.h"

#include <stdio.h>
#include <string.h>

enum { TOKEN_ANSWER_MAX = 65536, AGAIN_BASE_MS = 2000, AGAIN_CAP_MS = 60000 };

static void ask(struct cloud *c);

/* Those who wait for a token are told; a hello comes again by itself. */
static void fail_waiting(
	struct cloud *c, const struct verdict *v, const struct cloud_answer *answer)
{
	struct cloud_answer unsent = *answer;
	msec now = loop_now(c->loop);
	struct task *t;

	unsent.sent = HTTP_NOT_SENT; /* of what they asked for nothing left */
	do {
		for (t = c->tasks; t && (t->http || t->not_before > now); t = t->next)
			;
		if (t)
			task_fail(t, v, &unsent);
	} while (t);
}

static void end_renewal(struct cloud *c)
{
	c->renewal = RENEWAL_NONE;
	request_done(&c->token_request);
	if (c->stopping && c->stopped)
		loop_post(c->loop, c->stopped, c);
	else
		cloud_wake(c);
}

static struct cloud *of(struct work *work)
{
	return (struct cloud *)(void *)((char *)work - offsetof(struct cloud, saving));
}

static void run_save(struct work *work)
{
	struct cloud *c = of(work);

	if (token_file_write(&c->file, &c->fresh, &c->save_error) == OK)
		c->save_error = (struct err){ .code = OK };
}

static void adopt(struct cloud *c)
{
	tokens_done(&c->tokens);
	c->tokens = c->fresh;
	c->fresh = (struct tokens){ 0 };
	c->spoiled = c->refresh_failed = false;
	c->renew_failures = 0;
	c->renew_at = 0;
	c->account.broken = VENDOR_OK;
}

static void done_save(struct work *work)
{
	struct cloud *c = of(work);

	if (c->save_error.code != OK)
		log_error("adapter=%s its new login is not on disk and ends with this process: %s",
			c->base.id, c->save_error.text);
	adopt(c);
	log_info("adapter=%s login renewed generation=%u", c->base.id, c->tokens.generation);
	end_renewal(c);
}

static void save(struct cloud *c)
{
	c->renewal = RENEWAL_SAVING;
	c->save_error = (struct err){ .code = OK };
	c->saving = (struct work){ .run = run_save, .done = done_save };
	worker_submit(c->work, &c->saving);
}

static bool is_passing(enum vendor_class class)
{
	return class == VENDOR_NO_NET || class == VENDOR_TLS || class == VENDOR_ERROR ||
	       class == VENDOR_RATE_LIMITED;
}

static void give_up(struct cloud *c, enum vendor_class class)
{
	const struct verdict v = { .class = class, .retry_after_s = -1 };
	const struct cloud_answer none = { .sent = HTTP_NOT_SENT, .retry_after_s = -1 };

	c->account.broken = class;
	fail_waiting(c, &v, &none);
	end_renewal(c);
}

static void refused(struct cloud *c, struct verdict *v, const struct cloud_answer *answer)
{
	msec now = loop_now(c->loop);

	if (is_passing(v->class)) {
		c->renew_at = now + AGAIN_BASE_MS +
			      account_backoff(c->renew_failures++, AGAIN_BASE_MS, AGAIN_CAP_MS,
				      cloud_dice());
		fail_waiting(c, v, answer);
		end_renewal(c);
		return;
	}
	if ((v->class == VENDOR_CLOCK_SKEW || v->class == VENDOR_AUTH_CONFIG) &&
		account_judge(&c->account, v, now, loop_wall(c->loop), 0) == ADVICE_AGAIN) {
		ask(c);
		return;
	}
	c->account.broken = VENDOR_OK;
	if (c->way == TOKEN_REFRESH) {
		c->refresh_failed = true;
		ask(c);
		return;
	}
	give_up(c, v->class == VENDOR_QUOTA_EXHAUSTED || v->class == VENDOR_CLOCK_SKEW ||
				   v->class == VENDOR_FORBIDDEN
			   ? v->class
			   : VENDOR_AUTH_CONFIG);
}

static void on_token(void *owner, const struct http_result *result)
{
	struct cloud *c = owner;
	struct cloud_answer answer;
	struct verdict v;

	c->token_http = NULL;
	cloud_answer_from(&answer, result);
	tokens_done(&c->fresh);
	tokens_set(&c->fresh, "", c->tokens.refresh, 0, 0); /* kept when the answer has none */
	c->fresh.generation = c->tokens.generation;
	tokens_answer(&v, &c->fresh, c->profile, &answer, loop_wall(c->loop));
	request_done(&c->token_request);
	if (v.class == VENDOR_OK)
		save(c);
	else if (c->stopping)
		end_renewal(c);
	else
		refused(c, &v, &answer);
}

static enum err_code make_request(struct cloud *c, struct err *e)
{
	char nonce[17];
	const struct signing with = { .scheme = c->profile->scheme,
		.options = c->profile->options,
		.secrets = &c->secrets,
		.time_ms = loop_wall(c->loop) + c->account.clock_offset,
		.nonce = nonce,
		.other_key_id = c->account.other_key_id };
	const struct token_ask asked = { c->profile, c->origin, &c->secrets, &c->tokens, c->way };
	enum err_code r = tokens_request(&c->token_request, &asked, e);

	(void)snprintf(nonce, sizeof nonce, "%08x%08x", cloud_dice(), cloud_dice());
	return r == OK ? sign_request(&c->token_request, &with, e) : r;
}

static void ask(struct cloud *c)
{
	struct cloud_request *r = &c->token_request;
	struct http_call_options options = { .hosts = c->hosts,
		.fd = -1,
		.max_size = TOKEN_ANSWER_MAX,
		.timeout_s = (c->profile->limits.timeout_ms + 999) / 1000,
		.trigger = true }; /* a refresh token works once */
	struct err e = { 0 };
	char *url;

	c->way = tokens_way(c->profile->scheme, &c->tokens, c->refresh_failed);
	if (c->way == TOKEN_NO_WAY) {
		give_up(c, VENDOR_AUTH_EXPIRED);
		return;
	}
	if (make_request(c, &e) != OK) {
		log_warn("adapter=%s cannot ask for a token: %s", c->base.id, e.text);
		give_up(c, VENDOR_AUTH_CONFIG);
		return;
	}
	url = request_url(r);
	options.method = r->method;
	options.url = url ? url : "";
	options.headers = (const char *const *)r->headers;
	options.body = (struct span){ (const uint8_t *)r->body, r->body ? strlen(r->body) : 0 };
	c->renewal = RENEWAL_ASKING;
	budget_spend(c);
	c->token_http = http_client_call(c->http, &options, on_token, c);
	secret_text_free(url);
}

static void run_load(struct work *work)
{
	struct cloud *c = of(work);

	if (token_file_read(&c->file, &c->fresh, NULL) != OK)
		tokens_done(&c->fresh); /* without it the renewal goes on */
}

/* By its number, or, where the file was deleted and its numbers began anew, by its time. */
static bool is_newer(struct cloud *c)
{
	bool later = c->fresh.generation > c->tokens.generation;

	if (!c->fresh.access || (!later && c->fresh.got_at <= c->tokens.got_at))
		return false;
	if (!later) /* a late refusal of an older one must not fit it */
		c->fresh.generation = c->tokens.generation + 1;
	return true;
}

/* Somebody may have logged in meanwhile, by the command line. */
static void done_load(struct work *work)
{
	struct cloud *c = of(work);
	bool newer = is_newer(c);

	if (newer && !c->stopping) {
		adopt(c);
		log_info("adapter=%s a newer login was on disk", c->base.id);
	} else {
		tokens_done(&c->fresh);
	}
	if (newer || c->stopping)
		end_renewal(c);
	else
		ask(c);
}

bool login_is_ready(struct cloud *c)
{
	if (!sign_scheme_has_tokens(c->profile->scheme))
		return true;
	if (c->renewal == RENEWAL_NONE && !c->spoiled &&
		!tokens_are_due(&c->tokens, loop_wall(c->loop)))
		return true;
	if (c->renewal != RENEWAL_NONE || c->renew_at > loop_now(c->loop))
		return false;
	c->renewal = RENEWAL_LOADING;
	c->saving = (struct work){ .run = run_load, .done = done_load };
	tokens_done(&c->fresh);
	c->fresh.generation = 0;
	worker_submit(c->work, &c->saving);
	return false;
}

void login_spoil(struct cloud *c, uint32_t generation)
{
	if (generation == c->tokens.generation)
		c->spoiled = true;
}

/* Is a refresh token under way that the cloud has spent by now, and no other way to a new pair?
 * Then its answer is worth waiting for. */
static bool is_precious(const struct cloud *c)
{
	return c->way == TOKEN_REFRESH &&
	       tokens_way(c->profile->scheme, &c->tokens, true) == TOKEN_NO_WAY;
}

void login_stop(struct cloud *c, bool at_once)
{
	if (!at_once && is_precious(c))
		return;
	http_client_cancel(c->token_http);
	if (c->token_http) {
		c->renewal = RENEWAL_NONE;
		request_done(&c->token_request);
	}
	c->token_http = NULL;
}
