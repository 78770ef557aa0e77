/* OTA client of a lock: fetching the image, block by block or page by page. */
#include "server/base/alloc.h"
#include "tests/sim/sim_lock_private.h"

#include <stdlib.h>

enum {
	CMD_BLOCK = 0x03,
	CMD_PAGE = 0x04,
	STATUS_ABORT = 0x95,
	STATUS_INVALID_IMAGE = 0x96,
	STATUS_WAIT = 0x97,
	STATUS_INVALID_VALUE = 0x87,
	WAIT_MIN = 100,
	WAIT_MAX = 3600000,
	WAIT_ODD = 300000, /* the server's times make no sense */
};

void blocks_start(struct sim_lock *lock)
{
	if (!lock->offset) {
		free(lock->image);
		lock->image = xcalloc(1, lock->target_size);
		lock->received_size = 0;
		lock->started = 0;
	}
	lock->asked_offset = UINT32_MAX;
	lock->errors = 0;
	blocks_request(lock);
}

/* A transfer that goes on after an abort counts from its first request. */
static void begin_clock(struct sim_lock *lock)
{
	lock->ended = 0;
	if (lock->started)
		return;
	lock->started = lock_now(lock);
	lock->host_time = 0;
}

static struct wire_out begin_ask(
	struct sim_lock *lock, struct sim_frame *f, uint8_t command, uint8_t size)
{
	struct wire_out w = ota_begin(lock, f, command);

	wire_put_u8(&w, 0);
	ota_put_ids(lock, &w);
	wire_put_u32(&w, lock->target_version);
	wire_put_u32(&w, lock->offset);
	wire_put_u8(&w, size);
	return w;
}

static void ask(struct sim_lock *lock, struct sim_frame *f, const struct wire_out *w)
{
	if (lock->asked_offset == lock->offset)
		lock->counts.repeats++;
	lock->asked_offset = lock->offset;
	begin_clock(lock);
	sim_zcl_end(f, w);
	lock_send(lock, f);
}

static void request_page(struct sim_lock *lock)
{
	struct sim_frame f = { 0 };
	struct wire_out w = begin_ask(lock, &f, CMD_PAGE, PAGE_BLOCK);

	memset(lock->page_got, 0, sizeof lock->page_got);
	lock->page_start = lock->offset;
	wire_put_u16(&w, PAGE_SIZE);
	wire_put_u16(&w, PAGE_SPACING);
	ask(lock, &f, &w);
	ota_enter(lock, OTA_PAGE,
		lock->habit->response_timeout + PAGE_SIZE / PAGE_BLOCK * PAGE_SPACING);
}

void blocks_request(struct sim_lock *lock)
{
	struct sim_frame f = { 0 };
	struct wire_out w;

	if (!lock->server_endpoint)
		lock->server_endpoint = sim_network_ota_endpoint(lock->node.network);
	if (lock->options.page_requests && !lock->pages_refused && lock->offset % PAGE_SIZE == 0) {
		request_page(lock);
		return;
	}
	w = begin_ask(lock, &f, CMD_BLOCK,
		lock->options.page_requests ? PAGE_BLOCK : lock->options.block_size);
	ask(lock, &f, &w);
	ota_enter(lock, OTA_BLOCKS, lock->habit->response_timeout);
}

void blocks_timeout(struct sim_lock *lock)
{
	lock->counts.timeouts++;
	time_gave_up(lock);
	if (++lock->errors >= ERRORS_MAX) {
		lock->counts.aborts++;
		end_request(lock, STATUS_ABORT);
		ota_idle(lock);
		return;
	}
	if (lock->habit->backoff)
		ota_enter(lock, OTA_BACKOFF, lock->habit->backoff);
	else
		blocks_request(lock);
}

/* --- pages --- */

static bool page_has(const struct sim_lock *lock, uint32_t offset)
{
	return offset >= lock->page_start && offset < lock->page_start + PAGE_SIZE &&
	       lock->page_got[(offset - lock->page_start) / PAGE_BLOCK];
}

/* What came already counts; the first hole is asked for singly. */
static void skip_what_is_here(struct sim_lock *lock)
{
	while (lock->offset < lock->target_size && page_has(lock, lock->offset))
		lock->offset += PAGE_BLOCK;
	if (lock->offset > lock->target_size)
		lock->offset = lock->target_size;
	lock->received_size = lock->offset;
}

