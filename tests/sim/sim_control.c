#include "server/base/check.h"
#include "server/base/text.h"
#include "tests/sim/sim_control_private.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { TURNAROUNDS = 65536 };

bool control_number(const char *text, uint64_t max, uint64_t *out)
{
	return sim_args_number(out, text, max);
}

bool control_on_off(const char *text, bool *out)
{
	*out = !strcmp(text, "on");
	return *out || !strcmp(text, "off");
}

static struct sim_lock *find_lock(const struct sim_world *w, const char *name)
{
	uint64_t v;

	if (!control_number(name, UINT64_MAX, &v))
		return NULL;
	if (v < w->lock_count)
		return w->locks[v];
	for (size_t i = 0; i < w->lock_count; i++)
		if (w->ieees[i] == v)
			return w->locks[i];
	return NULL;
}

/* --- events --- */

static bool fault(struct command *c)
{
	static const char *const names[SIM_FAULTS] = { "no-srsp", "late-srsp", "bad-fcs", "garbage",
		"split", "lost-confirm", "confirm-status", "srsp-status", "duplicate",
		"late-confirm", "delivery-failed", "message-limit", "no-buffers", "nak", "lost-ack",
		"duplicate-data" };
	const struct sim_stick *stick = &c->world->stick;
	int count = (int)strtol(c->words[2], NULL, 10);
	uint64_t arg = 0;

	if (*c->words[3] && !control_number(c->words[3], UINT16_MAX, &arg))
		return false;
	for (unsigned i = 0; i < SIM_FAULTS; i++)
		if (!strcmp(names[i], c->words[1])) {
			stick->kind->fault(stick->self, (enum sim_fault)i, count, (int)arg);
			return true;
		}
	return false;
}

static bool dead(struct command *c)
{
	const struct sim_stick *stick = &c->world->stick;
	bool on;

	if (!control_on_off(c->words[1], &on))
		return false;
	stick->kind->dead(stick->self, on);
	return true;
}

static bool unplug(struct command *c)
{
	const struct sim_stick *stick = &c->world->stick;
	bool on;

	if (!control_on_off(c->words[1], &on))
		return false;
	stick->kind->unplug(stick->self, on);
	sim_port_unplug(c->world->port, on);
	return true;
}

static bool reset(struct command *c)
{
	c->world->stick.kind->reset(c->world->stick.self);
	return true;
}

static bool network_down(struct command *c)
{
	c->world->stick.kind->network_down(c->world->stick.self);
	return true;
}

static bool foreign(struct command *c)
{
	bool on;

	if (!control_on_off(c->words[1], &on))
		return false;
	sim_network_foreign(c->world->network, on);
	return true;
}

static bool quit(struct command *c)
{
	loop_stop(c->world->loop);
	return true;
}

/* --- reports --- */

static void digest(char out[65], const struct sim_lock_state *s)
{
	uint8_t raw[32] = { 0 };

	*out = '\0';
	if (s->received_size &&
		EVP_Digest(s->received, s->received_size, raw, NULL, EVP_sha256(), NULL))
		text_hex(out, (struct span){ raw, sizeof raw });
}

static void print_lock(FILE *out, const struct sim_world *w, size_t i)
{
	struct sim_lock_state s;
	char sha256[65];

	sim_lock_state(w->locks[i], &s);
	digest(sha256, &s);
	fprintf(out,
		"%s{\"ieee\":\"0x%016" PRIx64 "\",\"version\":%" PRIu32 ",\"offset\":%" PRIu32
		",\"blocks\":%" PRIu32 ",\"repeats\":%" PRIu32 ",\"timeouts\":%" PRIu32
		",\"reboots\":%" PRIu32 ",\"aborts\":%" PRIu32,
		i ? "," : "", w->ieees[i], s.version, s.offset, s.blocks, s.repeats, s.timeouts,
		s.reboots, s.aborts);
	fprintf(out,
		",\"received_size\":%" PRIu32 ",\"received_sha256\":\"%s\",\"transfer_ms\":%" PRId64
		",\"own_ms\":%" PRId64 ",\"asleep\":%s,\"updating\":%s}",
		s.received_size, sha256, s.transfer_msec, s.own_msec, s.asleep ? "true" : "false",
		s.updating ? "true" : "false");
}

