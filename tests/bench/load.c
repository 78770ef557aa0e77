/* load.c: load for the front door: idle-reading WebSocket clients and paced REST requests.
 *
 *   load PORT TOKEN WEBSOCKETS REQUESTS_PER_SECOND SECONDS
 *
 * Loopback only. Prints one line of JSON: what was sent and answered, latencies in microseconds,
 * and for the WebSocket clients the least and the most messages one of them got. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REST_CONNECTIONS = 16, PEERS_MAX = 1000, SAMPLES_MAX = 1 << 20, BUFFER_SIZE = 65536 };

struct peer {
	int fd;
	bool websocket, upgraded, busy, closed;
	uint64_t sent_at; /* of the request under way */
	uint64_t messages;
	size_t skip; /* bytes of a frame or body still to come */
};

static struct peer peers[PEERS_MAX + REST_CONNECTIONS];
static uint32_t samples[SAMPLES_MAX];
static size_t n_samples, errors, late;
static uint16_t port;
static const char *token;

static uint64_t usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to)) {
		perror("connect");
		exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static void say(struct peer *p, const char *path, const char *more)
{
	char head[1024];
	int n = snprintf(head, sizeof head,
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAuthorization: Bearer %s\r\n%s\r\n", path,
		port, token, more);

	if (write(p->fd, head, (size_t)n) != n)
		errors++;
}

static void open_websocket(struct peer *p)
{
	p->websocket = true;
	p->fd = dial();
	say(p, "/api/v1/events",
		"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
}

/* Counts frames; a head that is cut by the buffer's end is rare enough to be read whole next time.
 */
static size_t frames(struct peer *p, const uint8_t *data, size_t n)
{
	size_t at = 0;

	while (at < n) {
		size_t head = 2, size;

		if (p->skip) {
			size = p->skip < n - at ? p->skip : n - at;
			p->skip -= size;
			at += size;
			continue;
		}
		if (n - at < 2)
			break;
		size = data[at + 1] & 127;
		if (size >= 126)
			head = size == 126 ? 4 : 10;
		if (n - at < head)
			break;
		if (size >= 126) {
			size = 0;
			for (size_t i = 2; i < head; i++)
				size = size << 8 | data[at + i];
		}
		if ((data[at] & 15) == 8)
			p->closed = true;
		p->messages++;
		p->skip = size;
		at += head;
	}
	return at;
}

static void rest_answer(struct peer *p, const char *data, size_t n)
{
	const char *end, *length;

	if (!p->skip) {
		end = memmem(data, n, "\r\n\r\n", 4);
		length = memmem(data, n, "ontent-Length: ", 15);
		if (memcmp(data, "HTTP/1.1 200", 12) != 0 || !end || !length) {
			errors++;
			p->busy = false;
			return;
		}
		p->skip = (size_t)strtoul(length + 15, NULL, 10);
		n -= (size_t)(end + 4 - data);
	}
	p->skip -= n < p->skip ? n : p->skip;
	if (p->skip)
		return;
	p->busy = false;
	if (n_samples < SAMPLES_MAX)
		samples[n_samples++] = (uint32_t)(usec() - p->sent_at);
}

static void readable(struct peer *p)
{
	static uint8_t data[BUFFER_SIZE];
	ssize_t n = recv(p->fd, data, sizeof data, MSG_DONTWAIT | (p->websocket ? MSG_PEEK : 0));
	size_t took = (size_t)n;

	if (n <= 0) {
		if (n < 0 && errno == EAGAIN)
			return;
		p->closed = true;
		close(p->fd);
		return;
	}
	if (!p->websocket) {
		rest_answer(p, (const char *)data, took);
		return;
	}
	if (!p->upgraded) {
		uint8_t *end = memmem(data, took, "\r\n\r\n", 4);

		if (!end)
			return;
		p->upgraded = !memcmp(data, "HTTP/1.1 101", 12);
		errors += !p->upgraded;
		took = (size_t)(end + 4 - data);
	} else {
		took = frames(p, data, took);
	}
	(void)recv(p->fd, data, took, MSG_DONTWAIT); /* what was looked at */
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void report(size_t n_websockets, size_t sent)
{
	uint64_t least = UINT64_MAX, most = 0;
	size_t open = 0;

	for (size_t i = 0; i < n_websockets; i++) {
		open += peers[i].upgraded && !peers[i].closed;
		least = peers[i].messages < least ? peers[i].messages : least;
		most = peers[i].messages > most ? peers[i].messages : most;
	}
	qsort(samples, n_samples, sizeof *samples, by_value);
	printf("{\"websockets\":%zu,\"open\":%zu,\"least\":%llu,\"most\":%llu,\"requests\":%zu,"
	       "\"answered\":%zu,\"errors\":%zu,\"late\":%zu,\"p50\":%u,\"p99\":%u}\n",
		n_websockets, open, n_websockets ? (unsigned long long)least : 0,
		(unsigned long long)most, sent, n_samples, errors, late,
		n_samples ? samples[n_samples / 2] : 0,
		n_samples ? samples[n_samples * 99 / 100] : 0);
}

/* Sends what is due by now; a request whose connections are all busy is late, not lost. */
static size_t pace(struct peer *rest, uint64_t due, size_t sent)
{
	for (size_t i = 0; i < REST_CONNECTIONS && sent < due; i++) {
		if (rest[i].busy || rest[i].closed)
			continue;
		rest[i].busy = true;
		rest[i].sent_at = usec();
		say(&rest[i], "/api/v1/locks", "");
		sent++;
	}
	late += sent < due;
	return sent;
}

int main(int argc, char **argv)
{
	size_t n, rate, sent = 0;
	uint64_t began, length;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (argc != 6)
		return 2;
	port = (uint16_t)strtoul(argv[1], NULL, 10);
	token = argv[2];
	n = strtoul(argv[3], NULL, 10);
	rate = strtoul(argv[4], NULL, 10);
	length = strtoul(argv[5], NULL, 10) * 1000000;
	if (n > PEERS_MAX)
		return 2;
	for (size_t i = 0; i < n + REST_CONNECTIONS; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &peers[i] };

		if (i < n)
			open_websocket(&peers[i]);
		else
			peers[i].fd = dial();
		epoll_ctl(epoll, EPOLL_CTL_ADD, peers[i].fd, &event);
	}
	began = usec();
	while (usec() - began < length) {
		struct epoll_event ready[64];
		int got;

		sent = pace(peers + n, (usec() - began) * rate / 1000000, sent);
		got = epoll_wait(epoll, ready, 64, 1);
		for (int i = 0; i < got; i++)
			readable(ready[i].data.ptr);
	}
	report(n, sent);
	return 0;
}
