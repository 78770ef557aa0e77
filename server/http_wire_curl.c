#include "server/base/alloc.h"
#include "server/curl_library.h"
#include "server/http_wire.h"
#include "server/http_wire_easy.h"
#include "server/loop.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STACK_SIZE = 512 * 1024, POLL_MS = 1000 }; /* TLS and the loading of libcurl fit */

struct queue {
	struct http_attempt *first, **end;
};

struct http_wire {
	struct loop *loop;
	struct http_wire_options options; /* its texts are copies */
	bool started;
	pthread_t thread;
	struct loop_watch *watch;
	int ready;                      /* eventfd: something is done */
	const struct curl_library *lib; /* the thread's own, as `running` is */
	struct queue running;
	pthread_mutex_t lock; /* of the rest */
	CURLM *multi;         /* NULL: not yet, or no libcurl */
	struct queue todo, done;
	struct err broken; /* code OK: libcurl is there, or nobody looked yet */
	bool quit;
};

static void empty(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void append(struct queue *q, struct http_attempt *a)
{
	a->next = NULL;
	*q->end = a;
	q->end = &a->next;
}

static void take_out(struct queue *q, const struct http_attempt *a)
{
	struct http_attempt **link = &q->first;

	while (*link && *link != a)
		link = &(*link)->next;
	assert(*link);
	*link = a->next;
	if (!*link)
		q->end = link;
}

static void give_back(struct http_wire *wire, struct http_attempt *a)
{
	pthread_mutex_lock(&wire->lock);
	append(&wire->done, a);
	pthread_mutex_unlock(&wire->lock);
	eventfd_write(wire->ready, 1);
}

static void begin(struct http_wire *wire, struct http_attempt *a)
{
	enum err_code code = http_easy_begin(a, wire->lib, &wire->options, &a->err);

	if (code == OK && wire->lib->multi_add(wire->multi, a->curl) == CURLM_OK) {
		append(&wire->running, a);
		return;
	}
	if (code == OK)
		http_easy_end(a, wire->lib, CURLE_OUT_OF_MEMORY);
	give_back(wire, a);
}

static void end(struct http_wire *wire, struct http_attempt *a, CURLcode code)
{
	wire->lib->multi_remove(wire->multi, a->curl);
	take_out(&wire->running, a);
	http_easy_end(a, wire->lib, (int)code);
	give_back(wire, a);
}

static void begin_all(struct http_wire *wire)
{
	struct http_attempt *all;

	pthread_mutex_lock(&wire->lock);
	all = wire->todo.first;
	empty(&wire->todo);
	pthread_mutex_unlock(&wire->lock);
	while (all) {
		struct http_attempt *next = all->next;

		begin(wire, all);
		all = next;
	}
}

static void look_for_ends(struct http_wire *wire)
{
	int left;

	for (CURLMsg *m; (m = wire->lib->multi_message(wire->multi, &left)) != NULL;) {
		CURLcode code = m->data.result; /* m is gone with the handle */
		struct http_attempt *a = NULL;

		wire->lib->get(m->easy_handle, CURLINFO_PRIVATE, (char **)&a);
		end(wire, a, code);
	}
	for (struct http_attempt *a = wire->running.first, *next; a; a = next) {
		next = a->next;
		if (atomic_load(&a->cancelled))
			end(wire, a, CURLE_ABORTED_BY_CALLBACK);
	}
}

static bool shall_quit(struct http_wire *wire)
{
	pthread_mutex_lock(&wire->lock);
	bool quit = wire->quit;

	pthread_mutex_unlock(&wire->lock);
	return quit;
}

static void run(struct http_wire *wire)
{
	int running;

	while (!shall_quit(wire)) {
		begin_all(wire);
		wire->lib->multi_perform(wire->multi, &running);
		look_for_ends(wire);
		/* Idle, it sleeps until somebody wakes it. */
		wire->lib->multi_poll(
			wire->multi, NULL, 0, wire->running.first ? POLL_MS : INT32_MAX, NULL);
	}
	begin_all(wire);
	for (struct http_attempt *a; (a = wire->running.first) != NULL;) {
		atomic_store(&a->cancelled, true);
		end(wire, a, CURLE_ABORTED_BY_CALLBACK);
	}
	wire->lib->multi_cleanup(wire->multi);
}

/* Without libcurl every attempt fails with that reason. */
static void refuse(struct http_wire *wire, struct http_attempt *a)
{
	a->err = wire->broken;
	append(&wire->done, a);
	eventfd_write(wire->ready, 1);
}

static void *wire_thread(void *arg)
{
	struct http_wire *wire = arg;
	struct err e = { 0 };
	CURLM *multi = NULL;

	if (curl_library(&wire->lib, &e) == OK) {
		multi = wire->lib->multi_init();
		if (!multi)
			err_set(&e, ERR_INTERNAL, "libcurl does not start");
	}
	pthread_mutex_lock(&wire->lock);
	wire->multi = multi;
	wire->broken = e;
	for (struct http_attempt *a; !multi && (a = wire->todo.first) != NULL;) {
		take_out(&wire->todo, a);
		refuse(wire, a);
	}
	pthread_mutex_unlock(&wire->lock);
	if (multi)
		run(wire);
	return NULL;
}

static void deliver(struct http_wire *wire)
{
	pthread_mutex_lock(&wire->lock);
	struct http_attempt *a = wire->done.first;

	empty(&wire->done);
	pthread_mutex_unlock(&wire->lock);
	while (a) {
		struct http_attempt *next = a->next;

		a->done(a);
		a = next;
	}
}

static void on_ready(void *owner, unsigned events)
{
	struct http_wire *wire = owner;
	eventfd_t count;

	(void)events;
	if (!eventfd_read(wire->ready, &count))
		deliver(wire);
}

struct http_wire *http_wire_new(struct loop *loop, const struct http_wire_options *options)
{
	struct http_wire *wire = xcalloc(1, sizeof *wire);

	wire->loop = loop;
	wire->options = *options;
	wire->options.ca_file = options->ca_file ? xstrdup(options->ca_file) : NULL;
	wire->options.proxy = options->proxy ? xstrdup(options->proxy) : NULL;
	wire->ready = -1;
	pthread_mutex_init(&wire->lock, NULL);
	empty(&wire->running);
	empty(&wire->todo);
	empty(&wire->done);
	return wire;
}

static void start_thread(struct http_wire *wire)
{
	pthread_attr_t attr;
	sigset_t all, before;

	if (wire->ready < 0) {
		wire->ready = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		wire->watch = loop_watch(wire->loop, wire->ready, on_ready, wire);
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	/* Signals belong to the loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&wire->thread, &attr, wire_thread, wire);

	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	assert(!failed && "no thread");
	(void)failed;
	pthread_setname_np(wire->thread, "http");
}

static void wake(struct http_wire *wire)
{
	if (wire->multi)
		wire->lib->multi_wakeup(wire->multi);
}

void http_wire_submit(struct http_wire *wire, struct http_attempt *attempt)
{
	bool start;

	pthread_mutex_lock(&wire->lock);
	if (wire->broken.code)
		refuse(wire, attempt);
	else
		append(&wire->todo, attempt);
	wake(wire);
	start = !wire->started;
	wire->started = true;
	pthread_mutex_unlock(&wire->lock);
	if (start)
		start_thread(wire);
}

void http_wire_cancel(struct http_wire *wire, struct http_attempt *attempt)
{
	atomic_store(&attempt->cancelled, true);
	pthread_mutex_lock(&wire->lock);
	wake(wire);
	pthread_mutex_unlock(&wire->lock);
}

void http_wire_free(struct http_wire *wire)
{
	if (!wire)
		return;
	pthread_mutex_lock(&wire->lock);
	bool started = wire->started;

	wire->quit = true;
	wake(wire);
	pthread_mutex_unlock(&wire->lock);
	if (started)
		pthread_join(wire->thread, NULL);
	deliver(wire);
	loop_unwatch(wire->watch);
	if (wire->ready >= 0)
		close(wire->ready);
	pthread_mutex_destroy(&wire->lock);
	free((char *)wire->options.ca_file);
	free((char *)wire->options.proxy);
	free(wire);
}
