#include "server/http.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct row {
	char address[80];
	int code;
};

ParameterizedTestParameters(http_listen, addresses)
{
	static struct row rows[] = {
		{ "127.0.0.1:0", OK },
		{ "localhost:0", OK },
		{ ":0", OK },
		{ "127.0.0.1", ERR_INVALID },
		{ "127.0.0.1:", ERR_INVALID },
		{ "127.0.0.1:x", ERR_INVALID },
		{ "127.0.0.1:+1", ERR_INVALID },
		{ "127.0.0.1:65536", ERR_INVALID },
		{ "127.0.0.1:0000000001", ERR_INVALID },
		{ "::1:8099", ERR_INVALID },
		{ "example.org:80", ERR_INVALID },
		{ "[127.0.0.1:80", ERR_INVALID },
		{ "", ERR_INVALID },
	};
	return cr_make_param_array(struct row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(struct row *row, http_listen, addresses)
{
	struct err e = { 0 };
	int fd = -1;

	cr_assert(eq(int, http_listen_tcp(&fd, row->address, &e), row->code), "%s: %s",
		row->address, e.text);
	cr_assert(eq(int, fd >= 0, row->code == OK));
	if (fd >= 0)
		close(fd);
}

Test(http_listen, a_port_in_use_is_a_conflict)
{
	struct sockaddr_in at;
	socklen_t size = sizeof at;
	struct err e = { 0 };
	char address[32];
	int first, second = -1;

	cr_assert(eq(int, http_listen_tcp(&first, "127.0.0.1:0", &e), OK));
	getsockname(first, (struct sockaddr *)&at, &size);
	snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
	cr_assert(eq(int, http_listen_tcp(&second, address, &e), ERR_CONFLICT));
	cr_assert(eq(str, e.reason, "address_in_use"));
	close(first);
	cr_assert(eq(int, http_listen_tcp(&second, address, &e), OK));
	close(second);
}

Test(http_listen, a_unix_socket_is_private_and_replaces_only_a_dead_one)
{
	char dir[] = "/tmp/http-listen-XXXXXX", path[64];
	struct err e = { 0 };
	struct stat st;
	int first, second = -1;

	cr_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%s/s", dir);
	umask(0);
	cr_assert(eq(int, http_listen_unix(&first, path, &e), OK), "%s", e.text);
	cr_assert(eq(int, stat(path, &st), 0));
	cr_assert(eq(uint, st.st_mode & 0777, 0600));
	cr_assert(eq(uint, umask(0), 0), "the caller's umask is back");
	cr_assert(eq(int, http_listen_unix(&second, path, &e), ERR_CONFLICT));
	cr_assert(eq(str, e.reason, "already_running"));
	close(first);
	cr_assert(eq(int, http_listen_unix(&second, path, &e), OK), "%s", e.text);
	close(second);
	unlink(path);

	cr_assert(eq(int, mkdir(path, 0700), 0));
	cr_assert(eq(int, http_listen_unix(&second, path, &e), ERR_CONFLICT));
	rmdir(path);
	rmdir(dir);
}

Test(http_listen, a_path_longer_than_the_system_takes_is_refused)
{
	char path[200];
	int fd;

	memset(path, 'a', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = 0;
	cr_assert(eq(int, http_listen_unix(&fd, path, NULL), ERR_INVALID));
}
