/* sim_ezsp_private.h: inside of one simulated EZSP stick. */
#pragma once

#include "tests/sim/sim_ash.h"
#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_link.h"
#include "tests/sim/sim_turnaround.h"

enum {
	EZ_V_LEGACY = 4, /* three-byte header, 8-bit ids */
	EZ_V_WIDE = 8,   /* 16-bit ids */
	EZ_V_STATUS = 14 /* sl_status_t of four bytes, in front */,
	EZ_FRAME_MAX = 202,

	EZ_ENDPOINTS_MAX = 16,
	EZ_CONFIG_MAX = 0x40,
	EZ_POLICY_MAX = 0x10,
	EZ_VALUE_MAX = 0x60,
	EZ_ADDRESSES_MAX = 16,
	EZ_GROUPS_MAX = 16,
	EZ_SLEEPERS_MAX = 32,
	EZ_FLIGHTS_MAX = 64,
	EZ_COUNTERS = 42,

	EZ_CFG_ADDRESSES = 0x05,
	EZ_CFG_UNICASTS = 0x03,
	EZ_CFG_GROUPS = 0x06,
	EZ_CFG_CHILDREN = 0x11,
	EZ_CFG_INDIRECT = 0x12,

	EZ_CNT_APS_TX_FAILED = 11,
	EZ_CNT_APS_TX_OK = 9,
	EZ_CNT_APS_TX_RETRIES = 10,

	EZ_APS_RETRY = 0x0040,
	EZ_NO_NODE = 0xFFFF,
};

/* Each has two numbers: one byte up to EZSP 13, four bytes from EZSP 14. */
enum ez_status {
	EZ_OK,
	EZ_FAIL,
	EZ_BAD_ARGUMENT,
	EZ_NOT_FOUND,
	EZ_NO_BUFFERS,
	EZ_DELIVERY_FAILED,
	EZ_INVALID_CALL,
	EZ_MESSAGE_LIMIT,
	EZ_TOO_LONG,
	EZ_NETWORK_UP,
	EZ_NETWORK_DOWN,
	EZ_NETWORK_OPENED,
	EZ_NETWORK_CLOSED,
	EZ_NOT_JOINED,
	EZ_INVALID_ENDPOINT,
	EZ_INDEX_RANGE,
	EZ_NOT_PRESENT,
	EZ_UNKNOWN_ID, /* EzspStatus */
	EZ_TOO_LATE,   /* EzspStatus: the network is up */
};

struct ez_aps {
	uint16_t profile, cluster;
	uint8_t src_ep, dst_ep;
	uint16_t options, group;
	uint8_t sequence;
};

struct ez_address {
	uint64_t ieee;
	uint16_t id;
	bool extended; /* timeout: it sleeps */
};

/* A unicast that is not confirmed yet. */
struct ez_flight {
	uint32_t number; /* 0: free */
	uint8_t type, sends;
	uint16_t tag, index_or_id;
	struct ez_aps aps;
	struct sim_frame frame;
};

/* What survives power cycles: changes of it are what a guest must not make. */
struct ez_nv {
	bool formed;
	uint8_t channel;
	uint16_t pan_id;
	uint64_t ext_pan_id;
	uint8_t key[16];
	uint32_t writes; /* of tokens, frame counters, key tables */
};

struct sim_ezsp {
	struct sim_network *network;
	struct sim_events *events;
	struct sim_ezsp_options options;
	struct sim_link link;
	struct sim_ash ash;
	struct sim_faults faults;
	struct sim_turnaround turnaround;
	struct ez_nv nv;
	bool dead;

