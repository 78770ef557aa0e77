#include "tests/scenarios/page.h"

#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *rows;
static size_t rows_size;
static FILE *out;

static char *read_text(const char *variable)
{
	const char *path = getenv(variable);
	size_t n = 0;
	char *text = (char *)temp_file_read(path ? path : "", &n), *whole;

	cr_assert(text != NULL, "%s names a file", variable);
	whole = calloc(1, n + 1);
	cr_assert(whole != NULL);
	memcpy(whole, text, n);
	free(text);
	return whole;
}

static size_t line_length(const char *line)
{
	size_t n = strcspn(line, "\n");

	return line[n] ? n + 1 : n;
}

/* --- rows --- */

void page_begin(void)
{
	out = open_memstream(&rows, &rows_size);
	cr_assert(out != NULL);
}

/* Lines of number, tab, text; "#" begins a remark. */
static void put_other(const char *number)
{
	char *text = read_text("LOCKWRIGHT_OTHER_RESULTS");
	size_t n = strlen(number);
	const char *line = text;

	while (*line && (strncmp(line, number, n) != 0 || line[n] != '\t'))
		line += line_length(line);
	if (*line)
		(void)fprintf(out, "%.*s", (int)strcspn(line + n + 1, "\n"), line + n + 1);
	cr_expect(line[0] != '\0', "nothing is said of zigbee-herdsman in scenario %s", number);
	free(text);
}

static void put_code(const struct result *r)
{
	if (*r->code)
		(void)fprintf(out, "`%s`", r->code);
	if (strcmp(r->evidence, "verified_by_version") == 0)
		(void)fputs(", proven", out);
	else if (*r->evidence)
		(void)fprintf(out, ", %s", r->evidence);
}

void page_add(const struct page_row *row)
{
	const struct scenario *s = row->scenario;

	(void)fprintf(out, "| %s | %s | %s | %s | ", s->number, s->what, row->znp.outcome,
		s->radios == ONCE ? "no radio in it" : row->ezsp.outcome);
	put_code(&row->znp);
	(void)fprintf(out, " | %s | ", s->note);
	put_other(s->number);
	(void)fputs(" |\n", out);
}

/* --- the page --- */

static bool is_row(const char *line)
{
	return strncmp(line, "| ", 2) == 0 && isdigit((unsigned char)line[2]);
}

static void write_page(void)
{
	char *text = read_text("LOCKWRIGHT_PAGE");
	FILE *file = fopen(getenv("LOCKWRIGHT_PAGE"), "w");

	cr_assert(file != NULL);
	for (const char *line = text; *line; line += line_length(line)) {
		if (!is_row(line))
			(void)fwrite(line, 1, line_length(line), file);
		if (strncmp(line, "|---", 4) == 0)
			(void)fwrite(rows, 1, rows_size, file);
	}
	cr_assert(eq(int, fclose(file), 0));
	free(text);
}

static void check_page(bool part)
{
	char *text = read_text("LOCKWRIGHT_PAGE");
	size_t there = 0, ours = 0;

	for (const char *line = text; *line; line += line_length(line))
		there += is_row(line);
	for (const char *line = rows; *line; line += line_length(line)) {
		char copy[1024];

		(void)snprintf(copy, sizeof copy, "\n%.*s", (int)line_length(line), line);
		cr_expect(strstr(text, copy) != NULL, "docs/scenarios.md does not say: %s", copy);
		ours++;
	}
	cr_expect(part || there == ours, "docs/scenarios.md has %zu rows, not %zu", there, ours);
	free(text);
}

void page_end(bool part)
{
	(void)fclose(out);
	if (getenv("LOCKWRIGHT_WRITE_PAGE") && !part)
		write_page();
	else
		check_page(part);
	free(rows);
}
