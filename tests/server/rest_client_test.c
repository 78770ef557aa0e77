/* Against a server of our own in a forked child: http_listen, http_mhd and rest_client as a pair.
 */
#include "server/rest_client.h"

#include "server/http.h"
#include "server/loop.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64], path[96];
static pid_t child;

static void send_text(struct http_reply *reply, unsigned status, const char *text)
{
	http_send(reply, status, "text/plain", NULL,
		(struct span){ (const uint8_t *)text, strlen(text) });
}

static void describe(void *owner, const struct http_request *r, struct http_reply *reply)
{
	const char *type = http_header(r, "content-type"), *auth = http_header(r, "authorization");
	char text[512];

	(void)owner;
	snprintf(text, sizeof text, "%s %s type=%s auth=%s body=%.*s", r->method, r->path,
		type ? type : "-", auth ? auth : "-", (int)r->body.size,
		r->body.data ? (const char *)r->body.data : "");
	send_text(reply, 200, text);
}

static void big(void *owner, const struct http_request *r, struct http_reply *reply)
{
	size_t size = (16 << 20) + 1;
	uint8_t *data = calloc(1, size);

	(void)owner;
	(void)r;
	http_send(reply, 200, NULL, NULL, (struct span){ data, size });
	free(data);
}

static void serve(void)
{
	static const struct http_route routes[] = {
		{ "GET", "/x", describe, 0, NULL },
		{ "POST", "/x", describe, 100000, NULL },
		{ "DELETE", "/x", describe, 0, NULL },
		{ "GET", "/big", big, 0, NULL },
	};
	struct http_options options = { .loop = loop_new(), .routes = routes, .n_routes = 4 };
	struct http_server *server;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (http_server_new(&server, &options, NULL) || http_listen_unix(&fd, path, NULL) ||
		http_server_listen(server, fd, HTTP_CONTROL, NULL))
		_exit(1);
	loop_run(options.loop);
	_exit(0);
}

static void start(void)
{
	struct stat st;

	strcpy(dir, "/tmp/rest-client-XXXXXX");
	cr_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%s/control.sock", dir);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	child = fork();
	if (!child)
		serve();
	for (int i = 0; stat(path, &st) && i < 2000; i++)
		usleep(5000);
}

static void end(void)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	unlink(path);
	rmdir(dir);
}

TestSuite(rest_client, .init = start, .fini = end, .timeout = 60);

static struct rest_client *connect_here(const char *token)
{
	struct rest_client *client = NULL;
	struct err e = { 0 };

	cr_assert(eq(int, rest_client_new(&client, NULL, path, token, &e), OK), "%s", e.text);
	return client;
}

static void expect(struct rest_client *client, const char *method, const char *type,
	const char *body, const char *wanted)
{
	struct rest_answer a;
	struct err e = { 0 };
	struct span span = { (const uint8_t *)body, body ? strlen(body) : 0 };

	cr_assert(
		eq(int, rest_exchange(client, method, "/x", type, span, &a, &e), OK), "%s", e.text);
	cr_assert(eq(str, a.body, (char *)wanted));
	cr_assert(eq(uint, a.status, 200));
	rest_answer_done(&a);
}

Test(rest_client, exchanges_over_the_socket_whatever_the_proxy_says)
{
	struct rest_client *client = connect_here(NULL);

	expect(client, "GET", NULL, NULL, "GET /x type=- auth=- body=");
	expect(client, "POST", "application/json", "{}",
		"POST /x type=application/json auth=- body={}");
	expect(client, "POST", NULL, NULL, "POST /x type=- auth=- body=");
	expect(client, "DELETE", NULL, NULL, "DELETE /x type=- auth=- body=");
	rest_client_free(client);
}

Test(rest_client, sends_the_token_and_refuses_a_broken_one)
{
	struct rest_client *client = connect_here("s3cret"), *bad;

	expect(client, "GET", NULL, NULL, "GET /x type=- auth=Bearer s3cret body=");
	rest_client_free(client);
	cr_assert(eq(int, rest_client_new(&bad, NULL, path, "a\r\nb", NULL), ERR_INVALID));
	cr_assert(eq(int, rest_client_new(&bad, "ftp://x", NULL, NULL, NULL), ERR_INVALID));
}

Test(rest_client, uploads_a_file)
{
	struct rest_client *client = connect_here(NULL);
	struct rest_answer a;
	struct err e = { 0 };
	char name[96];

	snprintf(name, sizeof name, "%s/file", dir);
	FILE *f = fopen(name, "w");

	fputs("firmware", f);
	fclose(f);
	cr_assert(eq(int, rest_upload(client, "/x", name, &a, &e), OK), "%s", e.text);
	cr_assert(eq(str, a.body, "POST /x type=application/octet-stream auth=- body=firmware"));
	rest_answer_done(&a);
	unlink(name);
	cr_assert(eq(int, rest_upload(client, "/x", name, &a, &e), ERR_NOT_FOUND));
	cr_assert(eq(int, rest_upload(client, "/x", dir, &a, &e), ERR_INVALID));
	rest_client_free(client);
}

Test(rest_client, an_error_status_is_an_answer)
{
	struct rest_client *client = connect_here(NULL);
	struct rest_answer a;
	struct span none = { 0 };

	cr_assert(eq(int, rest_exchange(client, "GET", "/no", NULL, none, &a, NULL), OK));
	cr_assert(eq(uint, a.status, 404));
	rest_answer_done(&a);
	rest_client_free(client);
}

Test(rest_client, an_answer_without_end_is_cut)
{
	struct rest_client *client = connect_here(NULL);
	struct rest_answer a;
	struct span none = { 0 };

	cr_assert(
		eq(int, rest_exchange(client, "GET", "/big", NULL, none, &a, NULL), ERR_TOO_LARGE));
	rest_client_free(client);
}

Test(rest_client, nobody_there_says_how_to_start)
{
	struct rest_client *client = connect_here(NULL), *remote;
	struct rest_answer a;
	struct span none = { 0 };
	struct err e = { 0 };

	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_assert(eq(int, rest_exchange(client, "GET", "/x", NULL, none, &a, &e), ERR_IO));
	cr_assert(eq(str, e.reason, "not_running"));
	cr_assert(strstr(e.text, "start it with: lockwright serve") != NULL);
	rest_client_free(client);
	unsetenv("http_proxy");
	cr_assert(eq(int, rest_client_new(&remote, "http://127.0.0.1:1/", NULL, NULL, &e), OK));
	cr_assert(eq(int, rest_exchange(remote, "GET", "/x", NULL, none, &a, &e), ERR_IO));
	cr_assert(eq(str, e.reason, "not_running"));
	rest_client_free(remote);
}
