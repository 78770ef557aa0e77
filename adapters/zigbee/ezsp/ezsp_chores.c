#include "adapters/zigbee/ezsp/ezsp_radio_impl.h"
#include "server/base/check.h"
#include "server/base/log.h"

enum { COUNT_EVERY = 30000, ROUTES_EVERY = 10000, JOINED = 2, SOURCE_ROUTES_NOW = 2 };
enum { UNKNOWN_NODE = 0xFFFF };

/* Of readCounters (ezsp.md §3.6). */
enum { COUNT_OVERFLOW = 18, COUNT_FRAMING, COUNT_OVERRUN, COUNT_NO_BUFFERS = 27, COUNT_CCA = 32 };

void ezsp_chores_begin(struct ezsp_radio *z)
{
	z->chores = (struct ezsp_chores){ .counted = ezsp_radio_now(z) };
	z->walk = (struct ezsp_walk){ 0 };
	ezsp_walk_begin(&z->walk, z->resume.facts.children_max);
}

static bool ask(struct ezsp_radio *z, enum ezsp_chore chore, enum ezsp_command command,
	const struct ezsp_values *v)
{
	z->chores.asked = chore;
	z->asker = EZSP_BY_CHORE;
	if (ezsp_rpc_call(&z->rpc, command, v, ezsp_radio_now(z)))
		return true;
	z->asker = EZSP_BY_NOBODY;
	z->chores.asked = EZSP_CHORE_NONE;
	return false;
}

/* --- patience for sleepers behind routers --- */

static bool ask_lookup(struct ezsp_radio *z, struct ezsp_peer *sleeper)
{
	struct ezsp_values v = { .u = { [EZ_EUI] = sleeper->ieee } };

	sleeper->patience = EZSP_PATIENCE_ASKED;
	z->chores.sleeper = sleeper->address;
	return ask(z, EZSP_CHORE_LOOKUP, EZSP_LOOKUP_NODE, &v);
}

/* The flag lives in the stick's address table, so who is not in it is put there. */
static bool ask_patience(struct ezsp_radio *z, const struct ezsp_peer *sleeper)
{
	struct ezsp_chores *c = &z->chores;
	struct ezsp_values v = {
		.u = { [EZ_EUI] = sleeper->ieee, [EZ_NODE] = sleeper->address, [EZ_ON] = 1 }
	};
	uint8_t size = z->resume.facts.address_table;

	if (!c->is_stranger)
		return ask(z, EZSP_CHORE_PATIENCE, EZSP_SET_EXTENDED_TIMEOUT, &v);
	if (!size)
		return false;
	v.u[EZ_INDEX] = c->next_address;
	c->next_address = (uint8_t)((c->next_address + 1) % size);
	return ask(z, EZSP_CHORE_ADDRESS, EZSP_REPLACE_ADDRESS, &v);
}

bool ezsp_chores_urgent(struct ezsp_radio *z)
{
	struct ezsp_chores *c = &z->chores;
	const struct ezsp_peer *asked = c->sleeper ? ezsp_peers_find(&z->peers, c->sleeper) : NULL;
	struct ezsp_peer *sleeper = ezsp_peers_impatient(&z->peers);

	c->sleeper = 0;
	if (asked && asked->ieee && ask_patience(z, asked))
		return true;
	return sleeper && ask_lookup(z, sleeper);
}

static void looked_up(struct ezsp_radio *z, const struct ezsp_reply *reply)
{
	uint16_t node = (uint16_t)reply->values.u[EZ_NODE];

	z->chores.is_stranger = reply->outcome != EZSP_ANSWER ||
				!ezsp_status_ok(reply->values.status) || node == UNKNOWN_NODE;
}

/* --- children and neighbours --- */

static bool ask_walk(struct ezsp_radio *z)
{
	enum ezsp_command command;
	struct ezsp_values v;

	while (ezsp_walk_next(&z->walk, &command, &v))
		if (ask(z, EZSP_CHORE_WALK, command, &v))
			return true;
	return false;
}

