#include "adapters/zigbee/znp/znp_frame.h"

#include <assert.h>
#include <string.h>

enum { ZNP_SOF = 0xFE, ZNP_OVERHEAD = 5 };

enum verdict { PARTIAL, WHOLE, BROKEN };

static uint8_t xor8(const uint8_t *p, size_t n)
{
	uint8_t x = 0;

	while (n--)
		x ^= *p++;
	return x;
}

static void forget(struct znp_reader *r, size_t n)
{
	r->used -= n;
	memmove(r->raw, r->raw + n, r->used);
}

/* A broken frame may hide the start of a good one: drop up to the next SOF only. */
static void resync(struct znp_reader *r)
{
	size_t n = 1;

	while (n < r->used && r->raw[n] != ZNP_SOF)
		n++;
	r->dropped += (uint32_t)n;
	forget(r, n);
}

static enum verdict look(const struct znp_reader *r)
{
	if (r->used && r->raw[0] != ZNP_SOF)
		return BROKEN;
	if (r->used < 2)
		return PARTIAL;
	if (r->raw[1] > ZNP_DATA_MAX)
		return BROKEN;

	size_t size = r->raw[1] + (size_t)ZNP_OVERHEAD;

	if (r->used < size)
		return PARTIAL;
	return xor8(r->raw + 1, size - 2) == r->raw[size - 1] ? WHOLE : BROKEN;
}

static void give(struct znp_reader *r, struct znp_frame *frame)
{
	*frame = (struct znp_frame){
		.length = r->raw[1], .cmd0 = r->raw[2], .cmd1 = r->raw[3], .data = r->raw + 4
	};
	r->given = frame->length + (size_t)ZNP_OVERHEAD;
}

size_t znp_read(
	struct znp_reader *r, const uint8_t *data, size_t n, struct znp_frame *frame, bool *whole)
{
	size_t took = 0;

	forget(r, r->given);
	r->given = 0;
	for (;;) {
		enum verdict v = look(r);

		if (v == BROKEN) {
			resync(r);
			continue;
		}
		*whole = v == WHOLE;
		if (*whole)
			give(r, frame);
		if (*whole || took == n)
			return took;
		assert(r->used < sizeof r->raw);
		r->raw[r->used++] = data[took++];
	}
}

bool znp_reading(const struct znp_reader *r)
{
	return r->used > r->given;
}

void znp_read_gave_up(struct znp_reader *r)
{
	forget(r, r->given);
	r->given = 0;
	if (r->used)
		resync(r);
}

size_t znp_write(const struct znp_frame *frame, uint8_t out[static ZNP_FRAME_MAX])
{
	size_t size = frame->length + (size_t)ZNP_OVERHEAD;

	assert(frame->length <= ZNP_DATA_MAX);
	out[0] = ZNP_SOF;
	out[1] = frame->length;
	out[2] = frame->cmd0;
	out[3] = frame->cmd1;
	if (frame->length)
		memcpy(out + 4, frame->data, frame->length);
	out[size - 1] = xor8(out + 1, size - 2);
	return size;
}
