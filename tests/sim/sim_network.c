#include "server/base/alloc.h"
#include "tests/sim/sim_ether.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct sim_network {
	struct loop *loop;
	struct sim_events *events;
	struct sim_network_options options;
	struct sim_node *nodes;
	const struct sim_stick_ops *stick;
	void *owner;
	uint64_t random;
	uint32_t parked;
	uint32_t commands;
	msec hold;
	bool foreign;
	sim_ear *ear;
	void *ear_owner;
};

/* A frame on its way. */
struct flight {
	struct sim_frame frame;
	uint64_t node; /* EUI-64 of the node at the other end; 0: unknown */
	uint32_t tag;
	enum sim_confirm confirm;
};

struct verdict {
	uint32_t tag;
	uint8_t status;
};

struct expiry {
	uint64_t node;
	uint32_t number;
};

static const struct sim_network_options DEFAULTS = {
	.channel = 15,
	.pan_id = 0x4402,
	.ext_pan_id = 0xA2BA38A8B5E683A0,
	.coordinator = 0x00124B001E17EFA8,
};

struct sim_network *sim_network_new(struct loop *loop, const struct sim_network_options *options)
{
	struct sim_network *n = xcalloc(1, sizeof *n);

	n->loop = loop;
	n->events = sim_events_new(loop);
	n->options = options ? *options : DEFAULTS;
	if (!n->options.channel)
		n->options.channel = DEFAULTS.channel;
	if (!n->options.pan_id)
		n->options.pan_id = DEFAULTS.pan_id;
	if (!n->options.ext_pan_id)
		n->options.ext_pan_id = DEFAULTS.ext_pan_id;
	if (!n->options.coordinator)
		n->options.coordinator = DEFAULTS.coordinator;
	n->hold = SIM_PARK_MSEC;
	n->random = n->options.seed * 2862933555777941757u + 3037000493u;
	return n;
}

void sim_network_free(struct sim_network *network)
{
	if (!network)
		return;
	while (network->nodes)
		network->nodes->ops->free(network->nodes);
	sim_events_free(network->events);
	free(network);
}

struct sim_events *sim_network_events(const struct sim_network *network)
{
	return network->events;
}

struct loop *sim_network_loop(const struct sim_network *network)
{
	return network->loop;
}

const struct sim_network_options *sim_network_facts(const struct sim_network *network)
{
	return &network->options;
}

uint32_t sim_network_random(struct sim_network *network, uint32_t below)
{
	network->random = network->random * 6364136223846793005u + 1442695040888963407u;
	return below ? (uint32_t)(network->random >> 33) % below : 0;
}

msec sim_network_jitter(struct sim_network *network, msec low, msec high)
{
	if (!network->options.radio_timing)
		return 0;
	return low + sim_network_random(network, (uint32_t)(high - low + 1));
}

void sim_network_count_command(struct sim_network *network)
{
	network->commands++;
}

uint32_t sim_network_commands(const struct sim_network *network)
{
	return network->commands;
}

void sim_network_hold(struct sim_network *network, msec duration)
{
	network->hold = duration;
}

void sim_network_foreign(struct sim_network *network, bool foreign)
{
	network->foreign = foreign;
}

void sim_network_overhear(struct sim_network *network, sim_ear *ear, void *owner)
{
	network->ear = ear;
	network->ear_owner = owner;
}

static void overhear(const struct sim_network *n, const struct sim_frame *frame, bool up)
{
	if (n->ear)
		n->ear(n->ear_owner, frame, up);
}

/* --- nodes --- */

void sim_network_add(struct sim_network *network, struct sim_node *node)
{
	struct sim_node **at = &network->nodes;

	node->network = network;
	node->old_address = 0xFFFE;
	if (!node->lqi)
		node->lqi = 0xB4;
	while (*at)
		at = &(*at)->next;
	*at = node;
}

void sim_network_remove(struct sim_network *network, struct sim_node *node)
{
	struct sim_node **at = &network->nodes;

	while (*at && *at != node)
		at = &(*at)->next;
	if (*at)
		*at = node->next;
	sim_events_drop(network->events, node, NULL);
}

struct sim_node *sim_network_first(const struct sim_network *network)
{
	return network->nodes;
}

struct sim_node *sim_network_find(const struct sim_network *network, uint16_t address)
{
	struct sim_node *node = network->nodes;

	while (node && node->address != address)
		node = node->next;
	return node;
}

struct sim_node *sim_network_find_ieee(const struct sim_network *network, uint64_t ieee)
{
	struct sim_node *node = network->nodes;

	while (node && node->ieee != ieee)
		node = node->next;
	return node;
}

/* --- time and luck --- */

static bool lost(struct sim_network *n)
{
	return n->options.loss > 0 && sim_network_random(n, 1000000) < n->options.loss * 1e6;
}

/* 250 kbit/s, 45 bytes of headers and trailers, then CSMA. */
static msec airtime(struct sim_network *n, size_t size)
{
	if (!n->options.radio_timing)
		return 0;
	return ((size + 45) * 32 + 500) / 1000 + 1 + sim_network_random(n, 3);
}

