/* scripted_host.h: the least host that can serve an update, to prove the simulator without the
 * product: frames built by hand, no checks, one lock. */
#pragma once

#include "tests/sim/sim.h"
#include "tests/sim/sim_znp_frame.h"
#include "tests/support/loop_virtual.h"

struct scripted_host {
	struct loop *loop;
	struct sim_network *network;
	struct sim_znp *znp;
	struct stream *stream;
	struct mt_parser parser;
	struct mt_frame last;      /* last SRSP */
	struct mt_frame areqs[32]; /* the last ones that are not AF, a ring */
	size_t areq_count;
	uint32_t srsps, confirms, queries, blocks, resets;
	uint8_t last_confirm, last_query_status, last_end_status;
	uint8_t last_default[2]; /* command, status */
	uint32_t ends;
	uint8_t transaction;
	bool opened, closed;

	const uint8_t *image; /* NULL: NO_IMAGE */
	uint32_t image_size, offered_version;
	uint8_t most;         /* bytes a block; 0: what was asked */
	uint32_t mute_after;  /* blocks served before silence; 0: never */
	uint32_t hold_times;  /* End Requests answered with "hold" first */
	uint8_t block_status; /* 0x97 WAIT 30 s, 0x95 ABORT instead of every block */
	uint32_t refusals;    /* so many were sent */
	bool no_end_response, refuse_pages;
	msec answer_delay; /* ms that every answer takes; one at a time */
	struct loop_timer *answer_due;
	struct mt_frame answer;
	uint16_t lock; /* where the last message came from */
};

void host_start(struct scripted_host *h, const struct sim_network_options *network,
	const struct sim_znp_options *znp);
void host_stop(struct scripted_host *h);
/* Sends and waits for the SRSP: hex without SOF and check byte, "2101". */
const struct mt_frame *host_call(struct scripted_host *h, const char *hex);
/* Whether that AREQ came, whole frame in hex; only the last 32 are known. */
bool host_saw(const struct scripted_host *h, const char *frame_hex);
/* Brings the network up and registers endpoint 1 with OTA. */
void host_up(struct scripted_host *h);
void host_notify(struct scripted_host *h, uint16_t lock);
/* A plain image with one element of the given size. */
uint8_t *host_make_image(uint32_t *size, uint32_t payload, uint32_t version);