static bool stats(struct command *c)
{
	struct sim_stick_stats s;

	c->world->stick.kind->stats(c->world->stick.self, &s);
	fprintf(c->out,
		"{\"forbidden\":%" PRIu32 ",\"last_forbidden\":\"%s\",\"formed_alarm\":%s"
		",\"lock_commands\":%" PRIu32 ",\"requests\":%" PRIu32 ",\"endpoints\":%" PRIu32
		",\"nv_digest\":\"%016" PRIx64 "\",\"turnaround_count\":%" PRIu32
		",\"pipelined\":%" PRIu32 ",\"gave_up\":%" PRIu32 ",\"locks\":[",
		s.forbidden, s.last_forbidden, s.formed_alarm ? "true" : "false", s.lock_commands,
		s.requests, s.endpoints, s.nv_digest, s.turnaround_count, s.pipelined, s.gave_up);
	for (size_t i = 0; i < c->world->lock_count; i++)
		print_lock(c->out, c->world, i);
	fprintf(c->out, "]}\n");
	return true;
}

static bool listen_in(struct command *c)
{
	if (!c->world->record.loop)
		sim_record_begin(&c->world->record, c->world->network);
	c->world->told = c->world->record.n;
	return true;
}

/* What was on air on the OTA cluster since the last time. */
static bool heard(struct command *c)
{
	struct sim_world *w = c->world;
	const char *comma = "";

	fputc('[', c->out);
	for (; w->told < w->record.n; w->told++) {
		const struct sim_heard *h = &w->record.list[w->told];
		const struct sim_frame *f = &h->frame;
		char hex[2 * SIM_FRAME_MAX + 1];

		if (sim_heard_command(h) < 0)
			continue;
		text_hex(hex, (struct span){ f->data, f->size });
		fprintf(c->out,
			"%s{\"at\":%lld,\"up\":%s,\"lock\":%u,\"endpoint\":%u,\"zcl\":\"%s\"}",
			comma, (long long)h->at, h->up ? "true" : "false", h->up ? f->src : f->dst,
			h->up ? f->src_ep : f->dst_ep, hex);
		comma = ",";
	}
	fputs("]\n", c->out);
	return true;
}

static bool turnarounds(struct command *c)
{
	struct sim_turn *all = malloc(TURNAROUNDS * sizeof *all);
	size_t n;

	if (!all)
		return false;
	n = c->world->stick.kind->turnarounds(c->world->stick.self, all, TURNAROUNDS);
	fputc('[', c->out);
	for (size_t i = 0; i < n; i++)
		fprintf(c->out, "%s[%" PRIu64 ",%" PRIu32 "]", i ? "," : "", all[i].since,
			all[i].took);
	fputs("]\n", c->out);
	free(all);
	return true;
}

/* --- */

static const struct verb VERBS[] = {
	{ "fault", fault, false, false },
	{ "reset", reset, false, false },
	{ "dead", dead, false, false },
	{ "network-down", network_down, false, false },
	{ "foreign", foreign, false, false },
	{ "unplug", unplug, false, false },
	{ "quit", quit, false, false },
	{ "listen", listen_in, false, false },
	{ "heard", heard, false, true },
	{ "stats", stats, false, true },
	{ "turnarounds", turnarounds, false, true },
	{ 0 },
};

static void split(struct command *c, char *line)
{
	size_t n = 0;
	char *word;

	for (size_t i = 0; i < CONTROL_WORDS; i++)
		c->words[i] = line + strlen(line);
	while (n < CONTROL_WORDS && (word = strsep(&line, " \t\r\n")))
		if (*word)
			c->words[n++] = word;
}

static void run(struct command *c, const struct verb *v)
{
	if (v->takes_lock)
		c->lock = find_lock(c->world, c->words[1]);
	if (v->takes_lock && !c->lock)
		fprintf(c->out, "error no such lock\n");
	else if (!v->run(c))
		fprintf(c->out, "error %s: bad arguments\n", v->name);
	else if (!v->prints)
		fprintf(c->out, "ok\n");
}

static const struct verb *find(const struct verb *verbs, const char *name)
{
	while (verbs->name && strcmp(verbs->name, name) != 0)
		verbs++;
	return verbs->name ? verbs : NULL;
}

void sim_control_run(struct sim_world *world, char *line, FILE *out)
{
	struct command c = { .world = world, .out = out };
	const struct verb *verb;

	split(&c, line);
	verb = find(VERBS, c.words[0]);
	if (!verb)
		verb = find(CONTROL_LOCK_VERBS, c.words[0]);
	if (verb)
		run(&c, verb);
	else
		fprintf(out, "error unknown command\n");
}
