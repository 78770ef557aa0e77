#include "tests/sim/sim_record.h"

#include "server/base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { OTA_CLUSTER = 0x0019, FIRST_ROOM = 256 };

static void hear(void *owner, const struct sim_frame *frame, bool up)
{
	struct sim_record *r = owner;

	if (r->n == SIM_RECORD_MAX)
		return;
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : FIRST_ROOM;
		struct sim_heard *list = xcalloc(room, sizeof *list);

		if (r->n)
			memcpy(list, r->list, r->n * sizeof *list);
		free(r->list);
		r->list = list;
		r->room = room;
	}
	r->list[r->n++] = (struct sim_heard){ .at = loop_now(r->loop), .up = up, .frame = *frame };
}

void sim_record_begin(struct sim_record *record, struct sim_network *network)
{
	*record = (struct sim_record){ .loop = sim_network_loop(network) };
	sim_network_overhear(network, hear, record);
}

void sim_record_done(struct sim_record *record)
{
	free(record->list);
	*record = (struct sim_record){ 0 };
}

int sim_heard_command(const struct sim_heard *heard)
{
	const struct sim_frame *f = &heard->frame;

	if (f->cluster != OTA_CLUSTER || f->size < 3 || f->data[0] & 4)
		return -1;
	return f->data[2] | ((f->data[0] & 3) == 1 ? 0 : SIM_GLOBAL);
}
