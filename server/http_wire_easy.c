#include "server/http_wire_easy.h"

#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/curl_library.h"
#include "server/http_policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONNECT_S = 10,
	SLOW_BYTES_S = 64, /* slower than that for SLOW_S: nobody is really there */
	SLOW_S = 20,
	FIRST_ROOM = 4096
};

static bool make_room(struct http_attempt *a, size_t n)
{
	size_t room = a->room ? a->room : FIRST_ROOM;
	uint8_t *more;

	while (room < n)
		room *= 2;
	if (room == a->room)
		return true;
	more = realloc(a->data, room);
	if (!more)
		return false;
	a->data = more;
	a->room = room;
	return true;
}

static bool keep(struct http_attempt *a, const char *data, size_t n)
{
	a->no_memory = !make_room(a, a->size + n + 1);
	if (a->no_memory)
		return false;
	memcpy(a->data + a->size, data, n);
	a->data[a->size + n] = 0;
	return true;
}

static bool write_out(struct http_attempt *a, const char *data, size_t n)
{
	while (n) {
		ssize_t put = write(a->fd, data, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			a->write_error = errno;
			return false;
		}
		data += put;
		n -= (size_t)put;
	}
	return true;
}

static size_t take_body(char *data, size_t one, size_t n, void *arg)
{
	struct http_attempt *a = arg;

	(void)one; /* always 1 */
	a->too_large = n > a->max_size - a->size;
	if (a->too_large || atomic_load(&a->cancelled))
		return 0;
	/* Into the file goes only what was asked for, not the page that says why not. */
	if (a->fd < 0 ? !keep(a, data, n) : a->status == 200 && !write_out(a, data, n))
		return 0;
	a->size += n;
	return n;
}

static void take_value(char *out, size_t max, const char *line, size_t n, const char *name)
{
	size_t skip = strlen(name);

	if (n < skip || strncasecmp(line, name, skip) != 0)
		return;
	while (skip < n && (line[skip] == ' ' || line[skip] == '\t'))
		skip++;
	while (n > skip && (unsigned char)line[n - 1] <= ' ')
		n--;
	out[0] = '\0';
	if (n - skip < max) /* half a tag is none */
		(void)snprintf(out, max, "%.*s", (int)(n - skip), line + skip);
}

/* Of "HTTP/1.1 200 OK"; 0: it is none. */
static unsigned status_of(const char *line, size_t n)
{
	unsigned status = 0;

	for (size_t i = 9; i < 12 && n >= 12; i++) {
		if (line[i] < '0' || line[i] > '9')
			return 0;
		status = status * 10 + (unsigned)(line[i] - '0');
	}
	return status;
}

static size_t take_header(char *line, size_t one, size_t n, void *arg)
{
	struct http_attempt *a = arg;

	(void)one; /* always 1 */
	if (n > 5 && !strncmp(line, "HTTP/", 5)) {
		a->status = status_of(line, n);
		a->etag[0] = a->retry_after[0] = a->date[0] = '\0';
	}
	take_value(a->etag, sizeof a->etag, line, n, "ETag:");
	take_value(a->retry_after, sizeof a->retry_after, line, n, "Retry-After:");
	take_value(a->date, sizeof a->date, line, n, "Date:");
	return n;
}

