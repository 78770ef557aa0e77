#include "adapters/zigbee/stick_record.h"

#include <string.h>

enum { REOPEN_FIRST = 1000, REOPEN_MAX = 30000 };
enum { RESET_WINDOW = 600000, UNASKED_WINDOW = 60000, HOUR = 3600000, DAY = 24 * HOUR };

/* Remembers now; true if the whole list lies within the last `within` ms. */
static bool too_often(msec *list, size_t n, msec now, msec within)
{
	memmove(list, list + 1, (n - 1) * sizeof *list);
	list[n - 1] = now;
	return list[0] && now - list[0] <= within;
}

uint32_t stick_record_failed(struct stick_record *r)
{
	uint32_t ms = r->reopen_after ? r->reopen_after : REOPEN_FIRST;

	r->reopen_after = ms * 2 > REOPEN_MAX ? REOPEN_MAX : ms * 2;
	return ms;
}

void stick_record_runs(struct stick_record *r)
{
	r->reopen_after = 0;
}

bool stick_record_reset(struct stick_record *r, msec now)
{
	r->resets_ever++;
	return too_often(r->resets, STICK_RESETS_KEPT, now, RESET_WINDOW);
}

bool stick_record_unasked(struct stick_record *r, msec now)
{
	return too_often(r->unasked, STICK_UNASKED_KEPT, now, UNASKED_WINDOW);
}

void stick_record_forget_unasked(struct stick_record *r)
{
	memset(r->unasked, 0, sizeof r->unasked);
}

msec stick_record_restart_at(const struct stick_record *r, msec now)
{
	msec last = r->restarts[STICK_RESTARTS_KEPT - 1], at = now;

	if (last && last + HOUR > at)
		at = last + HOUR;
	if (r->restarts[0] && r->restarts[0] + DAY > at)
		at = r->restarts[0] + DAY;
	return at;
}

bool stick_record_may_restart(const struct stick_record *r, msec now)
{
	return stick_record_restart_at(r, now) <= now;
}

void stick_record_restarted(struct stick_record *r, msec now)
{
	too_often(r->restarts, STICK_RESTARTS_KEPT, now, DAY);
}
