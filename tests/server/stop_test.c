/* A name that is never resolved keeps nobody from stopping. Plain, with a resolver of its own:
 * the linker gives it to libcurl before the C library's. */
#include "server/http_client.h"
#include "server/loop.h"
#include "server/worker.h"

#include <netdb.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static sem_t asked;

int getaddrinfo(
	const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)out;
	sem_post(&asked);
	for (;;)
		pause();
}

static void on_done(void *owner, const struct http_result *result)
{
	(void)result;
	*(bool *)owner = true;
}

static void look(void *owner)
{
	struct loop *loop = owner;

	if (sem_trywait(&asked) == 0)
		loop_stop(loop);
	else
		loop_post(loop, look, loop);
}

static struct http_client *ask(struct loop *loop, bool *done)
{
	static const char *const hosts[] = { "never.example", NULL };
	const struct http_call_options call = {
		.url = "https://never.example/", .hosts = hosts, .fd = -1, .max_size = 100
	};
	struct http_client *client = http_client_new(&(struct http_client_options){ .loop = loop });

	(void)http_client_call(client, &call, on_done, done);
	loop_post(loop, look, loop);
	return client;
}

static int stops_while_a_request_looks_up(struct loop *loop)
{
	bool done = false;
	struct http_client *client = ask(loop, &done);

	loop_run(loop);
	http_client_free(client); /* with the resolver still at it */
	return done;
}

static void hang(struct work *work)
{
	struct addrinfo *found;

	(void)work;
	(void)getaddrinfo("never.example", "1", NULL, &found);
}

static void never(struct work *work)
{
	(void)work;
	_exit(1);
}

static int stops_while_a_worker_looks_up(struct loop *loop)
{
	static struct work work = { .run = hang, .done = never };
	struct worker *worker = worker_new(loop, "net", NULL);

	worker_submit(worker, &work);
	sem_wait(&asked);
	worker_leave(worker);
	return 0;
}

int main(void)
{
	struct loop *loop = loop_new();
	int bad;

	signal(SIGPIPE, SIG_IGN);
	sem_init(&asked, 0, 0);
	(void)puts("1..2");
	bad = stops_while_a_request_looks_up(loop);
	(void)printf("%s 1 - stops while a request looks up a name\n", bad ? "not ok" : "ok");
	bad += stops_while_a_worker_looks_up(loop);
	(void)puts("ok 2 - stops while a stick's name is looked up");
	loop_free(loop);
	(void)fflush(stdout);
	_exit(bad); /* the resolver's threads never end */
}
