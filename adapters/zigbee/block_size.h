/* block_size.h: how many image bytes one lock gets per block (DECISIONS "Zigbee"): as many as it
 * asks for and the path carries; fewer only after proof of failure; more again after 500 good ones.
 * Sans-I/O. */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { BLOCK_SIZE_MAX = 63, BLOCK_EXACT_MAX = 80, BLOCK_GOOD_RUN = 500 };

struct block_size {
	uint8_t cap;       /* learned: 63, 50, 40 or 63, 48, 32; 0 = 63 */
	uint16_t good;     /* blocks in a row since the last change */
	uint8_t same;      /* how often the present offset was asked for */
	uint8_t last_size; /* of the last answer; 0 none yet */
	uint32_t last_offset;
};

struct block_limits {
	uint8_t asked;
	uint8_t path; /* radio block_max */
	bool aligned; /* the image is stored in AES blocks: multiples of 16 unless last */
	bool exact;
	uint8_t quirk_cap; /* 0 none */
	uint64_t left;     /* > 0 */
};

/* 1..asked. */
uint8_t block_size_choose(const struct block_size *b, const struct block_limits *limits);
/* A request for `offset`, before it is answered. True: the cap changed. */
bool block_size_asked(struct block_size *b, uint32_t offset, bool by_16);
void block_size_answered(struct block_size *b, uint32_t offset, uint8_t size);
/* Proof that the size was too much. True: the cap changed. */
bool block_size_lower(struct block_size *b, bool by_16);

/* Does the image hold encrypted elements with the 8-byte header (Telink AES)? */
bool block_size_is_aes(struct span image);
