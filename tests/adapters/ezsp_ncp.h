/* ezsp_ncp.h: a scripted EZSP stick: it answers with the golden frames of its version, or with what
 * a test tells it. Not a simulator: it has no network behind it. */
#pragma once

#include "adapters/stream.h"
#include "adapters/zigbee/ezsp/ash_frame.h"
#include "server/loop.h"

#include <stdint.h>

enum { NCP_SAID = 512, NCP_ANSWERS = 64, NCP_PARAMS = 200 };

enum ncp_mode {
	NCP_EZSP,
	NCP_SILENT,
	NCP_BOOTLOADER, /* the menu, whatever it is sent */
	NCP_UPLOAD,     /* asks for XMODEM */
	NCP_SPINEL,     /* frames of another kind */
	NCP_NOISE,
};

/* What becomes of messages. */
enum ncp_delivery { NCP_DELIVERS, NCP_CONFIRMS_NEVER, NCP_CONFIRMS_LATE, NCP_ANSWERS_NEVER };

struct ncp_bytes {
	uint16_t id;
	uint8_t data[NCP_PARAMS];
	size_t size;
};

struct ncp {
	struct loop *loop;
	struct stream stream;
	struct loop_timer *tick, *late;
	enum ncp_mode mode;
	bool is_open, is_new; /* opened() is due */
	bool is_serial;
	bool connected, initialised;
	bool stays_down; /* it takes networkInit, and its network never comes up */
	uint8_t version;
	struct ash_reader reader;
	uint8_t in, out; /* DATA numbers */
	uint8_t sequence;
	uint8_t out_bytes[32768];
	size_t out_size;
	struct ncp_bytes answers[NCP_ANSWERS]; /* by id; the first one counts */
	size_t answer_count;
	struct ncp_bytes said[NCP_SAID]; /* commands that came */
	size_t said_count;
	unsigned opens, resets;
	enum ncp_delivery delivery;
	uint32_t delivery_status, refusal; /* codes of the version's status space */
	unsigned refusals;                 /* of the next messages */
	uint8_t aps;
	struct ncp_bytes confirm; /* the late one */
};

/* version: of EZSP; one with golden frames answers with them. Skips the test without them. */
void ncp_init(struct ncp *n, struct loop *loop, uint8_t version);
void ncp_free(struct ncp *n);
struct stream_factory ncp_factory(struct ncp *n);

/* From now on this command is answered so; parameters as hex. */
void ncp_answer(struct ncp *n, uint16_t id, const char *hex);
void ncp_callback(struct ncp *n, uint16_t id, const char *hex);
void ncp_answer_unasked(struct ncp *n, uint16_t id, const char *hex); /* with n->sequence */
void ncp_wire(struct ncp *n, const char *hex);                        /* bytes as they are */
void ncp_error(struct ncp *n, uint8_t code);                          /* it is unconnected then */
void ncp_reset(struct ncp *n, uint8_t code);                          /* RSTACK out of the blue */

unsigned ncp_count(const struct ncp *n, uint16_t id); /* how often this came */
/* The parameters of the last one as hex; "" if none came. Valid until the next call. */
const char *ncp_last(const struct ncp *n, uint16_t id);
size_t ncp_first_at(const struct ncp *n, uint16_t id); /* place in said, SIZE_MAX: never */
