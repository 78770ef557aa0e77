#include "server/base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned http;
} codes[ERR_CODES] = {
	[OK] = { "ok", 200 },
	[ERR_INVALID] = { "invalid", 400 },
	[ERR_UNAUTHORIZED] = { "unauthorized", 401 },
	[ERR_FORBIDDEN] = { "forbidden", 403 },
	[ERR_NOT_FOUND] = { "not_found", 404 },
	[ERR_CONFLICT] = { "conflict", 409 },
	[ERR_TOO_LARGE] = { "too_large", 413 },
	[ERR_MEDIA_TYPE] = { "media_type", 415 },
	[ERR_UNSUPPORTED] = { "unsupported", 422 },
	[ERR_INTEGRITY] = { "integrity", 422 },
	[ERR_BUSY] = { "busy", 503 },
	[ERR_TIMEOUT] = { "timeout", 504 },
	[ERR_IO] = { "io", 502 },
	[ERR_PROTOCOL] = { "protocol", 502 },
	[ERR_REFUSED] = { "refused", 502 },
	[ERR_NO_SPACE] = { "no_space", 507 },
	[ERR_INTERNAL] = { "internal", 500 },
};

const char *err_name(enum err_code code)
{
	assert(code < ERR_CODES);
	return codes[code].name;
}

unsigned err_http(enum err_code code)
{
	assert(code < ERR_CODES);
	return codes[code].http;
}

PRINTF_LIKE(4, 0)
static enum err_code fill(
	struct err *e, enum err_code code, const char *reason, const char *fmt, va_list ap)
{
	if (!e)
		return code;
	e->code = code;
	(void)snprintf(e->reason, sizeof e->reason, "%s", reason); /* cut, never overrun */
	(void)vsnprintf(e->text, sizeof e->text, fmt, ap);
	return code;
}

enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fill(e, code, err_name(code), fmt, ap);
	va_end(ap);
	return code;
}

enum err_code err_because(
	struct err *e, enum err_code code, const char *reason, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fill(e, code, reason, fmt, ap);
	va_end(ap);
	return code;
}

enum err_code err_prefix(struct err *e, const char *fmt, ...)
{
	char text[sizeof e->text];
	va_list ap;
	int n;

	if (!e)
		return ERR_INTERNAL;
	memcpy(text, e->text, sizeof text);
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof e->text)
		(void)snprintf(e->text + n, sizeof e->text - (size_t)n, "%.*s",
			(int)(sizeof text - 1), text);
	return e->code;
}