static void go_on(struct sim_lock *lock)
{
	if (lock->offset >= lock->target_size)
		end_finished(lock);
	else if (sim_network_facts(lock->node.network)->radio_timing)
		ota_enter(lock, OTA_BACKOFF, sim_network_jitter(lock->node.network, 2, 8));
	else
		blocks_request(lock);
}

void blocks_page_done(struct sim_lock *lock)
{
	if (!page_has(lock, lock->page_start)) {
		lock->counts.timeouts++;
		lock->errors++;
	}
	if (lock->errors >= ERRORS_MAX) {
		blocks_timeout(lock);
		return;
	}
	skip_what_is_here(lock);
	go_on(lock);
}

static void page_block(struct sim_lock *lock, uint32_t offset, struct span data)
{
	uint32_t end = lock->page_start + PAGE_SIZE;

	if (offset < lock->page_start || offset >= end || offset % PAGE_BLOCK ||
		(data.size != PAGE_BLOCK && offset + data.size != lock->target_size))
		return;
	memcpy(lock->image + offset, data.data, data.size);
	lock->page_got[(offset - lock->page_start) / PAGE_BLOCK] = 1;
	lock->counts.blocks++;
	lock->errors = 0;
	if (offset + PAGE_BLOCK >= end || offset + data.size >= lock->target_size)
		blocks_page_done(lock);
}

/* --- blocks --- */

static void sag(struct sim_lock *lock)
{
	lock->battery -= lock->options.battery_drain / 1000;
	if (lock->battery < 0)
		lock->battery = 0;
	lock_report_battery(lock);
}

static void told_to_wait(struct sim_lock *lock, struct sim_zcl *z)
{
	uint32_t now = wire_u32(&z->body), then = wire_u32(&z->body);
	msec delay = then < now ? WAIT_ODD : (msec)(then - now) * 1000;

	if (delay > WAIT_MAX)
		delay = WAIT_MAX;
	if (delay < WAIT_MIN)
		delay = WAIT_MIN;
	lock->errors = 0;
	lock->asked_offset = UINT32_MAX; /* the next request is no repeat */
	lock->host_time += delay;
	ota_enter(lock, OTA_WAIT, delay);
}

static bool store(struct sim_lock *lock, uint32_t offset, struct span data)
{
	bool last = offset + data.size == lock->target_size;

	if (offset != lock->offset)
		return false;
	if (data.size % lock->habit->granule && !last) {
		end_request(lock, STATUS_INVALID_IMAGE);
		ota_idle(lock);
		return false;
	}
	memcpy(lock->image + offset, data.data, data.size);
	lock->offset += (uint32_t)data.size;
	lock->received_size = lock->offset;
	lock->counts.blocks++;
	lock->errors = 0;
	skip_what_is_here(lock);
	return true;
}

static bool data_block(struct sim_lock *lock, struct sim_zcl *z, struct sim_frame *reply)
{
	bool ours = wire_u16(&z->body) == lock->options.manufacturer_code;
	uint32_t offset;
	struct span data;

	ours &= wire_u16(&z->body) == lock->options.image_type;
	ours &= wire_u32(&z->body) == lock->target_version;
	offset = wire_u32(&z->body);
	data = wire_take(&z->body, wire_u8(&z->body));
	if (z->body.bad || !ours || !data.size || data.size > lock->options.block_size ||
		(uint64_t)offset + data.size > lock->target_size) {
		sim_zcl_default(reply, z, STATUS_INVALID_VALUE);
		return true;
	}
	if (lock->ota == OTA_PAGE) {
		page_block(lock, offset, data);
		return false;
	}
	if (offset != lock->offset)
		return false;
	time_delivered(lock);
	if (store(lock, offset, data)) {
		sag(lock);
		go_on(lock);
	}
	return false;
}

bool blocks_response(struct sim_lock *lock, struct sim_zcl *z, struct sim_frame *reply)
{
	uint8_t status = wire_u8(&z->body);

	if (lock->ota != OTA_BLOCKS && lock->ota != OTA_PAGE)
		return false;
	if (!status)
		return data_block(lock, z, reply);
	if (status == STATUS_WAIT) {
		told_to_wait(lock, z);
		return false;
	}
	if (status == STATUS_ABORT) {
		lock->counts.aborts++;
		ota_idle(lock);
		return false;
	}
	sim_zcl_default(reply, z, STATUS_INVALID_VALUE);
	return true;
}
