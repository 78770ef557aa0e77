#include "server/rest_client.h"

#include "server/base/alloc.h"
#include "server/curl_library.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	ANSWER_MAX = 16 << 20,
	CONNECT_S = 10,
	QUIET_S = 60, /* without a byte for so long nobody answers any more */
};

struct rest_client {
	const struct curl_library *library;
	CURL *curl;
	struct curl_slist *headers; /* of every request */
	char *base;                 /* "http://lockwright" or the URL, without a slash at the end */
	char *where;                /* for people: what was tried */
	bool local, limited;
	struct rest_limits limits;
	char problem[CURL_ERROR_SIZE];
};

static bool add_token(struct rest_client *client, const char *token)
{
	size_t size = strlen(token) + sizeof "Authorization: Bearer ";
	char *line = xcalloc(1, size);

	(void)snprintf(line, size, "Authorization: Bearer %s", token);
	client->headers = client->library->list_add(NULL, line);
	explicit_bzero(line, size);
	free(line);
	return client->headers != NULL;
}

static enum err_code check(const char *url, const char *socket, const char *token, struct err *e)
{
	if (!url && !socket)
		return err_set(e, ERR_INVALID, "neither a URL nor a control socket is given");
	if (url && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return err_set(e, ERR_INVALID, "%s: a URL starts with http:// or https://", url);
	if (token && strpbrk(token, "\r\n"))
		return err_set(e, ERR_INVALID, "the token has more than one line");
	return OK;
}

enum err_code rest_client_new(struct rest_client **out, const char *url, const char *socket,
	const char *token, struct err *e)
{
	const struct curl_library *library = NULL;
	enum err_code code = check(url, socket, token, e);
	struct rest_client *client;

	if (!code)
		code = curl_library(&library, e);
	if (code)
		return code;
	client = xcalloc(1, sizeof *client);
	client->library = library;
	client->local = !url;
	client->limits.answer_max = ANSWER_MAX;
	client->where = xstrdup(url ? url : socket);
	client->base = xstrdup(url ? url : "http://lockwright");
	for (size_t n = strlen(client->base); n && client->base[n - 1] == '/';)
		client->base[--n] = 0;
	client->curl = library->init();
	if (!client->curl || (token && *token && !add_token(client, token))) {
		rest_client_free(client);
		return err_set(e, ERR_INTERNAL, "libcurl does not start");
	}
	*out = client;
	return OK;
}

void rest_client_free(struct rest_client *client)
{
	if (!client)
		return;
	client->library->list_free(client->headers);
	client->library->cleanup(client->curl);
	free(client->base);
	free(client->where);
	free(client);
}

void rest_client_limit(struct rest_client *client, const struct rest_limits *limits)
{
	client->limited = true;
	client->limits = *limits;
}

struct taking {
	char *data;
	size_t size, max;
	bool too_much;
};

static size_t take(char *data, size_t one, size_t n, void *arg)
{
	struct taking *t = arg;
	char *more;

	(void)one; /* always 1 */
	t->too_much = n > t->max - t->size;
	if (t->too_much)
		return 0;
	more = realloc(t->data, t->size + n + 1);
	if (!more)
		return 0;
	memcpy(more + t->size, data, n);
	t->data = more;
	t->size += n;
	more[t->size] = 0;
	return n;
}

static enum err_code transport_error(const struct rest_client *client, CURLcode code, struct err *e)
{
	const char *why = *client->problem ? client->problem : client->library->say(code);

