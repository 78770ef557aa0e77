#include "adapters/zigbee/scan.h"

enum { ROUTER = 1, NOWHERE_FROM = 0xFFF8 };

void scan_start(struct scan *s, msec now)
{
	*s = (struct scan){ .running = true, .until = now + SCAN_LIMIT, .n_routers = 1 };
}

bool scan_ask(struct scan *s, msec now, uint16_t *address, uint8_t *start)
{
	if (!s->running || s->asked || s->next >= s->n_routers)
		return false;
	s->asked = true;
	s->tries++;
	s->answer_by = now + SCAN_ANSWER;
	*address = s->routers[s->next];
	*start = s->start;
	return true;
}

static void next_router(struct scan *s)
{
	s->asked = false;
	s->tries = 0;
	s->start = 0;
	s->next++;
}

static void add_router(struct scan *s, uint16_t address)
{
	for (size_t i = 0; i < s->n_routers; i++)
		if (s->routers[i] == address)
			return;
	if (s->n_routers < SCAN_ROUTERS_MAX)
		s->routers[s->n_routers++] = address;
}

void scan_answer(struct scan *s, uint16_t from, struct span payload,
	void (*found)(void *owner, uint16_t router, const struct zdo_neighbour *n), void *owner)
{
	struct zdo_neighbours list;
	struct zdo_neighbour n;
	unsigned end;

	if (!s->running || !s->asked || from != s->routers[s->next])
		return;
	if (!zdo_parse_neighbours(&list, payload) || list.status != 0) {
		next_router(s);
		return;
	}
	end = (unsigned)list.start + list.count;
	while (zdo_next_neighbour(&list, &n)) {
		if (n.device_type == ROUTER && n.address < NOWHERE_FROM)
			add_router(s, n.address);
		found(owner, from, &n);
	}
	/* A table that stands still or wraps is done with. */
	if (end >= list.total || end <= s->start || end > UINT8_MAX) {
		next_router(s);
		return;
	}
	s->asked = false;
	s->tries = 0;
	s->start = (uint8_t)end;
}

bool scan_tick(struct scan *s, msec now)
{
	if (!s->running)
		return false;
	if (s->asked && now >= s->answer_by) {
		s->asked = false;
		if (s->tries >= SCAN_TRIES)
			next_router(s);
	}
	if (now < s->until && (s->asked || s->next < s->n_routers))
		return false;
	s->running = false;
	return true;
}

msec scan_due(const struct scan *s)
{
	if (!s->running)
		return 0;
	return s->asked && s->answer_by < s->until ? s->answer_by : s->until;
}
