/* sim.h: a simulated Zigbee network with locks, and sticks in front of it. It runs on loop.h, so
 * the same code serves tests on virtual time (in one process with the service) and, on the real
 * loop, the demo and strangers' drivers (lockwright-sim, over a PTY or TCP).
 *
 *   sim_network   the ether: coordinator, router, mains device, sleepy locks; radio timing on or
 * off sim_lock      a lock: OTA client, battery that sags, polling, reboot, versions sim_znp a ZNP
 * stick: NV, association table, forbidden-command counter sim_ezsp      an EZSP stick: ASH, EZSP 4
 * to 19, child and address tables, the same counter sim_stick     either of them, for tests and
 * control lines that suit both */
#pragma once

#include "adapters/stream.h"
#include "server/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_network;
struct sim_lock;
struct sim_znp;

/* --- network --- */
struct sim_network_options {
	uint8_t channel;      /* 15 */
	uint16_t pan_id;      /* 0x4402 */
	uint64_t ext_pan_id;  /* 0xA2BA38A8B5E683A0 */
	uint64_t coordinator; /* 0x00124B001E17EFA8 */
	/* Off: everything is delivered in the next turn, also to sleepy locks unless they are deaf
	 * (sim_lock_sleep, duty cycle, reboot). On: airtime, polling, an indirect queue of three.
	 */
	bool radio_timing;
	uint32_t seed; /* of losses and jitter */
	double loss;   /* 0..1 of unicast frames per hop */
};
struct sim_network *sim_network_new(struct loop *loop, const struct sim_network_options *options);
void sim_network_free(struct sim_network *network); /* its locks, too; sticks before it */
/* A mains-powered router; made by itself when a lock names it as parent. The usual one is
 * 0x1112131415161718 at 0x7B01. */
void sim_network_add_router(struct sim_network *network, uint64_t ieee, uint16_t address);
/* Nothing gets through in either direction: the stick has another network's key. */
void sim_network_foreign(struct sim_network *network, bool foreign);

/* --- locks --- */
enum sim_client { SIM_SILABS, SIM_TI, SIM_TELINK };
enum sim_install {
	SIM_INSTALLS,      /* reboots into the new version */
	SIM_KEEPS_OLD,     /* reboots, old version still runs */
	SIM_NEVER_RETURNS, /* bricked: silent after the End Response */
	SIM_REJECTS_IMAGE, /* End Request INVALID_IMAGE */
	SIM_OTHER_VERSION, /* comes back with version + 0x00010000 */
};
struct sim_lock_options {
	uint64_t ieee;    /* 0x0102030405060708 */
	uint16_t address; /* 0x3A5C */
	uint64_t parent;  /* 0: the coordinator; else the router's EUI-64 */
	enum sim_client client;
	uint16_t manufacturer_code, image_type;
	uint32_t version;
	uint16_t hardware_version; /* 0xFFFF: not sent */
	const char *model, *manufacturer;
	uint8_t block_size; /* asked for; 0 = the client's habit (63, 32, 48) */
	uint32_t storage;   /* 0: any size; smaller than the image -> INSUFFICIENT_SPACE */
	bool sleepy;        /* polls; true for locks */
	uint32_t long_poll_ms, short_poll_ms; /* 0: 7500 and 250 */
	uint32_t query_interval_ms;           /* asks for an image by itself; 0: 5 min */
	uint32_t reboot_ms;                   /* silence after apply; 0: 5000 */
	uint32_t awake_ms, asleep_ms; /* duty cycle that ignores polls while asleep; 0,0: none */
	enum sim_install install;
	bool page_requests;
	bool rejoins_elsewhere;       /* comes back from its reboot with a new network address */
	uint8_t battery_half_percent; /* 200 */
	uint8_t battery_decivolt;     /* 60 */
	double battery_drain;         /* half percent per 1000 blocks; a change is reported */
	uint32_t check_in_ms;         /* Poll Control check-in; 0: the cluster does not exist */
};
struct sim_lock *sim_lock_new(struct sim_network *network, const struct sim_lock_options *options);
/* What happens to it. */
void sim_lock_press_key(struct sim_lock *lock); /* wakes; sends an operation event */
void sim_lock_sleep(
	struct sim_lock *lock, uint32_t ms); /* deaf and mute, transfer in progress or not */