/* The address is looked at where it is used: a name that answers differently the second time
 * (DNS rebinding) gains nothing. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_attempt *a = arg;

	(void)purpose;
	if (!a->any_address && !http_address_is_public(&address->addr) &&
		!http_address_is_in(a->options->nets, a->options->n_nets, &address->addr)) {
		a->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int watch_cancel(void *arg, curl_off_t down, curl_off_t got, curl_off_t up, curl_off_t put)
{
	const struct http_attempt *a = arg;

	(void)down;
	(void)got;
	(void)up;
	(void)put;
	return atomic_load(&a->cancelled);
}

static void set_limits(const struct http_attempt *a, const struct curl_library *lib)
{
	lib->set(a->curl, CURLOPT_NOSIGNAL, 1L);
	/* Nobody waits for the end of a look-up that was given up: not other requests, not SIGTERM.
	 */
	lib->set(a->curl, CURLOPT_QUICK_EXIT, 1L);
	lib->set(a->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	lib->set(a->curl, CURLOPT_TIMEOUT, (long)a->timeout_s);
	lib->set(a->curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_S);
	lib->set(a->curl, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
	lib->set(a->curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)a->max_size);
	lib->set(a->curl, CURLOPT_FOLLOWLOCATION, 0L);
	lib->set(a->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	lib->set(a->curl, CURLOPT_FRESH_CONNECT, (long)a->fresh);
	lib->set(a->curl, CURLOPT_FORBID_REUSE, (long)a->fresh);
}

static void set_trust(const struct http_attempt *a, const struct curl_library *lib,
	const struct http_wire_options *options)
{
	lib->set(a->curl, CURLOPT_PROTOCOLS_STR, "https");
	lib->set(a->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	lib->set(a->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	lib->set(a->curl, CURLOPT_SSL_VERIFYHOST, 2L);
	lib->set(a->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	if (options->ca_file) {
		lib->set(a->curl, CURLOPT_CAINFO, options->ca_file);
		lib->set(a->curl, CURLOPT_CAPATH, NULL);
	}
	lib->set(a->curl, CURLOPT_PROXY, options->proxy ? options->proxy : "");
	lib->set(a->curl, CURLOPT_NOPROXY, "");
	lib->set(a->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	lib->set(a->curl, CURLOPT_OPENSOCKETDATA, a);
}

static void set_callbacks(struct http_attempt *a, const struct curl_library *lib)
{
	lib->set(a->curl, CURLOPT_PRIVATE, a);
	lib->set(a->curl, CURLOPT_ERRORBUFFER, a->problem);
	lib->set(a->curl, CURLOPT_WRITEFUNCTION, take_body);
	lib->set(a->curl, CURLOPT_WRITEDATA, a);
	lib->set(a->curl, CURLOPT_HEADERFUNCTION, take_header);
	lib->set(a->curl, CURLOPT_HEADERDATA, a);
	lib->set(a->curl, CURLOPT_NOPROGRESS, 0L);
	lib->set(a->curl, CURLOPT_XFERINFOFUNCTION, watch_cancel);
	lib->set(a->curl, CURLOPT_XFERINFODATA, a);
}

static bool add_line(struct http_attempt *a, const struct curl_library *lib, const char *line)
{
	struct curl_slist *longer = lib->list_add(a->lines, line);

	if (longer)
		a->lines = longer;
	return longer != NULL;
}

static bool set_request(struct http_attempt *a, const struct curl_library *lib)
{
	char known[HTTP_ETAG_SIZE + 20];
	bool good = add_line(a, lib, "User-Agent: Lockwright/" LOCKWRIGHT_VERSION);

	good = good && add_line(a, lib, "Expect:"); /* no 100-continue round */
	for (const char *const *h = a->headers; good && h && *h; h++)
		good = add_line(a, lib, *h);
	if (good && a->etag_known && *a->etag_known) {
		(void)snprintf(known, sizeof known, "If-None-Match: %s", a->etag_known);
		good = add_line(a, lib, known);
	}
	if (a->body.size || !strcmp(a->method, "POST")) {
		lib->set(a->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)a->body.size);
		lib->set(a->curl, CURLOPT_POSTFIELDS,
			a->body.size ? (const char *)a->body.data : "");
	}
	lib->set(a->curl, CURLOPT_CUSTOMREQUEST, a->method);
	lib->set(a->curl, CURLOPT_HTTPHEADER, a->lines);
	return good && lib->set(a->curl, CURLOPT_URL, a->url) == CURLE_OK;
}

static void clean_up(struct http_attempt *a, const struct curl_library *lib)
{
	lib->cleanup(a->curl);
	lib->list_free(a->lines);
	a->curl = a->lines = NULL;
}

enum err_code http_easy_begin(struct http_attempt *attempt, const struct curl_library *lib,
	const struct http_wire_options *options, struct err *e)
{
	/* A proxy is somebody's choice, and may well be next door; what it connects to is its own
	 * business. */
	attempt->any_address = options->any_address || options->proxy;
	attempt->options = options;
	attempt->curl = lib->init();
	if (!attempt->curl)
		return err_set(e, ERR_INTERNAL, "libcurl does not start");
	set_limits(attempt, lib);
	set_trust(attempt, lib, options);
	set_callbacks(attempt, lib);
	if (set_request(attempt, lib))
		return OK;
	clean_up(attempt, lib);
	return err_set(e, ERR_INTERNAL, "no memory for a request");
}

static enum err_code explain_tls(struct http_attempt *a, const char *why)
{
	return err_because(&a->err, ERR_REFUSED, "tls_failed",
		"the server could not prove who it is: %.120s", why);
}

static enum err_code explain_own(struct http_attempt *a, CURLcode code)
{
	if (atomic_load(&a->cancelled))
		return err_because(&a->err, ERR_BUSY, "stopping", "it was called off");
	if (a->too_large || code == CURLE_FILESIZE_EXCEEDED)
		return err_set(
			&a->err, ERR_TOO_LARGE, "the answer has more than %zu bytes", a->max_size);
	if (a->write_error)
		return err_set(&a->err, a->write_error == ENOSPC ? ERR_NO_SPACE : ERR_IO,
			"writing the answer: %s", strerror(a->write_error));
	if (a->no_memory)
		return err_set(&a->err, ERR_INTERNAL, "no memory for the answer");
	if (a->address_refused)
		return err_because(&a->err, ERR_FORBIDDEN, "address_not_allowed",
			"the name leads to an address inside this network or machine");
	return OK;
}

static void explain(struct http_attempt *a, const struct curl_library *lib, CURLcode code)
{
	const char *why = *a->problem ? a->problem : lib->say(code);

	if (code == CURLE_OK || explain_own(a, code) != OK)
		return;
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
		code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CIPHER)
		(void)explain_tls(a, why);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		err_set(&a->err, ERR_TIMEOUT, "no whole answer in time (%.120s)", why);
	else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
		err_because(&a->err, ERR_FORBIDDEN, "url_not_allowed", "%.120s", why);
	else
		err_set(&a->err, ERR_IO, "%.160s", why);
}

void http_easy_end(struct http_attempt *attempt, const struct curl_library *lib, int code)
{
	long sent = 0, status = 0;
	curl_off_t before = 0;
	char *location = NULL;

	lib->get(attempt->curl, CURLINFO_REQUEST_SIZE, &sent);
	lib->get(attempt->curl, CURLINFO_PRETRANSFER_TIME_T, &before);
	lib->get(attempt->curl, CURLINFO_RESPONSE_CODE, &status);
	lib->get(attempt->curl, CURLINFO_REDIRECT_URL, &location);
	attempt->maybe_sent = sent > 0 || before > 0 || status > 0;
	attempt->status = (unsigned)status;
	if (!text_copy(attempt->location, sizeof attempt->location, location ? location : ""))
		attempt->location[0] = '\0';
	explain(attempt, lib, (CURLcode)code);
	clean_up(attempt, lib);
}
