#include "tests/sim/scripted_host.h"

#include "server/base/alloc.h"
#include "server/base/check.h"
#include "server/base/text.h"
#include "server/base/wire.h"

#include <assert.h>
#include <stdlib.h>

enum { MANUFACTURER = 0x1234, IMAGE_TYPE = 1, PAGE_MAX = 64 };

static void send_frame(struct scripted_host *h, const struct mt_frame *f)
{
	uint8_t raw[MT_FRAME_MAX];
	uint8_t n = mt_encode(raw, f);

	h->stream->ops->write(h->stream, (struct span){ raw, n });
}

static void answer_due(void *owner)
{
	struct scripted_host *h = owner;

	send_frame(h, &h->answer);
}

static void answer_later(struct scripted_host *h, const struct mt_frame *f)
{
	h->answer = *f;
	loop_timer_set(h->answer_due, loop_now(h->loop) + h->answer_delay);
}

static void send_zcl(struct scripted_host *h, uint16_t cluster, const struct wire_out *zcl)
{
	struct mt_frame f = { .cmd0 = 0x24, .cmd1 = 0x01 };
	struct wire_out w = wire_out(f.data, sizeof f.data);

	wire_put_u16(&w, h->lock);
	wire_put(&w, "\1\1", 2);
	wire_put_u16(&w, cluster);
	wire_put_u8(&w, ++h->transaction);
	wire_put_u8(&w, 0);
	wire_put_u8(&w, 30);
	wire_put_u8(&w, (uint8_t)zcl->size);
	wire_put(&w, zcl->data, zcl->size);
	f.size = (uint8_t)w.size;
	if (h->answer_delay)
		answer_later(h, &f);
	else
		send_frame(h, &f);
}

static struct wire_out begin(uint8_t raw[128], uint8_t sequence, uint8_t command)
{
	struct wire_out w = wire_out(raw, 128);

	wire_put_u8(&w, 0x19);
	wire_put_u8(&w, sequence);
	wire_put_u8(&w, command);
	return w;
}

static void put_ids(struct wire_out *w, uint32_t version)
{
	wire_put_u16(w, MANUFACTURER);
	wire_put_u16(w, IMAGE_TYPE);
	wire_put_u32(w, version);
}

static void answer_query(struct scripted_host *h, uint8_t sequence)
{
	uint8_t raw[128];
	struct wire_out w = begin(raw, sequence, 0x02);

	h->queries++;
	wire_put_u8(&w, h->image ? 0 : 0x98);
	if (h->image) {
		put_ids(&w, h->offered_version);
		wire_put_u32(&w, h->image_size);
	}
	send_zcl(h, 0x0019, &w);
}

static void send_block(struct scripted_host *h, uint8_t sequence, uint32_t offset, uint8_t size)
{
	uint8_t raw[128];
	struct wire_out w = begin(raw, sequence, 0x05);

	if (h->mute_after && h->blocks >= h->mute_after)
		return;
	if (h->most && size > h->most)
		size = h->most;
	if (size > h->image_size - offset)
		size = (uint8_t)(h->image_size - offset);
	h->blocks++;
	wire_put_u8(&w, 0);
	put_ids(&w, h->offered_version);
	wire_put_u32(&w, offset);
	wire_put_u8(&w, size);
	wire_put(&w, h->image + offset, size);
	send_zcl(h, 0x0019, &w);
}

static void refuse_block(struct scripted_host *h, uint8_t sequence)
{
	uint8_t raw[128];
	struct wire_out w = begin(raw, sequence, 0x05);

	h->refusals++;
	wire_put_u8(&w, h->block_status);
	if (h->block_status == 0x97)
		wire_put_uint(&w, UINT64_C(30) << 32, 8); /* now 0, then 30 s */
	send_zcl(h, 0x0019, &w);
}

static void answer_block(struct scripted_host *h, uint8_t sequence, struct wire_in in)
{
	uint32_t offset;

	if (h->block_status) {
		refuse_block(h, sequence);
		return;
	}
	wire_take(&in, 9);
	offset = wire_u32(&in);
	assert(offset < h->image_size);
	send_block(h, sequence, offset, wire_u8(&in));
}

/* All at once: the spacing is not what is tested. */
static void answer_page(struct scripted_host *h, uint8_t sequence, struct wire_in in)
{
	uint8_t raw[128], size;
	uint32_t offset, end;

	if (h->refuse_pages) {
		struct wire_out w = wire_out(raw, sizeof raw);

		wire_put(&w, (uint8_t[]){ 0x18, sequence, 0x0B, 0x04, 0x81 }, 5);
		send_zcl(h, 0x0019, &w);
		return;
	}
	wire_take(&in, 9);
	offset = wire_u32(&in);
	size = wire_u8(&in);
	end = offset + wire_u16(&in);
	for (; offset < end && offset < h->image_size; offset += size)
		send_block(h, sequence, offset, size);
}

static void answer_end(struct scripted_host *h, uint8_t sequence, struct wire_in in)
{
	uint8_t raw[128];
	struct wire_out w = begin(raw, sequence, 0x07);

	h->ends++;
	h->last_end_status = wire_u8(&in);
	if (h->last_end_status || h->no_end_response)
		return;
	put_ids(&w, h->offered_version);
	wire_put_u32(&w, 0);
	wire_put_u32(&w, h->ends <= h->hold_times ? UINT32_MAX : 1);
	send_zcl(h, 0x0019, &w);
}

