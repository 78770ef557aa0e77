#include "api/supervisor_discovery.h"

#include "api/context.h"
#include "api/supervisor_messages.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/loop.h"
#include "server/secret_file.h"
#include "server/supervisor.h"
#include "server/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FIRST_PAUSE_MS = 10 * 1000, /* before what failed is tried again; doubles up to */
	LAST_PAUSE_MS = 600 * 1000,
	FILE_SIZE = TOKEN_TEXT_SIZE + SUPERVISOR_UUID_SIZE + 2,
};

const char supervisor_token_name[] = "homeassistant-app";

/* What the file holds: the token, and in its second line the uuid. */
struct offer {
	char secret[TOKEN_TEXT_SIZE]; /* "" none */
	char uuid[SUPERVISOR_UUID_SIZE];
};

struct supervisor_discovery {
	struct api *api;
	struct supervisor *supervisor;
	struct worker *worker;
	char *file, *host;
	uint16_t port;
	struct offer offer;
	struct loop_timer *again;
	msec pause;
	struct work work; /* keeps the offer; one at a time */
	struct offer kept;
	struct err kept_err;
	void (*then)(struct supervisor_discovery *d);
	unsigned pending; /* the store's and the worker's answers that are still to come */
	bool wanted, closing;
};

static void settle(struct supervisor_discovery *d)
{
	if (!d->closing || d->pending)
		return;
	explicit_bzero(&d->offer, sizeof d->offer);
	explicit_bzero(&d->kept, sizeof d->kept);
	free(d->file);
	free(d->host);
	free(d);
}

/* True: d may be used no more. */
static bool is_over(struct supervisor_discovery *d)
{
	bool over = d->closing;

	d->pending--;
	settle(d);
	return over;
}

static void try_later(struct supervisor_discovery *d, const struct err *e)
{
	log_warn("supervisor=not_told \"%s; tried again in %llu s\"", e->text,
		(unsigned long long)d->pause / 1000);
	loop_timer_set(d->again, loop_now(d->api->options.loop) + d->pause);
	d->pause = d->pause * 2 < LAST_PAUSE_MS ? d->pause * 2 : LAST_PAUSE_MS;
}

static void write_offer(struct work *work)
{
	struct supervisor_discovery *d =
		(struct supervisor_discovery *)(void *)((char *)work -
							offsetof(
								struct supervisor_discovery, work));
	char text[FILE_SIZE];

	d->kept_err = (struct err){ .code = OK };
	if (!d->kept.secret[0]) {
		(void)unlink(d->file); /* it may be gone already */
		return;
	}
	(void)snprintf(text, sizeof text, "%s\n%s\n", d->kept.secret, d->kept.uuid);
	d->kept_err.code = secret_file_write(d->file, text, &d->kept_err);
	explicit_bzero(text, sizeof text);
}

static void written(struct work *work)
{
	struct supervisor_discovery *d =
		(struct supervisor_discovery *)(void *)((char *)work -
							offsetof(
								struct supervisor_discovery, work));

	if (is_over(d))
		return;
	if (d->kept_err.code)
		try_later(d, &d->kept_err);
	else if (d->then)
		d->then(d);
}

/* then: in the loop, when it is on disk; NULL: nothing follows. */
static void keep(struct supervisor_discovery *d, void (*then)(struct supervisor_discovery *d))
{
	d->kept = d->offer;
	d->then = then;
	d->work = (struct work){ .run = write_offer, .done = written };
	d->pending++;
	worker_submit(d->worker, &d->work);
}

static void on_offered(void *owner, unsigned status, struct span body, const struct err *failed)
{
	struct supervisor_discovery *d = owner;
	char uuid[SUPERVISOR_UUID_SIZE];
	struct err e = *failed;

	if (e.code == ERR_BUSY) /* stopping */
		return;
	if (!e.code)
		e.code = supervisor_read_discovery(uuid, status, body, &e);
	if (e.code) {
		try_later(d, &e);
		return;
	}
	log_info("supervisor=told uuid=%s host=%s port=%u \"offered to Home Assistant\"", uuid,
		d->host, d->port);
	d->pause = FIRST_PAUSE_MS;
	if (strcmp(uuid, d->offer.uuid) == 0)
		return;
	(void)text_copy(d->offer.uuid, sizeof d->offer.uuid, uuid);
	keep(d, NULL);
}