static void walked(struct ezsp_radio *z, const struct ezsp_reply *reply)
{
	const struct ezsp_relative *found = ezsp_walk_answered(&z->walk, reply);
	struct ezsp_peer *p =
		found ? ezsp_peers_named(&z->peers, found->address, found->ieee) : NULL;

	if (!p)
		return;
	p->is_child = found->is_child;
	if (!found->is_sleepy)
		send_queue_awake(&z->send, p->address);
}

/* --- health --- */

/* Counters are 16 bits wide and start over with the stick. */
static uint32_t grown(uint16_t *last, uint16_t now)
{
	uint16_t by = (uint16_t)(now - *last);

	*last = now;
	return by;
}

static void counted(struct ezsp_radio *z, const struct ezsp_reply *reply)
{
	struct span list = reply->values.data;
	uint16_t *last = z->chores.last;

	if (reply->outcome != EZSP_ANSWER)
		return;
	z->line_errors += grown(&last[0],
		(uint16_t)(ezsp_item(list, COUNT_OVERFLOW) + ezsp_item(list, COUNT_FRAMING) +
			   ezsp_item(list, COUNT_OVERRUN)));
	z->channel_busy += grown(&last[1], ezsp_item(list, COUNT_CCA));
	z->stick_full += grown(&last[2], ezsp_item(list, COUNT_NO_BUFFERS));
}

static void told_state(struct ezsp_radio *z, const struct ezsp_reply *reply)
{
	unsigned state = (unsigned)reply->values.u[EZ_STATE];

	if (reply->outcome != EZSP_ANSWER || state == JOINED)
		return;
	log_warn("ezsp state=%u \"the stick is off its network, unseen by us\"", state);
	ezsp_phase_recover(z);
}

/* --- one after the other --- */

static bool ask_routes(struct ezsp_radio *z)
{
	struct ezsp_values v = { .u = { [EZ_MODE] = SOURCE_ROUTES_NOW } };

	z->chores.routes_wanted = false;
	z->chores.routed = ezsp_radio_now(z);
	return ask(z, EZSP_CHORE_ROUTES, EZSP_SOURCE_ROUTE_DISCOVERY, &v);
}

static msec routes_due(const struct ezsp_radio *z)
{
	return z->chores.routed ? z->chores.routed + ROUTES_EVERY : ezsp_radio_now(z);
}

bool ezsp_chores_next(struct ezsp_radio *z)
{
	struct ezsp_chores *c = &z->chores;
	msec now = ezsp_radio_now(z);

	if (ask_walk(z))
		return true;
	if (c->routes_wanted && now >= routes_due(z) && ask_routes(z))
		return true;
	if (c->state_wanted) {
		c->state_wanted = false;
		return ask(z, EZSP_CHORE_STATE, EZSP_NETWORK_STATE, NULL);
	}
	if (now < c->counted + COUNT_EVERY)
		return false;
	c->counted = now;
	c->state_wanted = true;
	return ask(z, EZSP_CHORE_COUNTERS, EZSP_READ_COUNTERS, NULL) || ezsp_chores_next(z);
}

msec ezsp_chores_due(const struct ezsp_radio *z)
{
	const struct ezsp_chores *c = &z->chores;
	msec due = c->counted + COUNT_EVERY;

	if (z->walk.runs || z->walk.is_wanted || c->state_wanted)
		return ezsp_radio_now(z);
	if (c->routes_wanted && routes_due(z) < due)
		due = routes_due(z);
	return due;
}

void ezsp_chores_answered(struct ezsp_radio *z, const struct ezsp_reply *reply)
{
	enum ezsp_chore chore = z->chores.asked;

	z->chores.asked = EZSP_CHORE_NONE;
	switch (chore) {
	case EZSP_CHORE_WALK:
		walked(z, reply);
		break;
	case EZSP_CHORE_LOOKUP:
		looked_up(z, reply);
		break;
	case EZSP_CHORE_COUNTERS:
		counted(z, reply);
		break;
	case EZSP_CHORE_STATE:
		told_state(z, reply);
		break;
	case EZSP_CHORE_NONE:
	case EZSP_CHORE_PATIENCE: /* without it the stick repeats itself more often: no more */
	case EZSP_CHORE_ADDRESS:
	case EZSP_CHORE_ROUTES:
		break;
	}
}
