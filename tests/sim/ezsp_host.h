/* ezsp_host.h: the least EZSP host, to prove the simulator without the product: it sends what the
 * test says, acknowledges everything at once unless told not to, and keeps what came. */
#pragma once

#include "tests/sim/sim.h"
#include "tests/sim/sim_ash_wire.h"
#include "tests/support/loop_virtual.h"

enum { EZSP_KEPT = 64 };

struct ezsp_host {
	struct loop *loop;
	struct sim_network *network;
	struct sim_ezsp *ezsp;
	struct sim_stick stick;
	struct stream *stream;
	struct ash_reader reader;
	uint8_t version, next, expected, sequence;
	bool mute;                        /* acknowledges nothing */
	struct ash_frame last;            /* response */
	struct ash_frame kept[EZSP_KEPT]; /* callbacks, a ring */
	size_t responses, callbacks, acks, naks, rstacks, errors, repeats;
	uint8_t last_code; /* of RSTACK or ERROR */
	bool closed;
	uint8_t raw[8192]; /* everything that came since ezsp_host_start() or a clear of raw_size */
	size_t raw_size;
};

void ezsp_host_start(struct ezsp_host *h, const struct sim_network_options *network,
	const struct sim_ezsp_options *options);
void ezsp_host_stop(struct ezsp_host *h);
void ezsp_host_bytes(struct ezsp_host *h, struct span bytes);
void ezsp_host_hex(struct ezsp_host *h, const char *wire);
/* Reset and the version handshake. */
void ezsp_host_connect(struct ezsp_host *h);
/* A command by id and parameters in hex, in the header of its version; parameters of the response
 * in hex, NULL without one. */
const char *ezsp_host_call(struct ezsp_host *h, uint16_t id, const char *parameters);
/* Without waiting. */
void ezsp_host_send(struct ezsp_host *h, uint16_t id, const char *parameters);
/* Parameters of the last callback of that id, or NULL. */
const char *ezsp_host_heard(const struct ezsp_host *h, uint16_t id);
size_t ezsp_host_count(const struct ezsp_host *h, uint16_t id);
/* Connected, endpoint 1 with OTA registered, network up. */
void ezsp_host_up(struct ezsp_host *h);