void sim_lock_battery_out(
	struct sim_lock *lock, bool out); /* RAM lost: SiLabs and Telink keep the offset */
/* New address, the next free one if another has it; same EUI-64. */
void sim_lock_rejoin(struct sim_lock *lock, uint16_t address);
void sim_lock_set_battery(struct sim_lock *lock, uint8_t half_percent); /* and reports it */
void sim_lock_inject(
	struct sim_lock *lock, uint8_t cluster_low, const uint8_t *zcl, size_t n); /* hostile */
/* A frame of the OTA cluster from one of its endpoints. */
struct sim_saying {
	uint8_t endpoint;
	bool broadcast;
	const uint8_t *zcl;
	size_t n;
};
void sim_lock_say(struct sim_lock *lock, const struct sim_saying *saying);
/* Its OTA client keeps still and hears nothing, so that a test can speak in its place. */
void sim_lock_puppet(struct sim_lock *lock, bool puppet);
/* It has this image already, complete, from an earlier transfer. */
void sim_lock_preload(struct sim_lock *lock, uint32_t version, const uint8_t *image, uint32_t size);
void sim_lock_set_bolt(struct sim_lock *lock, uint8_t state); /* lockState; and reports it */
/* As sim_lock_rejoin(), but nobody is told. */
void sim_lock_move(struct sim_lock *lock, uint16_t address);
struct sim_lock_state {
	uint32_t version; /* running now */
	uint32_t offset;  /* bytes of the image stored */
	uint32_t blocks, repeats, timeouts, reboots, aborts;
	uint32_t received_size;
	const uint8_t *received; /* the image as stored by the lock, for byte comparison */
	int64_t transfer_msec;   /* first block request to End Request, loop time; 0 not yet */
	int64_t own_msec;        /* of which the lock and the radio alone needed */
	bool asleep, updating;
};
void sim_lock_state(const struct sim_lock *lock, struct sim_lock_state *out);

/* --- any stick --- */
/* Faults; count -1 = until called again with 0. Without a status, arg says how many times one has
 * its chance to strike for each time that it does; 0 and 1: always. */
enum sim_fault {
	SIM_NO_SRSP,   /* the next n requests get no answer */
	SIM_LATE_SRSP, /* answered after 4 s */
	SIM_BAD_FCS,   /* a wrong check byte or CRC */
	SIM_GARBAGE,   /* noise before each frame */
	SIM_SPLIT,     /* byte by byte */
	SIM_LOST_CONFIRM,
	SIM_CONFIRM_STATUS, /* arg = status of the next n confirms: 0xE9, 0xF0, 0xCD, 0xE1, 0x11 */
	SIM_SRSP_STATUS,    /* arg = status of the next n answers to a data request: 0x10, 0x11 */
	SIM_DUPLICATE,      /* incoming messages come twice */
	/* The same, in each family's own numbers: */
	SIM_LATE_CONFIRM,    /* it comes 20 s later */
	SIM_DELIVERY_FAILED, /* it is not, and the confirm says so */
	SIM_MESSAGE_LIMIT,   /* refused: too many messages are on their way */
	SIM_NO_BUFFERS,      /* refused: no memory */
	/* Of ASH only: */
	SIM_NAK,            /* the host's DATA frames are taken for damaged */
	SIM_LOST_ACK,       /* what acknowledges a frame of the host gets lost */
	SIM_DUPLICATE_DATA, /* DATA frames are sent twice, the second time as a retransmission */
	SIM_FAULTS
};
struct sim_stick_stats {
	uint32_t forbidden;      /* commands that could form, wipe, re-key or write NV */
	char last_forbidden[64]; /* hex of the last one */
	bool formed_alarm;       /* a network was formed */
	uint32_t lock_commands; /* lock/unlock/toggle frames that reached any device: must stay 0 */
	uint32_t requests, endpoints; /* endpoints registered now */
	uint64_t nv_digest;           /* changes when any NV byte changes */
	/* Turnaround of block requests: last request byte out of the stick to first byte of the
	 * response in; real loop only, microseconds. */
	uint32_t turnaround_count;
	uint32_t pipelined; /* EZSP: commands before the answer to the last one was acknowledged */
	uint32_t gave_up;   /* EZSP: times that the host left frames unacknowledged (ERROR 0x51) */
};