static void add_flight(struct sim_network *n, msec delay, sim_event_fn *fn, const struct flight *f)
{
	sim_events_add(n->events,
		(struct sim_event){
			.delay = delay, .fn = fn, .owner = n, .data = f, .size = sizeof *f });
}

/* --- to the coordinator --- */

static bool listening(const struct sim_network *n)
{
	return n->stick && !n->foreign && n->stick->running(n->owner);
}

static void arrive_up(void *owner, const void *data, size_t size)
{
	struct sim_network *n = owner;
	const struct flight *f = data;
	struct sim_node *node = sim_network_find_ieee(n, f->node);

	(void)size;
	if (!listening(n))
		return;
	if (node && node->ops->reached)
		node->ops->reached(node);
	n->stick->incoming(n->owner, &f->frame);
}

void sim_node_send(struct sim_node *node, struct sim_frame *frame)
{
	struct sim_network *n = node->network;
	struct flight f = { .frame = *frame, .node = node->ieee };
	msec delay = airtime(n, frame->size);

	f.frame.src = node->address;
	if (!node->deaf)
		overhear(n, &f.frame, true);
	if (node->deaf || lost(n) || (node->parent && (node->parent->deaf || lost(n))))
		return;
	f.frame.last_hop = node->parent ? node->parent->address : node->address;
	f.frame.lqi = node->parent ? node->parent->lqi : node->lqi;
	f.frame.radius = node->parent ? 0x1C : 0x1D;
	if (node->parent)
		delay += airtime(n, frame->size);
	add_flight(n, delay, arrive_up, &f);
}

static void tell_joined(void *owner, const void *data, size_t size)
{
	struct sim_node *node = owner;
	struct sim_network *n = node->network;

	(void)data;
	(void)size;
	if (listening(n) && !node->deaf)
		n->stick->joined(n->owner, node);
}

void sim_node_announce(struct sim_node *node)
{
	struct sim_frame f = { .cluster = 0x0013, .broadcast = true, .dst = 0xFFFD };
	struct wire_out w = wire_out(f.data, sizeof f.data);

	sim_events_add(node->network->events,
		(struct sim_event){ .delay = sim_network_jitter(node->network, 5, 20),
			.fn = tell_joined,
			.owner = node });
	wire_put_u8(&w, (uint8_t)sim_network_random(node->network, 256));
	wire_put_u16(&w, node->address);
	wire_put_u64(&w, node->ieee);
	wire_put_u8(&w, node->facts.capabilities);
	f.size = (uint8_t)w.size;
	sim_node_send(node, &f);
}

/* --- from the coordinator --- */

static void give_verdict(void *owner, const void *data, size_t size)
{
	struct sim_network *n = owner;
	const struct verdict *v = data;

	(void)size;
	if (n->stick)
		n->stick->confirmed(n->owner, v->tag, v->status);
}

static void confirm(struct sim_network *n, const struct flight *f, uint8_t status, msec delay)
{
	struct verdict v = { f->tag, status };

	if (f->confirm)
		sim_events_add(n->events, (struct sim_event){ .delay = delay,
						  .fn = give_verdict,
						  .owner = n,
						  .data = &v,
						  .size = sizeof v });
}

/* Acknowledged by each hop on the way, or, if that was asked for, by the destination only. */
static void confirm_hop(struct sim_network *n, const struct flight *f, uint8_t status, msec delay)
{
	if (f->confirm == SIM_CONFIRM_HOP)
		confirm(n, f, status, delay);
}

static void arrive_down(void *owner, const void *data, size_t size)
{
	struct sim_network *n = owner;
	const struct flight *f = data;
	struct sim_node *node = sim_network_find_ieee(n, f->node);

	(void)size;
	if (!node || node->deaf) {
		if (f->confirm == SIM_CONFIRM_END)
			confirm(n, f, SIM_MAC_NO_ACK, 0);
		return;
	}
	if (f->confirm == SIM_CONFIRM_END)
		confirm(n, f, SIM_MAC_OK, airtime(n, 8));
	node->ops->receive(node, &f->frame);
}

static void unpark(struct sim_node *node, size_t at)
{
	node->parked_count--;
	memmove(node->parked + at, node->parked + at + 1,
		(node->parked_count - at) * sizeof node->parked[0]);
}

static void expire(void *owner, const void *data, size_t size)
{
	struct sim_network *n = owner;
	const struct expiry *x = data;
	struct sim_node *node = sim_network_find_ieee(n, x->node);

	(void)size;
	for (size_t i = 0; node && i < node->parked_count; i++) {
		struct flight f = { .tag = node->parked[i].tag,
			.confirm = node->parked[i].confirm };

		if (node->parked[i].number != x->number)
			continue;
		unpark(node, i);
		confirm(n, &f, SIM_MAC_EXPIRED, 0);
		return;
	}
}

