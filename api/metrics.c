/* /metrics: Prometheus text format 0.0.4. Labels come from our own ids and words only. */
#include "api/context.h"
#include "ota/engine.h"
#include "ota/library.h"
#include "server/base/alloc.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { METRICS_MAX = 256 * 1024 };

struct page {
	char *text;
	size_t size;
};

static void line(struct page *page, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A page that is full stays as it is: whole lines only. */
static void line(struct page *page, const char *fmt, ...)
{
	size_t left = METRICS_MAX - page->size;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(page->text + page->size, left, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < left)
		page->size += (size_t)n;
}

static void head(struct page *page, const char *name, const char *type, const char *help)
{
	line(page, "# HELP lockwright_%s %s\n# TYPE lockwright_%s %s\n", name, help, name, type);
}

static void gauge(struct page *page, const char *name, const char *help, int64_t value)
{
	head(page, name, "gauge", help);
	line(page, "lockwright_%s %" PRId64 "\n", name, value);
}

static void jobs(struct page *page, const struct engine *engine)
{
	size_t counts[JOB_PHASES] = { 0 };
	uint64_t blocks = 0, repeats = 0;

	for (size_t i = 0; i < engine_active_count(engine); i++) {
		const struct job *job = engine_active_at(engine, i);

		counts[job->phase]++;
		blocks += job->blocks;
		repeats += job->repeats;
	}
	head(page, "jobs_active", "gauge", "Active jobs by phase.");
	for (int i = JOB_QUEUED; i <= JOB_VERIFYING; i++)
		line(page, "lockwright_jobs_active{phase=\"%s\"} %zu\n",
			job_phase_name((enum job_phase)i), counts[i]);
	gauge(page, "job_blocks", "Blocks answered in the active jobs.", (int64_t)blocks);
	gauge(page, "job_block_repeats", "Blocks asked for again in the active jobs.",
		(int64_t)repeats);
}

static void percents(struct page *page, const struct engine *engine)
{
	struct progress progress;

	head(page, "job_progress_ratio", "gauge", "Transferred share of an active job's image.");
	for (size_t i = 0; i < engine_active_count(engine); i++) {
		const struct job *job = engine_active_at(engine, i);

		engine_progress(engine, job->id, &progress);
		if (progress.percent >= 0)
			line(page, "lockwright_job_progress_ratio{lock=\"%s\"} %.3f\n", job->lock,
				progress.percent / 100);
	}
}

/* One counter of all adapters. */
static void counter(struct page *page, const struct engine *engine, const char *name,
	const char *help, size_t offset)
{
	head(page, name, "counter", help);
	for (size_t i = 0; i < engine_adapter_count(engine); i++) {
		const struct adapter *adapter = engine_adapter_at(engine, i);
		struct adapter_info info = { 0 };

		if (adapter->ops->info)
			adapter->ops->info(adapter, &info);
		line(page, "lockwright_%s{adapter=\"%s\"} %" PRIu32 "\n", name, adapter->id,
			*(const uint32_t *)((const char *)&info + offset));
	}
}

static void adapters(struct page *page, const struct engine *engine)
{
	static const struct {
		const char *name, *help;
		size_t offset;
	} counters[] = {
		{ "adapter_resets_total", "Resets of the stick.",
			offsetof(struct adapter_info, resets) },
		{ "adapter_timeouts_total", "Requests the stick did not answer.",
			offsetof(struct adapter_info, timeouts) },
		{ "adapter_lost_confirms_total", "Messages without a delivery result.",
			offsetof(struct adapter_info, lost_confirms) },
		{ "adapter_delivery_failures_total", "Messages a lock did not take.",
			offsetof(struct adapter_info, delivery_failures) },
		{ "adapter_no_buffers_total", "Messages refused by a full stick.",
			offsetof(struct adapter_info, no_buffers) },
		{ "adapter_garbage_bytes_total", "Bytes that were no frame.",
			offsetof(struct adapter_info, garbage_bytes) },
		{ "adapter_line_errors_total", "Bytes lost on the stick's side of the line.",
			offsetof(struct adapter_info, line_errors) },
		{ "adapter_channel_busy_total", "Frames that did not get the radio channel.",
			offsetof(struct adapter_info, channel_busy) },
	};

	head(page, "adapter_up", "gauge", "1 while the adapter works.");
	for (size_t i = 0; i < engine_adapter_count(engine); i++) {
		const struct adapter *adapter = engine_adapter_at(engine, i);

		line(page, "lockwright_adapter_up{adapter=\"%s\",type=\"%s\"} %d\n", adapter->id,
			adapter->ops->type, adapter->state == ADAPTER_UP);
	}
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		counter(page, engine, counters[i].name, counters[i].help, counters[i].offset);
}

static void locks(struct page *page, const struct engine *engine)
{
	head(page, "lock_battery_percent", "gauge", "Last known battery charge.");
	for (size_t i = 0; i < engine_lock_count(engine); i++) {
		const struct lock *lock = engine_lock_at(engine, i);

		if (lock->battery.at && lock->battery.half_percent >= 0)
			line(page, "lockwright_lock_battery_percent{lock=\"%s\"} %.1f\n", lock->id,
				lock->battery.half_percent / 2.0);
	}
	head(page, "lock_problem", "gauge", "1 when the last update of a lock needs attention.");
	for (size_t i = 0; i < engine_lock_count(engine); i++) {
		const struct lock *lock = engine_lock_at(engine, i);

		line(page, "lockwright_lock_problem{lock=\"%s\"} %d\n", lock->id,
			lock->problem[0] != '\0');
	}
}

void system_metrics(void *owner, const struct http_request *request, struct http_reply *reply)
{
	static const char *const headers[] = { "Cache-Control: no-store", NULL };
	const struct api *api = owner;
	const struct engine *engine = api->options.engine;
	struct page page = { xcalloc(1, METRICS_MAX), 0 };

	(void)request;
	head(&page, "info", "gauge", "The running version.");
	line(&page, "lockwright_info{version=\"%s\"} 1\n", api->options.version);
	gauge(&page, "ready", "1 from the end of start-up until SIGTERM.", api->ready);
	gauge(&page, "store_well", "1 while changes can be saved, 0 e.g. when the disk is full.",
		engine_store_is_well(engine, NULL));
	gauge(&page, "locks", "Known locks.", (int64_t)engine_lock_count(engine));
	gauge(&page, "images", "Images in the library.",
		(int64_t)library_count(api->options.library));
	gauge(&page, "websocket_peers", "Open WebSocket connections.",
		api->hub ? (int64_t)ws_hub_count(api->hub) : 0);
	gauge(&page, "events_seq", "Number of the newest event.", api->last_event);
	jobs(&page, engine);
	percents(&page, engine);
	adapters(&page, engine);
	locks(&page, engine);
	http_send(reply, 200, "text/plain; version=0.0.4", headers,
		(struct span){ (const uint8_t *)page.text, page.size });
	free(page.text);
}
