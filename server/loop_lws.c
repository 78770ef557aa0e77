#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/loop.h"
#include "server/lws_private.h"
#include "server/post_list.h"
#include "server/timer_list.h"
#include "server/watch_set.h"

#include <libwebsockets.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* lws waits and serves the WebSockets. Everything else hangs on one epoll of ours that lws watches
 * as a raw file. Because of it a hang-up is ours to report (lws would close the descriptor), what
 * lws closes is only its duplicate of the epoll, and timers come from a timerfd: lws cuts its wait
 * to whole milliseconds, which makes it turn idly before each deadline.
 *
 * lws waits with poll(), which costs some 100 microseconds with 500 WebSockets: a lock's block
 * would pay that. So with a crowd we wait on our epoll alone, and lws looks at its own only so
 * often. */

enum {
	TURN_EVENTS = 64,
	FDS_MAX = 4096, /* 1000 WebSockets, 1200 HTTP connections, their transitions, and our own */
	WS_HEAD_MAX = 1024,
	WS_HEADS = 8,            /* heads in parsing at once; we hand in whole ones */
	WS_RX_CHUNK = 512,       /* kept by lws per peer; longer messages come in pieces */
	WS_TX_CHUNK = 64 * 1024, /* what lws passes to the kernel at once */
	WS_PING_S = 30,
	WS_DEAD_S = 60,
	LWS_BUFFER = 4096,
	CROWD = 32,      /* WebSockets */
	CROWD_LOOK = 10, /* ms */
};

struct loop {
	struct lws_context *lws;
	struct lws_vhost *vhost;
	struct lws_guest guest;
	size_t peers;
	msec look; /* with a crowd: when lws is asked next */
	struct watch_set watches;
	int timer, wake;
	msec now;
	bool in_turn, stopped;
	struct timer_list timers;
	msec armed; /* what the timerfd is set to; 0: nothing */
	struct post_list posts;
};

static msec read_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (msec)t.tv_sec * 1000 + (msec)t.tv_nsec / 1000000 + 1;
}

static void begin_turn(struct loop *loop)
{
	if (!loop->in_turn)
		loop->now = read_clock();
	loop->in_turn = true;
}

struct lws_vhost *loop_lws_vhost(struct loop *loop)
{
	return loop->vhost;
}

void loop_lws_set_guest(struct loop *loop, struct lws_guest guest)
{
	loop->guest = guest;
}

void loop_lws_peers(struct loop *loop, size_t count)
{
	loop->peers = count;
}

struct timer_list *loop_timer_list(struct loop *loop)
{
	return &loop->timers;
}

struct watch_set *loop_watch_set(struct loop *loop)
{
	return &loop->watches;
}

msec loop_now(const struct loop *loop)
{
	return loop->now;
}

int64_t loop_wall(const struct loop *loop)
{
	struct timespec t;

	(void)loop;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void loop_post(struct loop *loop, void (*run)(void *arg), void *arg)
{
	if (post_list_add(&loop->posts, run, arg))
		eventfd_write(loop->wake, 1);
}

static bool is_watch(const struct loop *loop, const void *data)
{
	return data != &loop->wake && data != &loop->timer && data != &loop->watches.urgent;
}

/* What cannot wait, what was posted, then ready descriptors, then timers: a late answer beats its
 * own time-out. */
static void turn(struct loop *loop)
{
	struct epoll_event got[TURN_EVENTS];
	uint64_t mark = loop->timers.orders, count;
	int n;

	begin_turn(loop);
	watch_give_urgent(&loop->watches);
	n = epoll_wait(loop->watches.all, got, TURN_EVENTS, 0);
	for (int i = 0; i < n; i++)
		if (got[i].data.ptr == &loop->wake && !eventfd_read(loop->wake, &count))
			(void)post_list_run(&loop->posts); /* one wake for many */
	for (int i = 0; i < n; i++)
		if (is_watch(loop, got[i].data.ptr))
			watch_give(got[i].data.ptr, got[i].events);
	watch_give_urgent(&loop->watches);
	timer_list_run(&loop->timers, loop->now, mark);
	watch_bury(&loop->watches);
}

void loop_serve_urgent(struct loop *loop)
{
	watch_give_urgent(&loop->watches);
}

/* The timerfd is never read: setting it anew clears it. Deadlines mostly move away before they
 * come: one idle turn at the old time is cheaper than a system call for each move. */
static void arm(struct loop *loop)
{
	msec next = timer_list_next(&loop->timers);
	bool waits = loop->armed > loop->now;
	struct itimerspec when = { 0 };

	if (waits ? !next || loop->armed <= next : !next && !loop->armed)
		return;
	/* now counts one more than the clock, so that it is never 0. */
	if (next) {
		when.it_value.tv_sec = (time_t)((next - 1) / 1000);
		when.it_value.tv_nsec = (long)((next - 1) % 1000 * 1000000) + 1;
	}
	loop->armed = next;
	timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static int on_file(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
	(void)user;
	(void)in;
	(void)size;
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		turn(lws_context_user(lws_get_context(wsi)));
	return 0;
}

static int on_websocket(
	struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
	struct loop *loop = lws_context_user(lws_get_context(wsi));

	(void)user;
	if (!loop->guest.event)
		return reason == LWS_CALLBACK_ESTABLISHED ? -1 : 0;
	begin_turn(loop);
	return loop->guest.event(loop->guest.owner, wsi, (int)reason, in, size);
}

static void lws_said(int level, const char *line)
{
	/* lws calls each adoption of a connection with its head an error. */
	bool bad = level == LLL_ERR && !strstr(line, "calling service");
	int size = (int)strcspn(line, "\n");

	if (bad)
		log_warn("lws: %.*s", size, line);
	else
		log_debug("lws: %.*s", size, line);
}

/* The usual soft limit of 1024 descriptors is less than we serve. */
static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= FDS_MAX)
		return;
	limit.rlim_cur = limit.rlim_max < FDS_MAX ? limit.rlim_max : FDS_MAX;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		log_warn("the limit of open files stays low: %s", strerror(errno));
}

