#include "tests/sim/sim_turnaround.h"

#include "server/base/alloc.h"

#include <stdlib.h>

void sim_turnaround_end(struct sim_turnaround *t)
{
	free(t->all);
}

void sim_turnaround_frame(struct sim_turnaround *t)
{
	t->frame_began = t->clock ? t->clock() : 0;
}

void sim_turnaround_asked(struct sim_turnaround *t, uint16_t address)
{
	if (t->clock)
		t->waiting[address % SIM_WAITING_MAX] = (struct sim_waiting){ address, t->clock() };
}

void sim_turnaround_answered(struct sim_turnaround *t, uint16_t address)
{
	struct sim_waiting *slot = &t->waiting[address % SIM_WAITING_MAX];

	if (!t->clock || !slot->since || slot->address != address)
		return;
	if (!t->all)
		t->all = xcalloc(SIM_TURNAROUNDS_MAX, sizeof *t->all);
	t->all[t->count++ % SIM_TURNAROUNDS_MAX] =
		(struct sim_turn){ slot->since, (uint32_t)(t->frame_began - slot->since) };
	slot->since = 0;
}

size_t sim_turnaround_last(const struct sim_turnaround *t, struct sim_turn *out, size_t max)
{
	size_t have = t->count < SIM_TURNAROUNDS_MAX ? t->count : SIM_TURNAROUNDS_MAX;
	size_t n = have < max ? have : max;

	for (size_t i = 0; i < n; i++)
		out[i] = t->all[(t->count - n + i) % SIM_TURNAROUNDS_MAX];
	return n;
}
