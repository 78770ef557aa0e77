#include "server/base/text.h"
#include "server/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 511, SOCKET_FLAGS = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC };

/* "[::1]:8099", "127.0.0.1:8099" or ":8099" -> host and port; host "" means all addresses. */
static enum err_code split(const char *address, char host[64], char port[8], struct err *e)
{
	const char *colon = strrchr(address, ':');
	size_t n = colon ? (size_t)(colon - address) : 0;
	bool bracket = n >= 2 && *address == '[' && address[n - 1] == ']';

	if (bracket) {
		address++;
		n -= 2;
	}
	if (!colon || n >= 64 || strlen(colon + 1) >= 8 || !colon[1] ||
		colon[1 + strspn(colon + 1, "0123456789")] || (!bracket && memchr(address, ':', n)))
		return err_set(e, ERR_INVALID,
			"listen address must look like 127.0.0.1:8099, [::1]:8099 or :8099");
	memcpy(host, address, n);
	host[n] = 0;
	memcpy(port, colon + 1, strlen(colon + 1) + 1);
	return OK;
}

static enum err_code bind_error(const char *address, struct err *e)
{
	if (errno == EADDRINUSE)
		return err_because(e, ERR_CONFLICT, "address_in_use",
			"%s is already in use by another program", address);
	return err_set(e, ERR_IO, "listening on %s: %s", address, strerror(errno));
}

static enum err_code serve(int *out, const struct addrinfo *ai, const char *address, struct err *e)
{
	int fd = socket(ai->ai_family, SOCKET_FLAGS, 0), yes = 1, no = 0;
	bool all = ai->ai_flags & AI_PASSIVE;

	if (fd < 0)
		return bind_error(address, e);
	/* Neither may fail the start: without the first a restart is slower, without the second
	 * ":8099" is IPv6 only. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (ai->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, all ? &no : &yes, sizeof no);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, BACKLOG)) {
		enum err_code code = bind_error(address, e);

		close(fd);
		return code;
	}
	*out = fd;
	return OK;
}

/* All addresses: one IPv6 socket takes both, or plain IPv4 where IPv6 is switched off. */
static enum err_code serve_all(int *out, uint16_t port, const char *address, struct err *e)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct addrinfo ai6 = { .ai_flags = AI_PASSIVE,
		.ai_family = AF_INET6,
		.ai_addr = (struct sockaddr *)&six,
		.ai_addrlen = sizeof six };
	struct addrinfo ai4 = { .ai_flags = AI_PASSIVE,
		.ai_family = AF_INET,
		.ai_addr = (struct sockaddr *)&four,
		.ai_addrlen = sizeof four };
	enum err_code code = serve(out, &ai6, address, e);

	return code == OK || code == ERR_CONFLICT ? code : serve(out, &ai4, address, e);
}

enum err_code http_listen_tcp(int *fd, const char *address, struct err *e)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char host[64] = "", port[8] = "";
	uint64_t number = 0;

	enum err_code code = split(address, host, port, e);

	if (code)
		return code;
	if (!text_uint(&number, port, UINT16_MAX))
		return err_set(e, ERR_INVALID, "%s: the port must be at most 65535", address);
	if (!*host)
		return serve_all(fd, (uint16_t)number, address, e);
	if (!strcmp(host, "localhost"))
		memcpy(host, "127.0.0.1", sizeof "127.0.0.1");
	if (getaddrinfo(host, port, &hints, &found))
		return err_set(e, ERR_INVALID, "%s: not an IP address", address);
	code = serve(fd, found, address, e);
	freeaddrinfo(found);
	return code;
}

/* Is somebody alive at the other end of this path? */
static bool answers(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
	bool yes = fd >= 0 &&
		   (!connect(fd, (const struct sockaddr *)at, sizeof *at) || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return yes;
}

/* Only a dead socket may be in the way; a file of another kind is the user's. */
static enum err_code make_way(const struct sockaddr_un *at, struct err *e)
{
	struct stat st;

	if (lstat(at->sun_path, &st)) {
		if (errno == ENOENT)
			return OK;
		return err_set(e, ERR_IO, "%s: %s", at->sun_path, strerror(errno));
	}
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_CONFLICT, "%s is in the way and not a socket", at->sun_path);
	if (answers(at))
		return err_because(e, ERR_CONFLICT, "already_running",
			"another Lockwright already answers at %s", at->sun_path);
	if (unlink(at->sun_path))
		return err_set(e, ERR_IO, "removing %s: %s", at->sun_path, strerror(errno));
	return OK;
}

enum err_code http_listen_unix(int *out, const char *path, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	enum err_code code;

	if (strlen(path) >= sizeof at.sun_path)
		return err_set(e, ERR_INVALID,
			"the socket path is longer than %zu characters: choose a shorter data_dir",
			sizeof at.sun_path - 1);
	memcpy(at.sun_path, path, strlen(path) + 1);
	code = make_way(&at, e);
	if (code)
		return code;
	int fd = socket(AF_UNIX, SOCKET_FLAGS, 0);

	if (fd < 0)
		return err_set(e, ERR_IO, "a Unix socket: %s", strerror(errno));
	/* The mode must be right before anybody can connect. */
	mode_t before = umask(0177);
	int failed = bind(fd, (struct sockaddr *)&at, sizeof at);
	int why = errno;

	umask(before);
	if (failed || listen(fd, BACKLOG)) {
		code = err_set(
			e, ERR_IO, "listening at %s: %s", path, strerror(failed ? why : errno));
		close(fd);
		return code;
	}
	*out = fd;
	return OK;
}