static void offer(struct supervisor_discovery *d)
{
	char *message = supervisor_discovery_message(d->host, d->port, d->offer.secret);

	if (!message)
		return;
	supervisor_ask(d->supervisor, "POST", "/discovery", message, on_offered, d);
	explicit_bzero(message, strlen(message));
	free(message);
}

static void on_stored(void *owner, const struct err *failed)
{
	struct supervisor_discovery *d = owner;
	struct err e = *failed;

	if (is_over(d))
		return;
	if (e.code)
		try_later(d, &e);
	else
		keep(d, offer);
}

static bool is_valid(struct supervisor_discovery *d)
{
	const struct token *token =
		d->offer.secret[0] ? auth_by_secret(&d->api->auth, d->offer.secret) : NULL;

	return token && !strcmp(token->name, supervisor_token_name);
}

static void start_offer(struct supervisor_discovery *d)
{
	struct err e;

	if (is_valid(d)) {
		offer(d);
		return;
	}
	d->pending++;
	if (tokens_renew(d->api, supervisor_token_name, d->offer.secret, on_stored, d, &e) == OK)
		return;
	d->pending--;
	try_later(d, &e);
}

static void on_taken_back(void *owner, unsigned status, struct span body, const struct err *failed)
{
	struct supervisor_discovery *d = owner;
	struct err e = *failed;

	(void)body;
	if (e.code == ERR_BUSY) /* stopping */
		return;
	if (!e.code && status != 200 && status != 404) /* 404: it is gone already */
		(void)err_set(&e, ERR_PROTOCOL, "the Supervisor answers %u", status);
	if (e.code) {
		try_later(d, &e);
		return;
	}
	log_info("supervisor=taken_back uuid=%s", d->offer.uuid);
	explicit_bzero(&d->offer, sizeof d->offer);
	keep(d, NULL);
}

static void take_back(struct supervisor_discovery *d)
{
	char path[sizeof "/discovery/" + SUPERVISOR_UUID_SIZE];

	if (is_valid(d))
		tokens_forget(d->api, supervisor_token_name);
	(void)snprintf(path, sizeof path, "/discovery/%s", d->offer.uuid);
	if (d->offer.uuid[0]) {
		supervisor_ask(d->supervisor, "DELETE", path, NULL, on_taken_back, d);
	} else if (d->offer.secret[0]) {
		explicit_bzero(&d->offer, sizeof d->offer);
		keep(d, NULL);
	}
}

static void on_due(void *owner)
{
	struct supervisor_discovery *d = owner;

	if (d->wanted)
		start_offer(d);
	else
		take_back(d);
}

static void read_offer(struct offer *out, const char *file)
{
	char text[FILE_SIZE + 1], *uuid;
	struct err e;

	if (secret_file_read(text, sizeof text, file, &e) != OK) {
		if (e.code != ERR_NOT_FOUND)
			log_warn("%s: a new token is made", e.text);
		return;
	}
	uuid = text + strcspn(text, "\n");
	if (*uuid)
		*uuid++ = '\0';
	uuid[strcspn(uuid, "\n")] = '\0';
	if (text_copy(out->secret, sizeof out->secret, text))
		(void)text_copy(out->uuid, sizeof out->uuid, uuid);
	else
		explicit_bzero(out, sizeof *out);
	explicit_bzero(text, sizeof text);
}

struct supervisor_discovery *supervisor_discovery_new(
	const struct supervisor_discovery_options *options)
{
	struct supervisor_discovery *d = xcalloc(1, sizeof *d);
	struct loop *loop = options->api->options.loop;

	d->api = options->api;
	d->supervisor = options->supervisor;
	d->worker = options->work;
	d->file = xstrdup(options->file);
	d->host = xstrdup(options->host);
	d->port = options->port;
	d->wanted = options->wanted;
	d->pause = FIRST_PAUSE_MS;
	read_offer(&d->offer, d->file);
	d->again = loop_timer_new(loop, on_due, d);
	loop_timer_set(d->again, loop_now(loop));
	return d;
}

void supervisor_discovery_free(struct supervisor_discovery *d)
{
	if (!d)
		return;
	loop_timer_free(d->again);
	d->closing = true;
	settle(d);
}
