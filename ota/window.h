/* window.h: the hours in which a lock may be updated, on the clock of its place. Pure. */
#pragma once

#include "ota/zone.h"

#include <stdbool.h>
#include <stdint.h>

struct tz;

enum { WINDOW_TEXT_SIZE = 12, WINDOW_EVERY_DAY = 0x7F };

struct window {
	bool set;
	uint16_t from, to; /* minutes of the day; to <= from: the next day; equal: 24 hours */
	uint8_t days;      /* on which it begins; bit 0 is Monday */
	char zone[ZONE_NAME_SIZE];
};

struct window_state {
	bool open;
	int64_t opens;  /* Unix ms: the next time, when not open; 0 never */
	int64_t closes; /* Unix ms: when open */
};

/* from and to of "02:00-05:00". */
bool window_parse(struct window *out, const char *text);
void window_text(char out[WINDOW_TEXT_SIZE], const struct window *window);
/* "mon" .. "sun"; -1: not one of them. */
int window_day_parse(const char *name);
const char *window_day_name(int day); /* 0..6 */
/* A begin or end in an hour that a change of the clock leaves out moves to the next valid minute;
 * what would be empty by that keeps its length. */
void window_look(
	struct window_state *out, const struct window *window, const struct tz *tz, int64_t wall);
