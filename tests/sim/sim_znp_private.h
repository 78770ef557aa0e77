/* sim_znp_private.h: inside of one simulated ZNP stick. */
#pragma once

#include "tests/sim/sim_ether.h"
#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_link.h"
#include "tests/sim/sim_turnaround.h"
#include "tests/sim/sim_znp_frame.h"
#include "tests/sim/sim_znp_nv.h"

enum {
	MT_SREQ = 0x20,
	MT_AREQ = 0x40,
	MT_SRSP = 0x60,
	MT_SYS = 1,
	MT_AF = 4,
	MT_ZDO = 5,
	MT_SAPI = 6,
	MT_UTIL = 7,
	MT_APP_CNF = 15,

	STATE_HOLD = 0,
	STATE_COORDINATOR = 9,

	ENDPOINTS_MAX = 24,
	GROUPS_MAX = 8,

	ST_OK = 0x00,
	ST_FAILURE = 0x01,
	ST_INVALID = 0x02,
	ST_NV_CREATED = 0x09,
	ST_NV_FAILED = 0x0A,
	ST_NV_LENGTH = 0x0C,
	ST_MEMORY = 0x10,
	ST_BUFFER_FULL = 0x11,
	ST_DUPLICATE = 0xB8,
};

struct mt_group {
	uint8_t endpoint;
	uint16_t group;
};

struct sim_znp {
	struct sim_network *network;
	struct sim_events *events;
	struct sim_znp_options options;
	struct nv *nv;
	struct mt_parser parser;
	struct sim_link link;

	uint8_t state;
	bool restored; /* once per power cycle */
	bool all_callbacks;
	struct sim_endpoint endpoints[ENDPOINTS_MAX];
	size_t endpoint_count;
	struct mt_group groups[GROUPS_MAX];
	size_t group_count;
	uint8_t zdo_sequence;
	uint32_t in_flight;
	uint16_t epoch; /* of the power cycle: confirms of an earlier one are lost */

	bool dead;
	struct sim_faults faults;

	uint32_t forbidden, requests;
	char last_forbidden[64];
	bool formed_alarm;

	struct sim_turnaround turnaround;
};

/* One request and the SRSP being made for it. */
struct mt_call {
	struct sim_znp *znp;
	const struct mt_frame *request;
	struct wire_in in;
	struct wire_out out;
	struct mt_frame response;
	uint8_t rpc_error; /* 0, 1 subsystem, 2 command */
};

/* sim_znp.c */
bool mt_fault(struct sim_znp *znp, enum sim_fault fault, int *arg);
/* An AREQ after low … high ms. */
void mt_say(struct sim_znp *znp, uint8_t cmd0, uint8_t cmd1, struct span data);
void mt_say_later(struct sim_znp *znp, const struct mt_frame *frame, msec delay);
void mt_forbidden(struct sim_znp *znp, const struct mt_frame *frame);
void mt_dispatch(struct sim_znp *znp, const struct mt_frame *frame);
struct nv_network mt_default_network(const struct sim_znp *znp);

/* one file per subsystem; they put the SRSP or set rpc_error */
void mt_sys(struct mt_call *call);
void mt_af(struct mt_call *call);
void mt_zdo(struct mt_call *call);
void mt_util(struct mt_call *call);
void mt_sapi(struct mt_call *call);
void mt_app_cnf(struct mt_call *call);

/* sim_znp_start.c */
void mt_reset(struct sim_znp *znp, uint8_t reason);
void mt_reset_indication(struct sim_znp *znp, uint8_t reason, msec delay);
uint8_t mt_startup(struct sim_znp *znp); /* 25 40; the SRSP's value */
void mt_commission(struct sim_znp *znp, uint8_t mode);
void mt_version(const struct sim_znp *znp, struct wire_out *w);
bool mt_is_forbidden(const struct mt_frame *frame, enum sim_znp_stack stack);

/* sim_znp_af.c */
extern const struct sim_stick_ops MT_STICK;
const struct sim_endpoint *mt_endpoint(const struct sim_znp *znp, uint8_t id);

/* sim_znp_zdo.c: a ZDO message from a node, or from ourselves, to the host */
void mt_zdo_incoming(struct sim_znp *znp, const struct sim_frame *frame);
void mt_zdo_to_self(struct sim_znp *znp, const struct sim_frame *request);