	/* forgotten by a reset */
	bool agreed; /* on a version */
	bool native; /* header of the last command */
	uint8_t sequence;
	bool up;
	uint16_t config[EZ_CONFIG_MAX];
	uint8_t policy[EZ_POLICY_MAX];
	uint8_t values[EZ_VALUE_MAX];
	struct sim_endpoint endpoints[EZ_ENDPOINTS_MAX];
	size_t endpoint_count;
	struct ez_address addresses[EZ_ADDRESSES_MAX];
	struct {
		uint16_t group;
		uint8_t endpoint;
	} groups[EZ_GROUPS_MAX];
	uint64_t sleepers[EZ_SLEEPERS_MAX]; /* extended timeout was set for them */
	size_t sleeper_count;
	bool concentrator;
	uint16_t routed[EZ_SLEEPERS_MAX]; /* sent a route record */
	size_t routed_count;
	uint8_t aps_sequence, heard_sequence, broadcast_sequence;
	struct ez_flight flights[EZ_FLIGHTS_MAX];
	uint32_t flight_numbers;
	uint16_t counters[EZ_COUNTERS];

	uint32_t forbidden, requests;
	char last_forbidden[64];
	bool formed_alarm;
};

/* One command and the response being made for it. */
struct ez_call {
	struct sim_ezsp *ezsp;
	uint16_t id;
	struct span frame; /* header included */
	struct wire_in in;
	struct wire_out out; /* parameters */
	uint8_t raw[EZ_FRAME_MAX];
};

/* sim_ezsp.c */
bool ez_strikes(struct sim_ezsp *ezsp, enum sim_fault fault, int *arg);
void ez_put_status(struct wire_out *out, const struct sim_ezsp *ezsp, enum ez_status status);
void ez_status(struct ez_call *c, enum ez_status status);
/* An asynchronous callback. */
void ez_say(struct sim_ezsp *ezsp, uint16_t id, struct span parameters);
void ez_say_stack_status(struct sim_ezsp *ezsp, enum ez_status status, msec delay);
bool ez_since(const struct sim_ezsp *ezsp, uint8_t version);

/* sim_ezsp_command.c: headers, version, dispatch */
void ez_command(struct sim_ezsp *ezsp, struct span frame);
void ez_header(struct wire_out *out, const struct sim_ezsp *ezsp, uint8_t control, uint16_t id);

/* One file per subject; false: no such command. */
bool ez_setup(struct ez_call *c);
bool ez_network(struct ez_call *c);
bool ez_tables(struct ez_call *c);
bool ez_messages(struct ez_call *c);
bool ez_harm(struct ez_call *c);

/* sim_ezsp_setup.c */
void ez_set_defaults(struct sim_ezsp *ezsp);
const struct sim_endpoint *ez_endpoint(const struct sim_ezsp *ezsp, uint8_t id);

/* sim_ezsp_network.c */
void ez_come_up(struct sim_ezsp *ezsp);
void ez_go_down(struct sim_ezsp *ezsp);
uint16_t ez_node_id(const struct sim_ezsp *ezsp);

/* sim_ezsp_tables.c */
bool ez_is_child(const struct sim_node *node);
bool ez_has_extended_timeout(const struct sim_ezsp *ezsp, const struct sim_node *node);
uint8_t ez_child_index(const struct sim_ezsp *ezsp, const struct sim_node *node);

/* sim_ezsp_harm.c */
bool ez_is_forbidden(const struct sim_ezsp *ezsp, uint16_t id, struct span parameters);
uint64_t ez_nv_digest(const struct sim_ezsp *ezsp);

/* sim_ezsp_send.c */
void ez_put_aps(struct wire_out *out, const struct ez_aps *aps);
struct ez_aps ez_read_aps(struct wire_in *in);
uint8_t ez_source_route_bytes(const struct sim_ezsp *ezsp, uint16_t id);

/* sim_ezsp_flight.c */
struct ez_flight *ez_flight(struct sim_ezsp *ezsp, uint32_t number); /* 0: a free one */
uint16_t ez_flights(const struct sim_ezsp *ezsp);
void ez_launch(struct sim_ezsp *ezsp, struct ez_flight *flight);
void ez_message_sent(struct sim_ezsp *ezsp, const struct ez_flight *flight, enum ez_status status);
void ez_confirmed(void *owner, uint32_t tag, uint8_t status);

/* sim_ezsp_hear.c */
extern const struct sim_stick_ops EZ_STICK;
void ez_hear(struct sim_ezsp *ezsp, const struct sim_frame *frame);
void ez_hear_later(struct sim_ezsp *ezsp, const struct sim_frame *frame, msec delay);
