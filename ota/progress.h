/* progress.h: rate, remaining time and percent of a transfer. Pure; volatile. */
#pragma once

#include "server/base/msec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROGRESS_SAMPLES = 64, PROGRESS_INTERVALS = 50 };

struct meter {
	struct {
		msec at;
		uint64_t bytes;      /* served since the transfer began, repeats too */
	} samples[PROGRESS_SAMPLES]; /* one a second at most: the last minute */
	size_t n_samples, next_sample;
	uint32_t intervals[PROGRESS_INTERVALS]; /* ms between blocks */
	size_t n_intervals, next_interval;
	uint64_t bytes;
	msec last;
};

/* A block of `size` bytes was served. */
void meter_block(struct meter *meter, msec now, uint32_t size);
/* A pause that says nothing about the pace (stall, restart). */
void meter_pause(struct meter *meter);
double meter_rate(const struct meter *meter, msec now); /* bytes/s of the last minute; -1 unknown */
/* ms until `left` bytes are served in blocks of `block_size`, by the median of the last intervals;
 * -1 unknown. */
int64_t meter_left(const struct meter *meter, uint64_t left, uint32_t block_size);
/* One decimal, never above 100; -1 when total is 0. */
double progress_percent(uint64_t done, uint64_t total);
