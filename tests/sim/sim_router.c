/* Routers and mains-powered bystanders: they answer ZDO and Basic, no more. */
#include "server/base/alloc.h"
#include "tests/sim/sim_ether.h"
#include "tests/sim/sim_zcl.h"

#include <stdlib.h>

static const struct sim_endpoint ENDPOINTS[] = {
	{ .id = 1, .profile = SIM_PROFILE_HA, .device = 0x0051, .in_count = 2, .in = { 0, 6 } },
};

static bool attribute(void *owner, uint16_t cluster, uint16_t id, struct wire_out *out)
{
	(void)owner;
	if (cluster == 0 && id == 4)
		return sim_zcl_text(out, "Simulated"), true;
	if (cluster == 0 && id == 5)
		return sim_zcl_text(out, "ROUTER"), true;
	if (cluster == 0 && id == 7)
		return sim_zcl_uint(out, 0x30, 1, 1), true;
	return false;
}

static void receive(struct sim_node *node, const struct sim_frame *frame)
{
	struct sim_frame reply = { .dst = frame->src };
	struct sim_zdo who = { node->network, node, &node->facts };
	bool have = frame->dst_ep ? sim_zcl_serve(node, frame, &reply, attribute, node)
				  : sim_zdo_answer(&who, frame, &reply);

	if (have)
		sim_node_send(node, &reply);
}

static void router_free(struct sim_node *node)
{
	sim_network_remove(node->network, node);
	free(node);
}

void sim_network_add_router(struct sim_network *network, uint64_t ieee, uint16_t address)
{
	static const struct sim_node_ops ops = { .receive = receive, .free = router_free };
	struct sim_node *node = xcalloc(1, sizeof *node);

	node->ops = &ops;
	node->ieee = ieee;
	node->address = address;
	node->lqi = 0xC0;
	node->facts = (struct sim_facts){ .type = 1,
		.capabilities = 0x8E,
		.manufacturer = 0x1234,
		.endpoints = ENDPOINTS,
		.endpoint_count = 1 };
	sim_network_add(network, node);
}
