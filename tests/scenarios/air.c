#include "tests/scenarios/air.h"

#include "tests/sim/sim_lock_private.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER = 500 };

static bool is_request(int command)
{
	return command == QUERY_REQUEST || command == BLOCK_REQUEST || command == PAGE_REQUEST ||
	       command == END_REQUEST;
}

uint16_t air_address(const struct world *w, size_t lock)
{
	return ((struct sim_node *)w->locks[lock])->address;
}

void air_mark(struct world *w)
{
	w->mark = w->record.n;
}

static bool counts(const struct sim_heard *heard, int command, uint16_t address)
{
	uint16_t other = is_request(command) ? heard->frame.src : heard->frame.dst;

	return heard->up == is_request(command) && other == address &&
	       sim_heard_command(heard) == command;
}

unsigned air_count_to(const struct world *w, int command, uint16_t address)
{
	unsigned n = 0;

	for (size_t i = w->mark; i < w->record.n; i++)
		n += counts(&w->record.list[i], command, address);
	return n;
}

unsigned air_count(const struct world *w, int command)
{
	return air_count_to(w, command, air_address(w, 0));
}

const struct sim_heard *air_heard(const struct world *w, int command, unsigned i)
{
	for (size_t at = w->mark; at < w->record.n; at++)
		if (counts(&w->record.list[at], command, air_address(w, 0)) && i-- == 0)
			return &w->record.list[at];
	return NULL;
}

const char *air_hex(const struct sim_heard *heard)
{
	static char out[2][SIM_FRAME_MAX * 3 + 1];
	static unsigned turn;
	char *text = out[++turn & 1];

	*text = '\0';
	for (size_t i = 0; heard && i < heard->frame.size; i++)
		(void)sprintf(text + 3 * i, "%02X%s", heard->frame.data[i],
			i + 1 < heard->frame.size ? " " : "");
	return text;
}

static size_t unhex(uint8_t *out, size_t room, const char *hex)
{
	size_t n = 0;
	unsigned byte;
	int read;

	while (n < room && sscanf(hex, " %2x%n", &byte, &read) == 1) {
		out[n++] = (uint8_t)byte;
		hex += read;
	}
	return n;
}

void air_send_as(struct world *w, const char *hex, struct air_how how)
{
	uint8_t zcl[100];
	struct sim_saying saying = {
		.endpoint = how.endpoint ? how.endpoint : 1, .broadcast = how.broadcast, .zcl = zcl
	};

	saying.n = unhex(zcl, sizeof zcl, hex);
	sim_lock_say(w->locks[how.lock], &saying);
}

void air_send(struct world *w, const char *hex)
{
	air_send_as(w, hex, (struct air_how){ 0 });
}

const char *air_say(struct world *w, const char *hex)
{
	uint16_t to = air_address(w, 0);

	air_mark(w);
	air_send(w, hex);
	loop_run_for(w->loop, ANSWER);
	for (size_t i = w->mark; i < w->record.n; i++) {
		const struct sim_heard *heard = &w->record.list[i];
		int command = sim_heard_command(heard);

		if (!heard->up && heard->frame.dst == to && command > NOTIFY)
			return air_hex(heard);
	}
	return "";
}

const char *air_block(struct world *w, uint32_t offset, uint8_t tsn, uint8_t max)
{
	char hex[80];

	(void)snprintf(hex, sizeof hex, "01 %02X 03 00 " IDS " %02X %02X %02X %02X %02X", tsn,
		offset & 0xFF, offset >> 8 & 0xFF, offset >> 16 & 0xFF, offset >> 24, max);
	return air_say(w, hex);
}

void air_puppet(struct world *w, const struct world_options *options)
{
	world_begin(w, options);
	sim_lock_puppet(w->locks[0], true);
	sim_lock_press_key(w->locks[0]);
	world_order(w);
	EXPECT(w, world_until(w, JOB_WAITING, WAIT_WAKE, 10 * MINUTE), "%s",
		job_wait_name(w->job.waiting_for));
	loop_run_for(w->loop, 2 * SECOND); /* what the service reads at that moment */
}

void air_alive(struct world *w)
{
	sim_lock_puppet(w->locks[0], false);
	world_finish(w, 48);
	world_expect_updated(w);
}