static void serve_ota(struct scripted_host *h, struct wire_in zcl)
{
	uint8_t control = wire_u8(&zcl), sequence = wire_u8(&zcl), command = wire_u8(&zcl);

	if ((control & 3) == 0 && command == 0x0B) {
		h->last_default[0] = wire_u8(&zcl);
		h->last_default[1] = wire_u8(&zcl);
	} else if (command == 0x01) {
		answer_query(h, sequence);
	} else if (command == 0x03) {
		answer_block(h, sequence, zcl);
	} else if (command == 0x04) {
		answer_page(h, sequence, zcl);
	} else if (command == 0x06) {
		answer_end(h, sequence, zcl);
	}
}

static void incoming(struct scripted_host *h, const struct mt_frame *f)
{
	struct wire_in w = wire_in((struct span){ f->data, f->size });
	uint16_t cluster;

	wire_u16(&w);
	cluster = wire_u16(&w);
	h->lock = wire_u16(&w);
	wire_take(&w, 10);
	if (cluster == 0x0019)
		serve_ota(h, wire_in(wire_take(&w, wire_u8(&w))));
}

static void frame(struct scripted_host *h, const struct mt_frame *f)
{
	if ((f->cmd0 & 0xE0) == 0x60) {
		h->last = *f;
		h->srsps++;
	} else if (f->cmd0 == 0x44 && f->cmd1 == 0x81) {
		incoming(h, f);
	} else if (f->cmd0 == 0x44 && f->cmd1 == 0x80) {
		h->last_confirm = f->data[0];
		h->confirms++;
	} else {
		h->areqs[h->areq_count++ % ARRAY_SIZE(h->areqs)] = *f;
		h->resets += f->cmd0 == 0x41 && f->cmd1 == 0x80;
	}
}

static void bytes(void *owner, struct span s)
{
	struct scripted_host *h = owner;
	struct mt_frame f;

	for (size_t i = 0; i < s.size; i++)
		if (mt_feed(&h->parser, s.data[i], &f))
			frame(h, &f);
}

static void opened(void *owner)
{
	((struct scripted_host *)owner)->opened = true;
}

static void closed(void *owner, const struct err *why)
{
	(void)why;
	((struct scripted_host *)owner)->closed = true;
}

static const struct stream_events EVENTS = { opened, bytes, closed };

void host_start(struct scripted_host *h, const struct sim_network_options *network,
	const struct sim_znp_options *znp)
{
	struct stream_factory f;

	h->loop = loop_new();
	h->answer_due = loop_timer_new(h->loop, answer_due, h);
	h->network = sim_network_new(h->loop, network);
	h->znp = sim_znp_new(h->network, znp);
	f = sim_znp_factory(h->znp);
	if (f.open(&f, &h->stream, &EVENTS, h, NULL))
		abort();
}

void host_stop(struct scripted_host *h)
{
	h->stream->ops->free(h->stream);
	loop_timer_free(h->answer_due);
	sim_znp_free(h->znp);
	sim_network_free(h->network);
	loop_free(h->loop);
}

static bool answered(void *arg)
{
	const struct scripted_host *h = arg;

	return h->srsps > 0;
}

const struct mt_frame *host_call(struct scripted_host *h, const char *hex)
{
	uint8_t raw[MT_FRAME_MAX];
	struct mt_frame f = { 0 };
	size_t n = 0;

	if (!text_unhex(raw, sizeof raw, &n, hex) || n < 2)
		abort();
	f.cmd0 = raw[0];
	f.cmd1 = raw[1];
	f.size = (uint8_t)(n - 2);
	memcpy(f.data, raw + 2, n - 2);
	h->srsps = 0;
	send_frame(h, &f);
	return loop_run_while_not(h->loop, answered, h, 6000) ? &h->last : NULL;
}

bool host_saw(const struct scripted_host *h, const char *frame_hex)
{
	uint8_t raw[MT_FRAME_MAX];
	char hex[2 * MT_FRAME_MAX + 1];

	for (size_t i = 0; i < h->areq_count && i < ARRAY_SIZE(h->areqs); i++) {
		text_hex(hex, (struct span){ raw, mt_encode(raw, &h->areqs[i]) });
		if (!strcmp(hex, frame_hex))
			return true;
	}
	return false;
}

void host_up(struct scripted_host *h)
{
	host_call(h, "250500000000");
	host_call(h, "2f0500");
	loop_run_for(h->loop, 200);
	host_call(h, "24000104010500000001190000");
}

void host_notify(struct scripted_host *h, uint16_t lock)
{
	uint8_t raw[128];
	struct wire_out w = begin(raw, 0x70, 0x00);

	wire_put_u8(&w, 0);
	wire_put_u8(&w, 100);
	h->lock = lock;
	send_zcl(h, 0x0019, &w);
}

uint8_t *host_make_image(uint32_t *size, uint32_t payload, uint32_t version)
{
	uint32_t total = 56 + 6 + payload;
	uint8_t *image = xcalloc(1, total);
	struct wire_out w = wire_out(image, total);

	wire_put_u32(&w, 0x0BEEF11E);
	wire_put_u16(&w, 0x0100);
	wire_put_u16(&w, 56);
	wire_put_u16(&w, 0);
	put_ids(&w, version);
	wire_put_u16(&w, 2);
	wire_put(&w, "scripted host\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
	wire_put_u32(&w, total);
	wire_put_u16(&w, 0);
	wire_put_u32(&w, payload);
	for (uint32_t i = 0; i < payload; i++)
		wire_put_u8(&w, (uint8_t)(i * 31 + i / 256));
	*size = total;
	return image;
}