/* Until it polls. A router has confirmed already. */
static void park(struct sim_network *n, struct sim_node *node, const struct flight *f)
{
	struct expiry x = { node->ieee, ++n->parked };

	if (node->parked_count == SIM_PARKED_MAX) {
		confirm(n, f, SIM_MAC_OVERFLOW, 0);
		return;
	}
	node->parked[node->parked_count++] = (struct sim_parked){
		.frame = f->frame, .tag = f->tag, .confirm = f->confirm, .number = x.number
	};
	sim_events_add(
		n->events, (struct sim_event){ .delay = node->parent ? SIM_ROUTER_PARK : n->hold,
				   .fn = expire,
				   .owner = n,
				   .data = &x,
				   .size = sizeof x });
}

static bool waits_for_poll(const struct sim_node *node)
{
	return node->sleepy && (node->network->options.radio_timing || node->deaf);
}

static void last_hop(struct sim_network *n, struct sim_node *node, const struct flight *f)
{
	msec delay = airtime(n, f->frame.size);

	if (waits_for_poll(node)) {
		park(n, node, f);
		return;
	}
	if (node->deaf || lost(n)) {
		confirm(n, f, SIM_MAC_NO_ACK, delay);
		return;
	}
	confirm_hop(n, f, SIM_MAC_OK, delay);
	add_flight(n, delay, arrive_down, f);
}

static void at_router(void *owner, const void *data, size_t size)
{
	struct sim_network *n = owner;
	const struct flight *f = data;
	struct sim_node *node = sim_network_find_ieee(n, f->node);

	(void)size;
	if (node)
		last_hop(n, node, f);
}

static void first_hop(struct sim_network *n, struct sim_node *node, struct flight *f)
{
	msec delay = airtime(n, f->frame.size);

	if (!node->parent) {
		last_hop(n, node, f);
		return;
	}
	if (node->parent->deaf || lost(n)) {
		confirm(n, f, SIM_MAC_NO_ACK, delay);
		return;
	}
	confirm_hop(n, f, SIM_MAC_OK, delay);
	if (f->confirm == SIM_CONFIRM_HOP)
		f->confirm = SIM_CONFIRM_NONE;
	add_flight(n, delay, at_router, f);
}

static void broadcast(struct sim_network *n, struct flight *f)
{
	confirm(n, f, SIM_MAC_OK, sim_network_jitter(n, 10, 30));
	f->confirm = SIM_CONFIRM_NONE;
	f->frame.broadcast = true;
	for (struct sim_node *node = n->nodes; node; node = node->next) {
		f->node = node->ieee;
		if (node->sleepy && f->frame.dst != 0xFFFF)
			continue;
		first_hop(n, node, f);
	}
}

/* The frame of a child that moved away without a word waits in vain; others have no route. */
static void nobody(struct sim_network *n, const struct flight *f)
{
	for (struct sim_node *node = n->nodes; node; node = node->next)
		if (node->old_address == f->frame.dst && !node->parent) {
			confirm(n, f, SIM_MAC_EXPIRED, n->hold);
			return;
		}
	confirm(n, f, SIM_MAC_NO_ROUTE, sim_network_jitter(n, 150, 400));
}

void sim_network_transmit(struct sim_network *network, const struct sim_frame *frame,
	enum sim_confirm wanted, uint32_t tag)
{
	struct flight f = { .frame = *frame, .tag = tag, .confirm = wanted };
	struct sim_node *node = sim_network_find(network, frame->dst);

	overhear(network, frame, false);
	if (network->foreign) {
		confirm(network, &f, SIM_MAC_NO_ACK, sim_network_jitter(network, 5, 15));
		return;
	}
	if (frame->dst >= SIM_BROADCAST_MIN) {
		broadcast(network, &f);
		return;
	}
	if (!node) {
		nobody(network, &f);
		return;
	}
	f.node = node->ieee;
	if (node->ops->answered)
		node->ops->answered(node);
	first_hop(network, node, &f);
}

bool sim_node_poll(struct sim_node *node)
{
	struct sim_network *n = node->network;
	struct flight f;

	if (!node->parked_count || node->deaf)
		return false;
	if (lost(n))
		return true;
	f = (struct flight){ .frame = node->parked[0].frame,
		.node = node->ieee,
		.tag = node->parked[0].tag,
		.confirm = node->parked[0].confirm };
	unpark(node, 0);
	confirm_hop(n, &f, SIM_MAC_OK, airtime(n, f.frame.size));
	add_flight(n, airtime(n, f.frame.size), arrive_down, &f);
	return node->parked_count > 0;
}

/* --- the stick --- */

void sim_network_attach(struct sim_network *network, const struct sim_stick_ops *ops, void *owner)
{
	assert(!ops || !network->stick);
	network->stick = ops;
	network->owner = owner;
}

uint8_t sim_network_ota_endpoint(struct sim_network *network)
{
	return listening(network) ? network->stick->ota_endpoint(network->owner) : 0;
}
