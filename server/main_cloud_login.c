#include "server/main_cloud_login.h"

#include "adapters/cloud/cloud_crypto.h"
#include "adapters/cloud/login.h"
#include "adapters/cloud/token_file.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/config.h"
#include "server/http_client.h"
#include "server/loop.h"
#include "server/main_cloud.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { ANSWER_MAX = 65536, LINE_SIZE = 8192 };

struct visit { /* all that a login needs */
	const struct config *config;
	const struct config_adapter *entry;
	struct loop *loop;
	struct main_cloud *cloud;
	struct http_client *http;
	struct main_account account;
	struct login login;
	struct cloud_request request;
	struct tokens tokens;
	struct verdict verdict;
	struct err error; /* of the last exchange */
	char line[LINE_SIZE];
};

static enum err_code read_line(struct visit *v, const char *question, struct err *e)
{
	(void)printf("%s", question);
	(void)fflush(stdout); /* a prompt that does not show is still answered */
	if (!fgets(v->line, sizeof v->line, stdin))
		return err_set(e, ERR_INVALID, "nothing was typed");
	v->line[strcspn(v->line, "\r\n")] = '\0';
	return *v->line ? OK : err_set(e, ERR_INVALID, "nothing was typed");
}

static void on_answer(void *owner, const struct http_result *result)
{
	struct visit *v = owner;
	struct cloud_answer answer = { .sent = result->sent,
		.err = result->err,
		.status = result->status,
		.body = result->body,
		.retry_after_s = result->retry_after_s,
		.date_ms = result->date };

	tokens_answer(&v->verdict, &v->tokens, v->account.profile, &answer, loop_wall(v->loop));
	if (v->verdict.class != VENDOR_OK)
		verdict_say(&v->error, &v->verdict, &answer);
	loop_stop(v->loop);
}

static enum err_code sign(struct visit *v, struct err *e)
{
	char nonce[24];
	uint32_t dice[2] = { 0 };
	const struct signing with = { .scheme = v->account.profile->scheme,
		.options = v->account.profile->options,
		.secrets = &v->account.secrets,
		.time_ms = loop_wall(v->loop),
		.nonce = nonce };

	if (getrandom(dice, sizeof dice, 0) != (ssize_t)sizeof dice)
		return err_set(e, ERR_INTERNAL, "no random numbers");
	(void)snprintf(nonce, sizeof nonce, "%08x%08x", dice[0], dice[1]);
	return sign_request(&v->request, &with, e);
}

/* Sends v->request and waits; v->verdict says what came of it. */
static enum err_code exchange(struct visit *v, struct err *e)
{
	char host[2][PROFILE_ORIGIN_SIZE];
	const char *const hosts[] = { host[0], NULL };
	struct cloud_request *r = &v->request;
	struct http_call_options o = { .method = r->method,
		.hosts = hosts,
		.fd = -1,
		.max_size = ANSWER_MAX,
		.trigger = true };
	enum err_code code = sign(v, e);
	char *url;

	if (code != OK)
		return code;
	(void)text_copy(host[0], sizeof host[0], r->origin + sizeof "https://" - 1);
	host[0][strcspn(host[0], ":/")] = '\0';
	url = request_url(r);
	o.url = url ? url : "";
	o.headers = (const char *const *)r->headers;
	o.body = (struct span){ (const uint8_t *)r->body, r->body ? strlen(r->body) : 0 };
	v->error = (struct err){ .code = OK };
	(void)http_client_call(v->http, &o, on_answer, v); /* on_answer() comes in any case */
	(void)loop_run(v->loop);
	secret_text_free(url);
	request_done(r);
	return OK;
}

static enum err_code by_browser(struct visit *v, struct err *e)
{
	const char *redirect = secrets_get(&v->account.secrets, "redirect_uri");
	AUTO(secret_text_free) char *url = NULL;
	AUTO(secret_text_free) char *code = xcalloc(1, SECRET_MAX + 1);
	uint8_t entropy[64];
	enum err_code r;

