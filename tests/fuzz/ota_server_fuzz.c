/* A hostile lock: whatever it sends and whenever, each answer is a legal frame with its sequence
 * number, blocks carry the image's own bytes at the offset they name, and nothing exceeds the
 * radio's payload. Input: per frame one byte of time, one of length, then the frame. */
#include "adapters/zigbee/ota_server.h"
#include "adapters/zigbee/zcl.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IMAGE_SIZE = 1000, START = 1000 };

static uint8_t image[IMAGE_SIZE];
static const struct ota_key key = { 0x115C, 0x0004, 0x11070000 };

static void check_block(const struct ota_answer *a, const struct zcl_frame *f)
{
	struct wire_in w = wire_in(f->payload);
	uint32_t offset;
	uint8_t n;

	if (f->command != OTA_BLOCK_RESPONSE || wire_u8(&w) != ZCL_SUCCESS)
		return;
	wire_take(&w, 4);
	assert(wire_u32(&w) == key.version);
	offset = wire_u32(&w);
	n = wire_u8(&w);
	assert(!w.bad && n > 0 && n == w.left && (uint64_t)offset + n <= IMAGE_SIZE);
	assert(n <= a->request.max_size && a->block_size == n);
	assert(memcmp(w.data, image + offset, n) == 0);
}

static void check(const struct ota_answer *a, uint8_t tsn)
{
	struct zcl_frame f;

	assert(a->size <= RADIO_PAYLOAD_MAX);
	if (a->event == OTA_OVER)
		assert(a->reason && a->space && a->text);
	if (a->size == 0)
		return;
	assert(zcl_parse(&f, (struct span){ a->bytes, a->size }));
	assert(f.tsn == tsn && f.from_server && !f.has_manufacturer);
	check_block(a, &f);
}

static void burst(struct ota_server *s, struct ota_context *c)
{
	for (unsigned i = 0; ota_server_page_due(s); i++) {
		struct ota_answer a;
		uint8_t tsn = s->page.request.tsn;

		assert(i <= UINT16_MAX && (i == 0 || ota_server_page_due(s) >= c->now + 20));
		if (c->now < ota_server_page_due(s))
			c->now = ota_server_page_due(s);
		ota_server_page_next(s, c, &a);
		check(&a, tsn);
	}
}

static void react(
	struct ota_server *s, struct ota_context *c, const struct ota_answer *a, uint8_t t)
{
	struct radio_sent sent = { .result = (enum radio_result)(t % 5), .status = t };
	struct ota_answer next;
	bool changed;

	if (a->event == OTA_COMPLETE && ota_server_finish(s, t & 1 ? 5 : UINT32_MAX, t, &next))
		check(&next, s->end.tsn);
	if (a->is_block && ota_server_sent(s, &sent, c->now, &changed) &&
		ota_server_again(s, c, &next))
		check(&next, s->block.tsn);
	if (t & 0x80)
		burst(s, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ota_server s = { 0 };
	struct ota_context c = { .now = START, .wall = START, .endpoint = 1, .path = 63 };
	struct ota_order order = { .job = 1, .image = { image, IMAGE_SIZE }, .key = key };
	struct wire_in w = wire_in((struct span){ data, size });

	for (size_t i = 0; i < IMAGE_SIZE; i++)
		image[i] = (uint8_t)(i * 31 + 7);
	while (w.left >= 2) {
		uint8_t t = wire_u8(&w);
		size_t n = wire_u8(&w);
		struct zcl_frame f;
		struct ota_answer a;

		c.now += (msec)t * t;
		c.ours = t & 1;
		if (!s.has_order && t & 2)
			ota_server_order(&s, &order);
		if (!zcl_parse(&f, wire_take(&w, n < w.left ? n : w.left)))
			continue;
		ota_server_frame(&s, &f, &c, &a);
		check(&a, f.tsn);
		react(&s, &c, &a, t);
	}
	return 0;
}
