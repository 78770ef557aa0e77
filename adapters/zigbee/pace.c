#include "adapters/zigbee/pace.h"

#include "adapters/zigbee/zigbee_private.h"

enum {
	BLOCK_GAP = 125,
	AFTER_NO_ROOM = 60000,
	LONGEST_DELAY = 1000,     /* a client counts an error after 3 s */
	ANOTHER_TRANSFER = 10000, /* a lock that asked within this time is one */
};

static unsigned transfers(const struct zigbee *z, msec now)
{
	unsigned n = 0;

	for (size_t i = 0; i < z->devices.n; i++) {
		const struct ota_server *s = &z->devices.list[i]->transfer.ota;

		n += s->has_order && s->block_at && now - s->block_at < ANOTHER_TRANSFER;
	}
	return n;
}

msec pace_slot(struct zigbee *z, msec now)
{
	msec slot;

	if (now >= z->paced_until && transfers(z, now) < 2)
		return now;
	slot = z->pace_next > now ? z->pace_next : now;
	if (slot > now + LONGEST_DELAY)
		slot = now + LONGEST_DELAY;
	z->pace_next = slot + BLOCK_GAP;
	return slot;
}

void pace_room_ran_out(struct zigbee *z, msec now)
{
	z->paced_until = now + AFTER_NO_ROOM;
}