	if (getrandom(entropy, sizeof entropy, 0) != (ssize_t)sizeof entropy)
		return err_set(e, ERR_INTERNAL, "no random numbers");
	login_init(
		&v->login, v->account.profile, entropy, redirect ? redirect : "https://localhost/");
	url = login_url(&v->login, v->account.profile, &v->account.secrets);
	if (!url)
		return err_set(e, ERR_INVALID, "the credentials have no \"client_id\"");
	(void)printf("Open this address, log in, and allow it:\n\n  %s\n\n"
		     "The browser is then sent to %s, which need not answer.\n",
		url, v->login.redirect_uri);
	r = read_line(v, "Paste that whole address here: ", e);
	if (r == OK)
		r = login_code(code, &v->login, v->line, e);
	if (r == OK)
		r = tokens_code_request(&v->request, v->account.profile, &v->account.secrets,
			&(struct token_code){ code, v->login.pkce ? v->login.verifier : NULL,
				v->login.redirect_uri },
			e);
	return r == OK ? exchange(v, e) : r;
}

static enum err_code by_mail(struct visit *v, struct err *e)
{
	AUTO(secret_text_free) char *account = NULL;
	enum err_code r = read_line(v, "Mail address or phone number of the account: ", e);

	if (r == OK) {
		account = xstrdup(v->line);
		r = login_ask_code(&v->request, v->account.origin, account, e);
	}
	if (r == OK)
		r = exchange(v, e);
	/* The answer has no tokens yet: it is good when the vendor names no code. */
	if (r == OK && (v->verdict.status != 200 || v->verdict.coded || v->error.code == ERR_IO)) {
		*e = v->error;
		return v->error.code;
	}
	if (r == OK)
		r = read_line(v, "The code that the vendor sent there: ", e);
	if (r == OK)
		r = login_give_code(&v->request, v->account.origin, account, v->line, e);
	return r == OK ? exchange(v, e) : r;
}

static enum err_code keep(struct visit *v, struct err *e)
{
	struct token_file file;
	struct tokens before = { 0 };
	enum err_code r;

	token_file_name(
		&file, v->config->data_dir, v->entry->id, v->account.profile, v->account.origin);
	r = token_file_read(&file, &before, e);
	v->tokens.generation = before.generation + 1;
	tokens_done(&before);
	return r == OK ? token_file_write(&file, &v->tokens, e) : r;
}

static enum err_code log_in(struct visit *v, struct err *e)
{
	enum err_code r = main_cloud_account(&v->account, v->config, v->entry, e);

	if (r == OK)
		r = main_cloud_client(&v->http, v->cloud, v->entry, e);
	if (r != OK)
		return r;
	if (v->account.profile->scheme == SIGN_OAUTH2)
		r = by_browser(v, e);
	else if (v->account.profile->scheme == SIGN_AQARA)
		r = by_mail(v, e);
	else
		return err_set(
			e, ERR_UNSUPPORTED, "this cloud needs no login beside its credentials");
	if (r == OK && v->verdict.class != VENDOR_OK) {
		*e = v->error;
		return v->error.code;
	}
	return r == OK ? keep(v, e) : r;
}

int main_cloud_login(const struct config *config, const struct config_adapter *entry)
{
	struct visit *v = xcalloc(1, sizeof *v);
	struct err e = { 0 };
	int status = 1;

	(void)umask(077); /* only narrower than it was */
	v->config = config;
	v->entry = entry;
	v->loop = loop_new();
	v->cloud = main_cloud_new(config, v->loop, NULL);
	if (log_in(v, &e) == OK) {
		(void)puts("Logged in; a running service notices within a minute.");
		status = 0;
	} else {
		(void)fprintf(stderr, "lockwright cloud: %s\n", e.text);
	}
	request_done(&v->request);
	tokens_done(&v->tokens);
	secrets_done(&v->account.secrets);
	profile_free(v->account.profile);
	main_cloud_free(v->cloud);
	loop_free(v->loop);
	crypto_wipe(v, sizeof *v);
	free(v);
	return status;
}
