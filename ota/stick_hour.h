/* stick_hour.h: what an adapter's counters did in the last hour. Pure. */
#pragma once

#include "adapters/adapter.h"
#include "server/base/msec.h"

enum { STICK_HOUR_SAMPLES = 13, STICK_SAMPLE_GAP = 300000 };

struct stick_counts {
	uint32_t resets, timeouts, lost_confirms, delivery_failures, no_buffers, garbage_bytes;
	uint32_t minutes; /* that this covers */
};

struct stick_hour {
	struct {
		msec at;
		struct stick_counts counts; /* since the adapter's start */
	} samples[STICK_HOUR_SAMPLES];
	unsigned n, next;
};

/* At most one sample in STICK_SAMPLE_GAP is kept. */
void stick_hour_sample(struct stick_hour *hour, const struct adapter_info *info, msec now);
void stick_hour_counts(const struct stick_hour *hour, const struct adapter_info *info, msec now,
	struct stick_counts *out);
