#include "adapters/zigbee/z2m_names.h"

#include "adapters/zigbee/device.h"
#include "server/base/text.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 4096, INDENT_MAX = 1000 };

struct reader {
	struct z2m_name *out;
	size_t n, max;
	bool inside;      /* the devices section */
	int device;       /* indent of the device keys; -1: none seen yet */
	int setting;      /* indent of what is said of a device; -1: nothing yet */
	bool has_current; /* out[n - 1] is the device whose lines these are */
};

static int indent_of(const char *line)
{
	size_t n = strspn(line, " ");

	return n < INDENT_MAX ? (int)n : INDENT_MAX;
}

static bool is_blank(const char *line)
{
	line += strspn(line, " \t\r\n");
	return *line == '\0' || *line == '#';
}

/* A quote that stands for itself: '' or \". */
static bool is_escaped(const char *p, char quote)
{
	if (quote == '\'')
		return p[0] == '\'' && p[1] == '\'';
	return quote == '"' && p[0] == '\\' && (p[1] == '"' || p[1] == '\\');
}

static bool ends_scalar(const char *p, char quote, char stop)
{
	if (*p == '\0' || *p == '\n' || *p == '\r')
		return true;
	if (quote)
		return *p == quote;
	return *p == stop || (*p == '#' && p[-1] == ' ');
}

/* One scalar at *text: 'a''b', "a\"b" or plain up to `stop` or a comment. Advances *text. */
static bool take_scalar(const char **text, char stop, char *out, size_t max)
{
	const char *p = *text + strspn(*text, " ");
	char quote = '\0';
	size_t n = 0;

	if (*p == '\'' || *p == '"')
		quote = *p++;
	for (;; p++) {
		if (is_escaped(p, quote))
			p++;
		else if (ends_scalar(p, quote, stop))
			break;
		if (n + 1 < max)
			out[n++] = *p;
	}
	if (quote && *p++ != quote)
		return false;
	while (!quote && n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	*text = p;
	return n > 0;
}

static void take_device(struct reader *r, const char *line)
{
	char key[48];
	uint64_t ieee;

	r->has_current = false;
	r->setting = -1;
	if (!take_scalar(&line, ':', key, sizeof key) || *line != ':' || !device_scan(&ieee, key) ||
		r->n == r->max)
		return;
	r->out[r->n++] = (struct z2m_name){ .ieee = ieee };
	r->has_current = true;
}

static void take_line(struct reader *r, const char *line)
{
	int indent = indent_of(line);
	const char *text = line + indent;
	static const char word[] = "friendly_name:";

	if (r->device < 0)
		r->device = indent;
	if (indent == r->device) {
		take_device(r, text);
		return;
	}
	if (r->setting < 0)
		r->setting = indent;
	if (!r->has_current || indent != r->setting || strncmp(text, word, sizeof word - 1) != 0)
		return;
	text += sizeof word - 1;
	if (!take_scalar(&text, '\0', r->out[r->n - 1].name, Z2M_NAME_SIZE))
		r->out[r->n - 1].name[0] = '\0';
}

/* `whole`: the file is nothing but the section. */
static void read_file(struct reader *r, const char *folder, const char *file, bool whole)
{
	char path[PATH_MAX], line[LINE_SIZE];
	FILE *f;

	if (snprintf(path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path)
		return;
	f = fopen(path, "re");
	if (!f)
		return;
	r->inside = whole;
	r->device = -1;
	r->has_current = false;
	while (fgets(line, sizeof line, f)) {
		if (is_blank(line))
			continue;
		if (!whole && indent_of(line) == 0) {
			r->inside = strncmp(line, "devices:", 8) == 0;
			r->device = -1;
		} else if (r->inside) {
			take_line(r, line);
		}
	}
	(void)fclose(f); /* only read */
}

size_t z2m_names_read(const char *folder, struct z2m_name *out, size_t max)
{
	struct reader r = { .out = out, .max = max };

	read_file(&r, folder, "configuration.yaml", false);
	read_file(&r, folder, "devices.yaml", true);
	return r.n;
}
