#include "ota/progress.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTE = 60000, SAMPLE_GAP = 1000, MIN_INTERVALS = 5 };

void meter_block(struct meter *meter, msec now, uint32_t size)
{
	size_t newest = (meter->next_sample + PROGRESS_SAMPLES - 1) % PROGRESS_SAMPLES;

	if (meter->last) {
		meter->intervals[meter->next_interval] = (uint32_t)(now - meter->last);
		meter->next_interval = (meter->next_interval + 1) % PROGRESS_INTERVALS;
		if (meter->n_intervals < PROGRESS_INTERVALS)
			meter->n_intervals++;
	}
	meter->last = now;
	if (!meter->n_samples || now - meter->samples[newest].at >= SAMPLE_GAP) {
		/* What was served before this block. */
		meter->samples[meter->next_sample].at = now;
		meter->samples[meter->next_sample].bytes = meter->bytes;
		meter->next_sample = (meter->next_sample + 1) % PROGRESS_SAMPLES;
		if (meter->n_samples < PROGRESS_SAMPLES)
			meter->n_samples++;
	}
	meter->bytes += size;
}

void meter_pause(struct meter *meter)
{
	meter->last = 0;
	meter->n_samples = 0;
}

double meter_rate(const struct meter *meter, msec now)
{
	size_t i = meter->next_sample;

	for (size_t k = 0; k < meter->n_samples; k++) {
		i = (meter->next_sample + PROGRESS_SAMPLES - meter->n_samples + k) %
		    PROGRESS_SAMPLES;
		if (now - meter->samples[i].at <= MINUTE)
			break;
	}
	if (!meter->n_samples || now - meter->samples[i].at > MINUTE ||
		now - meter->samples[i].at < SAMPLE_GAP)
		return -1;
	return (double)(meter->bytes - meter->samples[i].bytes) * 1000.0 /
	       (double)(now - meter->samples[i].at);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int64_t meter_left(const struct meter *meter, uint64_t left, uint32_t block_size)
{
	uint32_t sorted[PROGRESS_INTERVALS];
	uint64_t blocks;

	if (meter->n_intervals < MIN_INTERVALS || !block_size)
		return -1;
	memcpy(sorted, meter->intervals, meter->n_intervals * sizeof *sorted);
	qsort(sorted, meter->n_intervals, sizeof *sorted, by_size);
	blocks = (left + block_size - 1) / block_size;
	return (int64_t)(blocks * sorted[meter->n_intervals / 2]);
}

double progress_percent(uint64_t done, uint64_t total)
{
	uint64_t thousandths;

	if (!total)
		return -1;
	thousandths = (done < total ? done : total) * 1000 / total;
	return (double)thousandths / 10.0;
}