	if (code == CURLE_URL_MALFORMAT)
		return err_set(e, ERR_INVALID, "%s: not a URL", client->where);
	if (client->local && code == CURLE_COULDNT_CONNECT)
		return err_because(e, ERR_IO, "not_running",
			"no Lockwright answers at %s; start it with: lockwright serve",
			client->where);
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
		return err_because(e, ERR_IO, "not_running",
			"no Lockwright answers at %s (%.80s); is it running, and is the address "
			"right?",
			client->where, why);
	return err_set(e, ERR_IO, "talking to %s: %.120s", client->where, why);
}

static int is_cancelled(
	void *limits, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
	(void)total;
	(void)now;
	(void)up_total;
	(void)up_now;
	return atomic_load(((const struct rest_limits *)limits)->cancelled);
}

static void set_limits(struct rest_client *client)
{
	const struct curl_library *lib = client->library;

	lib->set(client->curl, CURLOPT_TIMEOUT, (long)client->limits.seconds);
	lib->set(client->curl, CURLOPT_PROXY, "");
	lib->set(client->curl, CURLOPT_NOPROGRESS, 0L);
	lib->set(client->curl, CURLOPT_XFERINFOFUNCTION, is_cancelled);
	lib->set(client->curl, CURLOPT_XFERINFODATA, &client->limits);
}

/* From a clean slate each time; the connection is kept. */
static CURL *prepare(struct rest_client *client, const char *url, struct taking *into)
{
	const struct curl_library *lib = client->library;
	CURL *c = client->curl;

	lib->reset(c);
	*client->problem = 0;
	into->max = client->limits.answer_max;
	lib->set(c, CURLOPT_URL, url);
	lib->set(c, CURLOPT_PROTOCOLS_STR, "http,https");
	lib->set(c, CURLOPT_NOSIGNAL, 1L);
	lib->set(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	lib->set(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	lib->set(c, CURLOPT_LOW_SPEED_TIME, (long)QUIET_S);
	lib->set(c, CURLOPT_ERRORBUFFER, client->problem);
	lib->set(c, CURLOPT_WRITEFUNCTION, take);
	lib->set(c, CURLOPT_WRITEDATA, into);
	if (client->limited)
		set_limits(client);
	if (client->local) {
		lib->set(c, CURLOPT_UNIX_SOCKET_PATH, client->where);
		lib->set(c, CURLOPT_PROXY, "");
	}
	return c;
}

static enum err_code perform(struct rest_client *client, const char *path,
	const struct taking *into, struct rest_answer *out, struct err *e)
{
	CURLcode code = client->library->perform(client->curl);
	long status = 0;

	if (into->too_much)
		return err_set(e, ERR_TOO_LARGE, "the answer of %s has more than %zu KiB", path,
			into->max >> 10);
	if (code)
		return transport_error(client, code, e);
	client->library->get(client->curl, CURLINFO_RESPONSE_CODE, &status);
	out->status = (unsigned)status;
	out->size = into->size;
	out->body = into->data ? into->data : xstrdup("");
	return OK;
}

static char *join(const char *a, const char *b)
{
	size_t size = strlen(a) + strlen(b) + 1;
	char *both = xcalloc(1, size);

	(void)snprintf(both, size, "%s%s", a, b);
	return both;
}

/* The client's headers and these; to be freed. */
static struct curl_slist *headers_with(const struct rest_client *client, const char *type)
{
	const struct curl_library *lib = client->library;
	struct curl_slist *all = lib->list_add(NULL, "Accept: application/json");
	char *line = type ? join("Content-Type: ", type) : NULL;

	for (struct curl_slist *h = client->headers; h; h = h->next)
		all = lib->list_add(all, h->data);
	if (line)
		all = lib->list_add(all, line);
	free(line);
	return all;
}

static void set_body(
	const struct rest_client *client, const char *method, const char *type, struct span body)
{
	const struct curl_library *lib = client->library;
	CURL *c = client->curl;
	bool get = !strcmp(method, "GET");

	if (!get || type) {
		lib->set(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(type ? body.size : 0));
		lib->set(c, CURLOPT_POSTFIELDS, type && body.size ? (const char *)body.data : "");
	}
	lib->set(c, CURLOPT_CUSTOMREQUEST, method);
}

/* NOLINTNEXTLINE(readability-function-size): a request has that many parts */
enum err_code rest_exchange(struct rest_client *client, const char *method, const char *path,
	const char *type, struct span body, struct rest_answer *out, struct err *e)
{
	struct taking into = { 0 };
	char *url = join(client->base, path);
	struct curl_slist *headers = headers_with(client, type);
	CURL *c = prepare(client, url, &into);

	if (!type) /* curl would name a form */
		headers = client->library->list_add(headers, "Content-Type:");
	client->library->set(c, CURLOPT_HTTPHEADER, headers);
	set_body(client, method, type, body);

	enum err_code code = perform(client, path, &into, out, e);

	if (code)
		free(into.data);
	client->library->list_free(headers);
	free(url);
	return code;
}

static FILE *open_file(const char *name, curl_off_t *size, struct err *e)
{
	FILE *file = fopen(name, "rbe");
	struct stat st;

	if (!file || fstat(fileno(file), &st)) {
		err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", name,
			strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		err_set(e, ERR_INVALID, "%s: not a file", name);
	} else {
		*size = st.st_size;
		return file;
	}
	if (file)
		(void)fclose(file); /* read only */
	return NULL;
}

enum err_code rest_upload(struct rest_client *client, const char *path, const char *name,
	struct rest_answer *out, struct err *e)
{
	struct taking into = { 0 };
	struct err why = { 0 };
	curl_off_t size = 0;
	FILE *file = open_file(name, &size, &why);

	if (!file) {
		if (e)
			*e = why;
		return why.code;
	}

	char *url = join(client->base, path);
	struct curl_slist *headers = headers_with(client, "application/octet-stream");
	CURL *c = prepare(client, url, &into);

	client->library->set(c, CURLOPT_HTTPHEADER, headers);
	client->library->set(c, CURLOPT_POST, 1L);
	client->library->set(c, CURLOPT_READDATA, file);
	client->library->set(c, CURLOPT_POSTFIELDSIZE_LARGE, size);

	enum err_code code = perform(client, path, &into, out, e);

	if (code)
		free(into.data);
	client->library->list_free(headers);
	free(url);
	(void)fclose(file);
	return code;
}

void rest_answer_done(struct rest_answer *answer)
{
	free(answer->body);
	*answer = (struct rest_answer){ 0 };
}
