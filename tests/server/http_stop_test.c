/* A name that is never resolved keeps nobody from stopping. Plain, with a resolver of its own:
 * the linker gives it to libcurl before the C library's. */
#include "server/http_client.h"
#include "server/loop.h"

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

int main(void)
{
	struct http_client *client;
	struct loop *loop = loop_new();
	bool done = false;

	signal(SIGPIPE, SIG_IGN);
	sem_init(&asked, 0, 0);
	client = ask(loop, &done);
	loop_run(loop);
	(void)puts("1..1");
	http_client_free(client); /* with the resolver still at it */
	loop_free(loop);
	(void)printf("%s 1 - stops while a name is looked up\n", done ? "not ok" : "ok");
	(void)fflush(stdout);
	_exit(done); /* the resolver's thread never ends */
}
