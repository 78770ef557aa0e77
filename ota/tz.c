#include "ota/tz.h"

#include "ota/tz_rule.h"
#include "server/base/alloc.h"
#include "server/base/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Offsets of more than a day do not occur; the file could say anything. */
enum { HEADER = 44, OFFSET_MAX = 93600, DAY = 86400 };

struct transition {
	int64_t at; /* UTC */
	int32_t offset;
};

struct tz {
	int32_t first; /* before the first transition */
	bool has_rule;
	struct tz_rule rule;
	size_t n;
	struct transition transitions[];
};

struct counts {
	uint32_t is_ut, is_standard, leaps, transitions, types, names;
};

static uint32_t big_32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t big_time(const uint8_t *p, size_t width)
{
	if (width == 4)
		return (int32_t)big_32(p);
	return (int64_t)((uint64_t)big_32(p) << 32 | big_32(p + 4));
}

static bool read_header(struct counts *out, struct span file)
{
	const uint8_t *p = file.data;

	if (file.size < HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	*out = (struct counts){ big_32(p + 20), big_32(p + 24), big_32(p + 28), big_32(p + 32),
		big_32(p + 36), big_32(p + 40) };
	return out->transitions <= TZ_TRANSITIONS_MAX && out->types >= 1 && out->types <= 256 &&
	       out->names <= 4096 && out->leaps <= 1024 && out->is_ut <= 256 &&
	       out->is_standard <= 256;
}

/* Bytes of the data behind a header. */
static size_t data_size(const struct counts *c, size_t width)
{
	return c->transitions * (width + 1) + (size_t)c->types * 6 + c->names +
	       c->leaps * (width + 4) + c->is_standard + c->is_ut;
}

static bool read_transitions(
	struct tz *tz, const uint8_t *data, const struct counts *c, size_t width)
{
	const uint8_t *indexes = data + c->transitions * width, *types = indexes + c->transitions;

	tz->first = (int32_t)big_32(types);
	for (uint32_t i = 0; i < c->types; i++) {
		int32_t offset = (int32_t)big_32(types + (size_t)6 * i);

		if (offset < -OFFSET_MAX || offset > OFFSET_MAX)
			return false;
	}
	for (uint32_t i = 0; i < c->transitions; i++) {
		struct transition *t = &tz->transitions[i];

		if (indexes[i] >= c->types)
			return false;
		t->at = big_time(data + i * width, width);
		t->offset = (int32_t)big_32(types + (size_t)6 * indexes[i]);
		if (i && t->at <= tz->transitions[i - 1].at)
			return false;
	}
	tz->n = c->transitions;
	return true;
}

/* "\n<rule>\n" */
static bool read_footer(struct tz *tz, struct span rest)
{
	const uint8_t *end;

	if (rest.size < 2 || rest.data[0] != '\n')
		return false;
	end = memchr(rest.data + 1, '\n', rest.size - 1);
	if (!end)
		return false;
	if (end == rest.data + 1)
		return true; /* no rule: the last transition holds for good */
	tz->has_rule = true;
	return tz_rule_parse(
		&tz->rule, (struct span){ rest.data + 1, (size_t)(end - rest.data) - 1 });
}

/* The second header, with times of 64 bits, when there is one. */
static bool choose_block(struct span *block, struct counts *c, size_t *width, struct span file)
{
	size_t first;

	*width = 4;
	*block = file;
	if (!read_header(c, file))
		return false;
	first = HEADER + data_size(c, 4);
	if (file.data[4] < '2')
		return file.size >= first;
	if (file.size < first)
		return false;
	*width = 8;
	*block = (struct span){ file.data + first, file.size - first };
	return read_header(c, *block) && block->size >= HEADER + data_size(c, 8);
}

DEFINE_AUTO(struct tz *, tz_free)

enum err_code tz_parse(struct tz **out, struct span file, struct err *e)
{
	AUTO(tz_free) struct tz *tz = NULL;
	struct counts c;
	struct span block;
	size_t width, data;

	if (file.size > TZ_FILE_MAX || !choose_block(&block, &c, &width, file))
		return err_because(e, ERR_INVALID, "time_zone", "the time zone file is damaged");
	tz = xcalloc(1, sizeof *tz + c.transitions * sizeof tz->transitions[0]);
	data = data_size(&c, width);
	if (!read_transitions(tz, block.data + HEADER, &c, width) ||
		(width == 8 && !read_footer(tz, (struct span){ block.data + HEADER + data,
							block.size - HEADER - data })))
		return err_because(e, ERR_INVALID, "time_zone", "the time zone file is damaged");
	*out = TAKE(tz);
	return OK;
}

enum err_code tz_by_rule(struct tz **out, const char *rule, struct err *e)
{
	AUTO(tz_free) struct tz *tz = xcalloc(1, sizeof *tz);

	tz->has_rule = true;
	if (!tz_rule_parse(&tz->rule, (struct span){ (const uint8_t *)rule, strlen(rule) }))
		return err_because(e, ERR_INVALID, "time_zone", "\"%.40s\" is no rule", rule);
	*out = TAKE(tz);
	return OK;
}

void tz_free(struct tz *tz)
{
	free(tz);
}

int32_t tz_offset(const struct tz *tz, int64_t utc)
{
	size_t low = 0, high = tz->n; /* the first transition after utc */

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (tz->transitions[mid].at <= utc)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == tz->n && tz->has_rule)
		return tz_rule_offset(&tz->rule, utc);
	return low ? tz->transitions[low - 1].offset : tz->first;
}

int64_t tz_utc(const struct tz *tz, int64_t local)
{
	/* Two days apart: whatever the clock does between, it does once. */
	int32_t before = tz_offset(tz, local - DAY), after = tz_offset(tz, local + DAY);
	int32_t larger = before > after ? before : after, smaller = before > after ? after : before;
	int64_t early = local - larger, late = local - smaller;

	if (tz_offset(tz, early) == larger)
		return early;
	/* The first moment that shows this time or, when it is left out, a later one. */
	while (early < late) {
		int64_t mid = early + (late - early) / 2;

		if (mid + tz_offset(tz, mid) >= local)
			late = mid;
		else
			early = mid + 1;
	}
	return late;
}
