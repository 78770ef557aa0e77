/* sim_ether.h: inside the simulator, the contract between the ether, the nodes in it and the stick
 * in front of it. A stick of any family attaches here. ZDO messages are frames to endpoint 0 with
 * their sequence byte first; a confirm status is a MAC status as Z-Stack and 802.15.4 number it. */
#pragma once

#include "server/base/wire.h"
#include "tests/sim/sim.h"
#include "tests/sim/sim_events.h"

enum {
	SIM_FRAME_MAX = 160,
	SIM_PARKED_MAX = 3,     /* frames a parent holds for one sleepy child */
	SIM_PARK_MSEC = 7000,   /* how long the coordinator holds one */
	SIM_ROUTER_PARK = 7680, /* how long a router does */
	SIM_BROADCAST_MIN = 0xFFF8,
	SIM_PROFILE_HA = 0x0104,
	SIM_LATE_CONFIRM_MSEC = 20000,
};

enum sim_mac {
	SIM_MAC_OK = 0x00,
	SIM_MAC_NO_ROUTE = 0xCD,
	SIM_MAC_NO_ACK = 0xE9,
	SIM_MAC_EXPIRED = 0xF0,
	SIM_MAC_OVERFLOW = 0xF1,
};

enum sim_confirm {
	SIM_CONFIRM_NONE,
	SIM_CONFIRM_HOP, /* the next hop took it: a MAC acknowledgement, or a poll of our child */
	SIM_CONFIRM_END, /* the destination has it: an APS acknowledgement came back */
};

struct sim_frame {
	uint16_t src, dst; /* network addresses; 0 = coordinator */
	uint16_t profile, cluster;
	uint8_t src_ep, dst_ep;
	bool broadcast;
	uint16_t last_hop; /* as the coordinator saw it */
	uint8_t lqi, radius;
	uint8_t size;
	uint8_t data[SIM_FRAME_MAX];
};

struct sim_endpoint {
	uint8_t id, version;
	uint16_t profile, device;
	uint8_t in_count, out_count;
	uint16_t in[16], out[16];
};

struct sim_facts {
	uint8_t type;         /* 0 coordinator, 1 router, 2 end device */
	uint8_t capabilities; /* MAC capability byte */
	uint16_t manufacturer;
	const struct sim_endpoint *endpoints;
	size_t endpoint_count;
};

/* --- nodes --- */
struct sim_node;
struct sim_node_ops {
	void (*receive)(struct sim_node *node, const struct sim_frame *frame);
	void (*reached)(struct sim_node *node);  /* its last frame is with the host */
	void (*answered)(struct sim_node *node); /* the host sends something to it */
	void (*free)(struct sim_node *node);     /* removes itself, too */
};

struct sim_parked {
	struct sim_frame frame;
	uint32_t tag;
	enum sim_confirm confirm;
	uint32_t number;
};

struct sim_node {
	const struct sim_node_ops *ops;
	struct sim_network *network;
	struct sim_node *next;
	uint64_t ieee;
	uint16_t address, old_address; /* old: before it rejoined, 0xFFFE = none */
	struct sim_node *parent;       /* NULL: the coordinator */
	bool sleepy, deaf;             /* deaf: hears and says nothing now */
	uint8_t lqi;
	struct sim_facts facts;
	struct sim_parked parked[SIM_PARKED_MAX];
	size_t parked_count;
};

void sim_network_add(struct sim_network *network, struct sim_node *node);
void sim_network_remove(struct sim_network *network, struct sim_node *node);
struct sim_node *sim_network_find(const struct sim_network *network, uint16_t address);
struct sim_node *sim_network_find_ieee(const struct sim_network *network, uint64_t ieee);
struct sim_node *sim_network_first(const struct sim_network *network);

/* A node says something to the coordinator; src and the way are filled in. */
void sim_node_send(struct sim_node *node, struct sim_frame *frame);
/* A sleepy node asks its parent; takes at most one frame, returns whether there are more. */
bool sim_node_poll(struct sim_node *node);
/* It (re)joined under its present address: the trust centre hears, and a Device_annce follows. */
void sim_node_announce(struct sim_node *node);

/* Fills in the response of a ZDO request to that node; false: it stays silent. node NULL is the
 * coordinator with the given facts. */
struct sim_zdo {
	struct sim_network *network;
	const struct sim_node *node;
	const struct sim_facts *facts;
};
bool sim_zdo_answer(
	const struct sim_zdo *who, const struct sim_frame *request, struct sim_frame *response);

/* --- the ether --- */
struct sim_events *sim_network_events(const struct sim_network *network);
struct loop *sim_network_loop(const struct sim_network *network);
const struct sim_network_options *sim_network_facts(const struct sim_network *network);
/* Between low and high ms with radio timing, else 0. */
msec sim_network_jitter(struct sim_network *network, msec low, msec high);
/* 0 .. below-1, from the seed. */
uint32_t sim_network_random(struct sim_network *network, uint32_t below);
void sim_network_count_command(struct sim_network *network); /* a lock or write command came in */
uint32_t sim_network_commands(const struct sim_network *network);

/* All that goes on air, as it goes out: from a node (up) or from the stick; NULL stops. */
typedef void sim_ear(void *owner, const struct sim_frame *frame, bool up);
void sim_network_overhear(struct sim_network *network, sim_ear *ear, void *owner);

/* --- the stick --- */
struct sim_stick_ops {
	bool (*running)(void *owner);
	void (*incoming)(void *owner, const struct sim_frame *frame);
	void (*joined)(void *owner, const struct sim_node *node);
	void (*confirmed)(void *owner, uint32_t tag, uint8_t status);
	uint8_t (*ota_endpoint)(void *owner); /* answers Match_Desc_req for 0x0019; 0: none */
};
/* One stick at a time; ops NULL detaches. */
void sim_network_attach(struct sim_network *network, const struct sim_stick_ops *ops, void *owner);
/* Exactly one confirmed(tag) follows, later, unless it is SIM_CONFIRM_NONE. */
void sim_network_transmit(struct sim_network *network, const struct sim_frame *frame,
	enum sim_confirm confirm, uint32_t tag);
/* How long the coordinator holds a frame for a sleepy child from now on; SIM_PARK_MSEC at first. */
void sim_network_hold(struct sim_network *network, msec duration);
uint8_t sim_network_ota_endpoint(struct sim_network *network);
