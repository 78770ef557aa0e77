#include "server/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool text_copy(char *out, size_t max, const char *in)
{
	size_t n = strlen(in);
	bool fits = n < max;

	if (!fits)
		n = max - 1;
	memcpy(out, in, n);
	out[n] = '\0';
	return fits;
}

void text_hex(char *out, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.size; i++) {
		*out++ = digits[bytes.data[i] >> 4];
		*out++ = digits[bytes.data[i] & 15];
	}
	*out = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_unhex(uint8_t *out, size_t max, size_t *size, const char *hex)
{
	size_t n = strlen(hex) / 2;

	if (strlen(hex) % 2 || n > max)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = nibble(hex[2 * i]);
		int low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	*size = n;
	return true;
}

bool text_uint(uint64_t *out, const char *text, uint64_t max)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long v;
	char *end;

	if (!isxdigit((unsigned char)text[hex ? 2 : 0]))
		return false;
	errno = 0;
	v = strtoull(text, &end, hex ? 16 : 10);
	if (errno || *end || v > max)
		return false;
	*out = v;
	return true;
}

void text_time(char out[TEXT_TIME_SIZE], int64_t wall)
{
	time_t s = (time_t)(wall / 1000);
	int ms = (int)(wall % 1000);
	struct tm tm;
	size_t n;

	if (ms < 0) {
		ms += 1000;
		s--;
	}
	gmtime_r(&s, &tm);
	n = strftime(out, TEXT_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out + n, TEXT_TIME_SIZE - n, ".%03dZ", ms);
}

/* -1: not two digits. */
static int two_digits(const char *text)
{
	if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]))
		return -1;
	return (text[0] - '0') * 10 + text[1] - '0';
}

/* "+02:00", "-05:30" or "Z" -> seconds east of UTC. */
static bool zone_offset(const char *text, long *seconds)
{
	int hours, minutes;

	if ((text[0] == 'Z' || text[0] == 'z') && !text[1]) {
		*seconds = 0;
		return true;
	}
	if ((text[0] != '+' && text[0] != '-') || strlen(text) != 6 || text[3] != ':')
		return false;
	hours = two_digits(text + 1);
	minutes = two_digits(text + 4);
	*seconds = (hours * 3600L + minutes * 60L) * (text[0] == '-' ? -1 : 1);
	return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

bool text_parse_time(int64_t *out, const char *rfc3339)
{
	struct tm tm = { 0 };
	const char *rest = strptime(rfc3339, "%Y-%m-%dT%H:%M:%S", &tm);
	long ms = 0, offset, scale = 100;

	if (!rest)
		return false;
	if (*rest == '.')
		for (rest++; isdigit((unsigned char)*rest); rest++, scale /= 10)
			ms += (*rest - '0') * scale;
	if (!zone_offset(rest, &offset))
		return false;
	*out = ((int64_t)timegm(&tm) - offset) * 1000 + ms;
	return true;
}

void text_slug(char *out, size_t max, const char *name)
{
	size_t n = 0;

	for (; *name && n + 1 < max && n < 63; name++) {
		if (isalnum((unsigned char)*name))
			out[n++] = (char)tolower((unsigned char)*name);
		else if (n && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	if (!n)
		(void)text_copy(out, max, "lock");
}

bool text_is_slug(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n && n <= 63 && !text[n] && text[0] != '-';
}
