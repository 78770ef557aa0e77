#include "server/supervisor.h"

#include "server/base/alloc.h"
#include "server/rest_client.h"
#include "server/worker.h"

#include <stdlib.h>
#include <string.h>

struct supervisor {
	struct worker *worker;
	struct rest_client *client; /* the worker's */
	atomic_bool closing;
};

struct question {
	struct work work; /* first */
	struct supervisor *supervisor;
	const char *method;
	char *path, *body; /* body: NULL none */
	struct rest_answer answer;
	struct err err;
	supervisor_done *done;
	void *owner;
};

static void run(struct work *work)
{
	struct question *q = (struct question *)work;
	struct span body = { (const uint8_t *)q->body, q->body ? strlen(q->body) : 0 };

	if (!atomic_load(&q->supervisor->closing) &&
		rest_exchange(q->supervisor->client, q->method, q->path,
			q->body ? "application/json" : NULL, body, &q->answer, &q->err) != OK)
		(void)err_set(&q->err, ERR_IO, "the Supervisor does not answer");
	if (atomic_load(&q->supervisor->closing))
		(void)err_set(&q->err, ERR_BUSY, "stopping");
}

/* Both may hold a secret. */
static void wipe(char *text, size_t size)
{
	if (text)
		explicit_bzero(text, size);
	free(text);
}

static void tell(struct work *work)
{
	struct question *q = (struct question *)work;
	struct span body = { (const uint8_t *)q->answer.body, q->answer.size };

	q->done(q->owner, q->answer.status, body, &q->err);
	wipe(q->answer.body, q->answer.size);
	wipe(q->body, q->body ? strlen(q->body) : 0);
	free(q->path);
	free(q);
}

enum err_code supervisor_new(
	struct supervisor **out, struct loop *loop, const char *token, struct err *e)
{
	struct supervisor *s = xcalloc(1, sizeof *s);
	const struct rest_limits limits = { SUPERVISOR_LIMIT_S, SUPERVISOR_ANSWER_MAX,
		&s->closing };
	enum err_code code = rest_client_new(&s->client, "http://supervisor", NULL, token, e);

	if (code) {
		free(s);
		return code;
	}
	rest_client_limit(s->client, &limits);
	s->worker = worker_new(loop, "supervisor", NULL);
	*out = s;
	return OK;
}

void supervisor_free(struct supervisor *s)
{
	if (!s)
		return;
	atomic_store(&s->closing, true);
	worker_free(s->worker);
	rest_client_free(s->client);
	free(s);
}

/* NOLINTNEXTLINE(readability-function-size): a request, and who hears its answer */
void supervisor_ask(struct supervisor *supervisor, const char *method, const char *path,
	const char *body, supervisor_done *done, void *owner)
{
	struct question *q = xcalloc(1, sizeof *q);

	q->work = (struct work){ .run = run, .done = tell };
	q->supervisor = supervisor;
	q->method = method;
	q->path = xstrdup(path);
	q->body = body ? xstrdup(body) : NULL;
	q->done = done;
	q->owner = owner;
	worker_submit(supervisor->worker, &q->work);
}