/* How long the host took for a block; microseconds by the stick's clock. */
struct sim_turn {
	uint64_t since; /* the request's last byte went out */
	uint32_t took;  /* until the response's first byte came in */
};

struct sim_stick;
struct sim_stick_kind {
	void (*free)(void *stick);
	struct stream_factory (*factory)(void *stick);
	void (*input)(void *stick, struct span bytes);
	void (*output)(void *stick, void (*out)(void *owner, struct span bytes), void *owner);
	void (*clock)(void *stick, uint64_t (*microseconds)(void));
	void (*fault)(void *stick, enum sim_fault fault, int count, int arg);
	void (*reset)(void *stick);
	void (*dead)(void *stick, bool dead);
	void (*unplug)(void *stick, bool out);
	void (*network_down)(void *stick);
	void (*stats)(const void *stick, struct sim_stick_stats *out);
	size_t (*turnarounds)(const void *stick, struct sim_turn *out, size_t max);
};
/* What the calls of sim_znp and sim_ezsp below do, for whichever it is. */
struct sim_stick {
	const struct sim_stick_kind *kind;
	void *self;
};

/* --- ZNP stick --- */
enum sim_znp_stack { SIM_ZSTACK_12, SIM_ZSTACK_30X, SIM_ZSTACK_3X0 };
enum sim_form { SIM_FORMED, SIM_BLANK, SIM_ROUTER, SIM_WIPE_ARMED /* ZNP: STARTUP_OPTION 2 */ };
struct sim_znp_options {
	enum sim_znp_stack stack;
	enum sim_form form;
	bool running;      /* state 9 with endpoints 1, 13, 242 when we come */
	bool no_revision;  /* stock TI VERSION answer of 5 bytes */
	bool no_direct_cb; /* NV ZDO_DIRECT_CB is 0: ZDO comes as MSG_CB only */
	bool bootloader;   /* deaf until the byte 0xEF, as CC253x after power-up */
};
struct sim_znp *sim_znp_new(struct sim_network *network, const struct sim_znp_options *options);
void sim_znp_free(struct sim_znp *znp);
struct sim_stick sim_znp_stick(struct sim_znp *znp);
/* For tests in one process: opens give a stream straight to the stick. */
struct stream_factory sim_znp_factory(struct sim_znp *znp);
/* For PTY and TCP shells: bytes in; bytes out by the callback. */
void sim_znp_input(struct sim_znp *znp, struct span bytes);
void sim_znp_output(struct sim_znp *znp, void (*out)(void *owner, struct span bytes), void *owner);
/* Where turnarounds get their time from; without it they are not measured. */
void sim_znp_clock(struct sim_znp *znp, uint64_t (*microseconds)(void));
void sim_znp_fault(struct sim_znp *znp, enum sim_fault fault, int count, int arg);
void sim_znp_reset(struct sim_znp *znp); /* watchdog: SYS_RESET_IND, state 0, endpoints gone */
void sim_znp_dead(struct sim_znp *znp, bool dead);  /* swallows everything */
void sim_znp_unplug(struct sim_znp *znp, bool out); /* streams close; opens fail until back */
void sim_znp_network_down(struct sim_znp *znp);     /* it says so; a new start brings it back */
void sim_znp_stats(const struct sim_znp *znp, struct sim_stick_stats *out);
/* The last n (<= 65536) turnarounds, oldest first; returns how many. */
size_t sim_znp_turnarounds(const struct sim_znp *znp, struct sim_turn *out, size_t max);

/* --- EZSP stick --- */
struct sim_ezsp_options {
	uint8_t version; /* EZSP 4 to 19; 0: 13 */
	enum sim_form form;
	bool running; /* connected and its network up when we come */
};
struct sim_ezsp *sim_ezsp_new(struct sim_network *network, const struct sim_ezsp_options *options);
void sim_ezsp_free(struct sim_ezsp *ezsp);
struct sim_stick sim_ezsp_stick(struct sim_ezsp *ezsp);
/* By itself, with the ASH reset code: 0x01, 0x02, 0x09 and 0x0B end in RSTACK, others in ERROR. */
void sim_ezsp_reset(struct sim_ezsp *ezsp, uint8_t code);
