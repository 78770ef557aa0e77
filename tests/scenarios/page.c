#include "tests/scenarios/page.h"

#include "server/base/text.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *page;
static size_t size;
static FILE *out;

void page_begin(void)
{
	out = open_memstream(&page, &size);
	cr_assert(out != NULL);
}

/* A line of the other program's results: number, tab, text. */
static void put_other(const char *number)
{
	const char *path = getenv("LOCKWRIGHT_OTHER_RESULTS");
	char line[512];
	FILE *in = path ? fopen(path, "r") : NULL;
	bool found = false;

	while (in && !found && fgets(line, sizeof line, in)) {
		char *tab = strchr(line, '\t');

		if (!tab)
			continue;
		*tab++ = '\0';
		tab[strcspn(tab, "\n")] = '\0';
		found = strcmp(line, number) == 0;
		if (found)
			(void)fputs(tab, out);
	}
	if (in)
		(void)fclose(in);
	if (!found)
		(void)fputs("not run", out);
}

void page_add(const struct page_row *row)
{
	const struct scenario *s = row->scenario;
	const struct result *r = &row->znp;

	(void)fprintf(out, "| %s | %s | %s | %s | %s%s%s%s%s | %s | ", s->number, s->what,
		r->outcome, s->radios == ONCE ? "no radio in it" : row->ezsp.outcome,
		*r->code ? "`" : "", r->code, *r->code ? "`" : "", *r->evidence ? ", " : "",
		r->evidence, s->note);
	put_other(s->number);
	(void)fputs(" |\n", out);
}

/* The table of the page: all lines that begin with a number. */
static void check_line(const char *line, size_t n, const char *text)
{
	const char *at = text;

	while ((at = strstr(at, "\n| "))) {
		at++;
		if (strncmp(at, line, n) == 0)
			return;
	}
	cr_expect(false, "docs/scenarios.md does not say: %.*s", (int)n, line);
}

static size_t count_rows(const char *text)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, "\n| ")); at++)
		n += at[3] >= '0' && at[3] <= '9';
	return n;
}

static void check(bool part)
{
	const char *path = getenv("LOCKWRIGHT_PAGE");
	size_t n = 0, rows = 0;
	char *text = (char *)temp_file_read(path ? path : "", &n);

	cr_assert(text != NULL, "LOCKWRIGHT_PAGE names docs/scenarios.md");
	text = realloc(text, n + 1);
	text[n] = '\0';
	for (const char *line = page; *line; rows++) {
		size_t length = strcspn(line, "\n") + 1;

		check_line(line, length, text);
		line += length;
	}
	cr_expect(part || count_rows(text) == rows, "docs/scenarios.md has %zu rows, not %zu",
		count_rows(text), rows);
	free(text);
}

void page_end(bool part)
{
	const char *path = getenv("LOCKWRIGHT_WRITE_PAGE");

	(void)fclose(out);
	if (path)
		cr_assert(temp_file_write(path, page, size));
	else
		check(part);
	free(page);
}
