#include "ota/window.h"

#include "ota/tz.h"

#include <stdio.h>
#include <string.h>

enum { DAY = 86400, MINUTES = 1440, WEEK = 7 };

static const char *const days[WEEK] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "02:00", also "24:00" */
static bool read_minutes(uint16_t *out, const char *text)
{
	int value;

	if (!is_digit(text[0]) || !is_digit(text[1]) || text[2] != ':' || !is_digit(text[3]) ||
		!is_digit(text[4]) || text[3] > '5')
		return false;
	value = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
	*out = (uint16_t)value;
	return value <= MINUTES;
}

bool window_parse(struct window *out, const char *text)
{
	uint16_t from, to;

	if (strlen(text) != 11 || text[5] != '-' || !read_minutes(&from, text) ||
		!read_minutes(&to, text + 6) || from == MINUTES)
		return false;
	out->from = from;
	out->to = to;
	return true;
}

void window_text(char out[WINDOW_TEXT_SIZE], const struct window *w)
{
	(void)snprintf(out, WINDOW_TEXT_SIZE, "%02u:%02u-%02u:%02u", w->from / 60U % 100,
		w->from % 60U, w->to / 60U % 100, w->to % 60U);
}

int window_day_parse(const char *name)
{
	for (int i = 0; i < WEEK; i++)
		if (strcmp(days[i], name) == 0)
			return i;
	return -1;
}

const char *window_day_name(int day)
{
	return days[day];
}

static int64_t floor_day(int64_t local)
{
	return (local >= 0 ? local : local - DAY + 1) / DAY;
}

/* 1970-01-01 was a Thursday: bit 3. */
static bool is_day(const struct window *w, int64_t day)
{
	return w->days >> ((day % WEEK + WEEK + 3) % WEEK) & 1;
}

struct turn {
	int64_t begin, end; /* UTC seconds */
};

static struct turn turn_of(const struct window *w, const struct tz *tz, int64_t day)
{
	int64_t length = ((int64_t)w->to - w->from + (w->to <= w->from ? MINUTES : 0)) * 60;
	int64_t from = day * DAY + (int64_t)w->from * 60;
	struct turn turn = { tz_utc(tz, from), tz_utc(tz, from + length) };

	if (turn.end <= turn.begin)
		turn.end = turn.begin + length;
	return turn;
}

void window_look(
	struct window_state *out, const struct window *w, const struct tz *tz, int64_t wall)
{
	int64_t now = wall / 1000, today = floor_day(now + tz_offset(tz, now));

	*out = (struct window_state){ .open = false };
	for (int64_t day = today - 2; day <= today + WEEK + 1; day++) {
		struct turn turn;

		if (!is_day(w, day))
			continue;
		turn = turn_of(w, tz, day);
		if (turn.begin <= now && now < turn.end) {
			out->open = true;
			if (turn.end * 1000 > out->closes)
				out->closes = turn.end * 1000;
		} else if (turn.begin > now && !out->opens) {
			out->opens = turn.begin * 1000;
		}
	}
}
