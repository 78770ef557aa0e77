#include "api/codec.h"
#include "api/context.h"
#include "api/problem.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tokens_list(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = owner;
	json_t *list = json_array();

	(void)request;
	for (size_t i = 0; i < api->auth.n; i++)
		json_array_append_new(list, codec_token(&api->auth.tokens[i], NULL));
	reply_json(reply, 200, codec_list("tokens", list, NULL));
}

struct creation {
	struct creation *next;
	struct answer *pending;
	struct token token;
	char secret[TOKEN_TEXT_SIZE];
};

static void creation_free(struct creation *creation)
{
	explicit_bzero(creation, sizeof *creation);
	free(creation);
}

static void unlink_creation(struct api *api, const struct creation *creation)
{
	struct creation **at = &api->creations;

	while (*at != creation)
		at = &(*at)->next;
	*at = creation->next;
}

static void created(void *owner, const struct err *e)
{
	struct creation *creation = owner;
	struct answer *pending = creation->pending;
	char location[128];

	if (pending->api)
		unlink_creation(pending->api, creation);
	if (!answer_failed(pending, e)) {
		(void)auth_add(&pending->api->auth, &creation->token); /* prepare() saw to room */
		log_info("token=%s scope=%s created", creation->token.name,
			scope_name(creation->token.scope));
		(void)snprintf(
			location, sizeof location, "/api/v1/tokens/%s", creation->token.name);
		reply_created(pending->reply, 201, location,
			codec_token(&creation->token, creation->secret));
		answer_free(pending);
	}
	creation_free(creation);
}

/* The name is taken at once, so that two requests cannot make the same token; there is no token
 * before it is on disk. */
static enum err_code prepare(
	struct api *api, const struct token_request *asked, struct creation *out, struct err *e)
{
	bool taken = auth_by_name(&api->auth, asked->name) != NULL;
	size_t n = api->auth.n;
	enum err_code code;

	for (const struct creation *c = api->creations; c; c = c->next) {
		taken = taken || strcmp(c->token.name, asked->name) == 0;
		n++;
	}
	if (taken)
		return err_because(e, ERR_CONFLICT, "token_exists",
			"There is a token \"%s\" already.", asked->name);
	if (n >= TOKENS_MAX)
		return err_because(e, ERR_CONFLICT, "too_many_tokens",
			"There are %d tokens, no more can be made.", TOKENS_MAX);
	code = auth_make_token(out->secret, out->token.digest, e);
	if (code)
		return code;
	(void)text_copy(out->token.name, sizeof out->token.name, asked->name);
	out->token.scope = asked->scope;
	out->token.created_at = loop_wall(api->options.loop);
	return OK;
}

void tokens_create(void *owner, const struct http_request *request, struct http_reply *reply)
{
	AUTO(json_decref) json_t *root = NULL;
	struct problem_details details = { 0 };
	const struct body_in in = { request->body, &root, &details };
	struct api *api = owner;
	struct token_request asked;
	struct creation *creation = xcalloc(1, sizeof *creation);
	struct err e;

	if (codec_read_token(&asked, &in, &e) != OK || prepare(api, &asked, creation, &e) != OK) {
		problem_send(reply, request->path, &e, &details);
		creation_free(creation);
		return;
	}
	creation->pending = answer_new(api, request, reply);
	creation->next = api->creations;
	api->creations = creation;
	store_token_put(api->options.store, &creation->token, created, creation);
}

/* NOLINTNEXTLINE(readability-function-size): what is made, and who is told */
enum err_code tokens_renew(struct api *api, const char *name, char secret[TOKEN_TEXT_SIZE],
	store_simple_done *done, void *owner, struct err *e)
{
	struct token token = { .scope = SCOPE_CONTROL, .created_at = loop_wall(api->options.loop) };
	char text[TOKEN_TEXT_SIZE];
	enum err_code code = auth_make_token(text, token.digest, e);

	if (code)
		return code;
	(void)text_copy(token.name, sizeof token.name, name);
	auth_drop(&api->auth, name);
	events_forget_token(api, name);
	integrations_forget_token(&api->integrations, name);
	if (!auth_add(&api->auth, &token))
		return err_because(e, ERR_CONFLICT, "too_many_tokens",
			"There are %d tokens, no more can be made.", TOKENS_MAX);
	(void)text_copy(secret, TOKEN_TEXT_SIZE, text);
	explicit_bzero(text, sizeof text);
	log_info("token=%s scope=%s renewed", name, scope_name(token.scope));
	store_token_put(api->options.store, &token, done, owner);
	return OK;
}

static void forgotten(void *owner, const struct err *e)
{
	(void)owner;
	if (e && e->code && e->code != ERR_NOT_FOUND)
		log_warn("revoking a token: %s", e->text);
}

void tokens_forget(struct api *api, const char *name)
{
	auth_drop(&api->auth, name);
	events_forget_token(api, name);
	integrations_forget_token(&api->integrations, name);
	log_info("token=%s revoked", name);
	store_token_remove(api->options.store, name, forgotten, NULL);
}

static void removed(void *owner, const struct err *e)
{
	struct answer *pending = owner;

	if (answer_failed(pending, e))
		return;
	log_info("token=%s revoked", pending->name);
	reply_nothing(pending->reply);
	answer_free(pending);
}

void tokens_delete(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	const char *name = http_param(request, "name");
	struct answer *pending = answer_new(api, request, reply);
	struct err e;

	(void)text_copy(pending->name, sizeof pending->name, name);
	if (!auth_by_name(&api->auth, name)) {
		(void)err_because(
			&e, ERR_NOT_FOUND, "not_found", "There is no token \"%.63s\".", name);
		(void)answer_failed(pending, &e);
		return;
	}
	/* It stops working now, whatever the disk says. */
	auth_drop(&api->auth, pending->name);
	events_forget_token(api, pending->name);
	integrations_forget_token(&api->integrations, pending->name);
	store_token_remove(api->options.store, pending->name, removed, pending);
}
