#include "server/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024, HEX_MAX_BYTES = 255 };

static enum log_level wanted = LOG_LEVEL_INFO;

/* Lines come from several threads: guarded by the lock of stderr. */
static struct {
	char bytes[LOG_RECENT_MAX];
	size_t at; /* of all that was ever kept */
} kept;

static void keep(const char *line, size_t n)
{
	flockfile(stderr);
	for (size_t i = 0; i < n; i++)
		kept.bytes[kept.at++ % sizeof kept.bytes] = line[i];
	funlockfile(stderr);
}

size_t log_recent(char *out, size_t max)
{
	size_t from, n = 0;
	bool whole;

	flockfile(stderr);
	from = kept.at > sizeof kept.bytes ? kept.at - sizeof kept.bytes : 0;
	if (kept.at - from >= max)
		from = kept.at - max + 1;
	whole = from == 0;
	for (; from < kept.at; from++) {
		char c = kept.bytes[from % sizeof kept.bytes];

		if (whole)
			out[n++] = c;
		whole = whole || c == '\n'; /* not half of the first one */
	}
	funlockfile(stderr);
	out[n] = '\0';
	return n;
}

void log_set_level(enum log_level level)
{
	wanted = level;
}

bool log_wants(enum log_level level)
{
	return level <= wanted;
}

static size_t stamp(char *line, size_t max, enum log_level level)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(line, max, "%Y-%m-%dT%H:%M:%S", &tm);
	return n + (size_t)snprintf(
			   line + n, max - n, ".%03ldZ %s ", ts.tv_nsec / 1000000, names[level]);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	size_t n;
	va_list ap;
	int more;

	if (!log_wants(level))
		return;
	n = stamp(line, sizeof line, level);
	va_start(ap, fmt);
	more = vsnprintf(line + n, sizeof line - n - 1, fmt, ap);
	va_end(ap);
	if (more > 0)
		n += (size_t)more;
	if (n > sizeof line - 2)
		n = sizeof line - 2;
	line[n++] = '\n';
	if (level < LOG_LEVEL_DEBUG)
		keep(line, n);
	if (write(STDERR_FILENO, line, n) < 0)
		return; /* nowhere left to complain */
}

void log_hex(const char *label, struct span bytes)
{
	char text[3 * HEX_MAX_BYTES + 1];
	size_t n = bytes.size < HEX_MAX_BYTES ? bytes.size : HEX_MAX_BYTES;
	size_t at = 0;

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, " %02X", bytes.data[i]);
	text[at] = '\0';
	log_line(LOG_LEVEL_DEBUG, "%s%s", label, text);
}