static struct lws_context *start_lws(struct loop *loop)
{
	/* The first is for who names no subprotocol. */
	static const struct lws_protocols protocols[] = {
		{ .name = "events",
			.callback = on_websocket,
			.rx_buffer_size = WS_RX_CHUNK,
			.tx_packet_size = WS_TX_CHUNK },
		{ .name = "loop", .callback = on_file },
		{ .name = NULL },
	};
	static const lws_retry_bo_t patience = { .secs_since_valid_ping = WS_PING_S,
		.secs_since_valid_hangup = WS_DEAD_S };
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.user = loop,
		.fd_limit_per_thread = FDS_MAX,
		.pt_serv_buf_size = LWS_BUFFER,
		.max_http_header_pool = WS_HEADS,
		.max_http_header_data = WS_HEAD_MAX,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8,
		.vhost_name = "lockwright",
		.retry_and_idle_policy = &patience,
	};
	lws_sock_file_fd_type fd;

	lws_set_log_level(LLL_ERR | LLL_WARN, lws_said);
	raise_fd_limit();
	struct lws_context *lws = lws_create_context(&info);

	loop->vhost = lws ? lws_create_vhost(lws, &info) : NULL;
	fd.filefd = fcntl(loop->watches.all, F_DUPFD_CLOEXEC, 3);
	bool good =
		loop->vhost && fd.filefd >= 0 &&
		lws_adopt_descriptor_vhost(loop->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "loop", NULL);

	assert(good && "the event loop does not start");
	(void)good;
	return lws;
}

struct loop *loop_new(void)
{
	struct loop *loop = xcalloc(1, sizeof *loop);

	post_list_init(&loop->posts);
	loop->now = read_clock();
	watch_set_init(&loop->watches);
	loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	loop->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	watch_set_own(&loop->watches, &loop->timer);
	watch_set_own(&loop->watches, &loop->wake);
	loop->lws = start_lws(loop);
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	lws_context_destroy(loop->lws);
	watch_set_done(&loop->watches);
	close(loop->timer);
	close(loop->wake);
	post_list_done(&loop->posts);
	free(loop);
}

/* Until lws is due; true: something of ours came first. */
static bool ours_came(struct loop *loop)
{
	struct pollfd ours = { .fd = loop->watches.all, .events = POLLIN };
	msec now = read_clock();

	if (now < loop->look && poll(&ours, 1, (int)(loop->look - now)) > 0) {
		turn(loop);
		return true;
	}
	loop->look = read_clock() + CROWD_LOOK;
	return false;
}

int loop_run(struct loop *loop)
{
	loop->stopped = false;
	loop->in_turn = false;
	while (!loop->stopped) {
		arm(loop);
		bool crowd = loop->peers >= CROWD;

		/* -1: lws does not wait. */
		if (!(crowd && ours_came(loop)) && lws_service(loop->lws, crowd ? -1 : 0) < 0)
			assert(false && "lws_service");
		loop->in_turn = false;
	}
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
