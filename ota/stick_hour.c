#include "ota/stick_hour.h"

static struct stick_counts counts_of(const struct adapter_info *info)
{
	return (struct stick_counts){ .resets = info->resets,
		.timeouts = info->timeouts,
		.lost_confirms = info->lost_confirms,
		.delivery_failures = info->delivery_failures,
		.no_buffers = info->no_buffers,
		.garbage_bytes = info->garbage_bytes + info->line_errors };
}

void stick_hour_sample(struct stick_hour *hour, const struct adapter_info *info, msec now)
{
	unsigned last = (hour->next + STICK_HOUR_SAMPLES - 1) % STICK_HOUR_SAMPLES;

	if (hour->n && now - hour->samples[last].at < STICK_SAMPLE_GAP)
		return;
	hour->samples[hour->next].at = now;
	hour->samples[hour->next].counts = counts_of(info);
	hour->next = (hour->next + 1) % STICK_HOUR_SAMPLES;
	if (hour->n < STICK_HOUR_SAMPLES)
		hour->n++;
}

/* A counter that fell began anew with its adapter. */
static uint32_t since(uint32_t now, uint32_t then)
{
	return now >= then ? now - then : now;
}

void stick_hour_counts(const struct stick_hour *hour, const struct adapter_info *info, msec now,
	struct stick_counts *out)
{
	unsigned oldest = (hour->next + STICK_HOUR_SAMPLES - hour->n) % STICK_HOUR_SAMPLES;
	const struct stick_counts *then = &hour->samples[oldest].counts;

	*out = counts_of(info);
	if (!hour->n)
		return;
	out->resets = since(info->resets, then->resets);
	out->timeouts = since(info->timeouts, then->timeouts);
	out->lost_confirms = since(info->lost_confirms, then->lost_confirms);
	out->delivery_failures = since(info->delivery_failures, then->delivery_failures);
	out->no_buffers = since(info->no_buffers, then->no_buffers);
	out->garbage_bytes = since(info->garbage_bytes + info->line_errors, then->garbage_bytes);
	out->minutes = (uint32_t)((now - hour->samples[oldest].at) / 60000);
}
