#include "tests/sim/sim_ash_wire.h"

#include <string.h>

enum { ESCAPE = 0x7D, XON = 0x11, XOFF = 0x13, SUBSTITUTE = 0x18, FLIP = 0x20, FRAME_MIN = 3 };

static uint16_t crc_of(const uint8_t *bytes, size_t n)
{
	uint16_t crc = 0xFFFF;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint16_t)(bytes[i] << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
	}
	return crc;
}

static void randomize(uint8_t *bytes, size_t n)
{
	uint8_t r = 0x42;

	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= r;
		r = (uint8_t)(r & 1 ? r >> 1 ^ 0xB8 : r >> 1);
	}
}

static bool is_data(uint8_t control)
{
	return !(control & 0x80);
}

static bool size_fits(uint8_t control, size_t size)
{
	if (is_data(control))
		return size >= 3;
	if (control == ASH_RSTACK || control == ASH_ERROR)
		return size == 2;
	return !size;
}

static enum ash_input take_frame(struct ash_reader *r, struct ash_frame *frame)
{
	struct ash_reader got = *r;
	size_t n = got.size;

	*frame = (struct ash_frame){ .control = n ? got.raw[0] : 0xFF };
	*r = (struct ash_reader){ .size = 0 };
	if (!n && !got.skipping)
		return ASH_NOTHING;
	if (got.too_long || got.skipping || n < FRAME_MIN ||
		crc_of(got.raw, n - 2) != (got.raw[n - 2] << 8 | got.raw[n - 1]) ||
		!size_fits(got.raw[0], n - 3))
		return ASH_DAMAGED;
	frame->size = (uint8_t)(n - 3);
	memcpy(frame->data, got.raw + 1, frame->size);
	if (is_data(frame->control))
		randomize(frame->data, frame->size);
	return ASH_FRAME;
}

static void take_byte(struct ash_reader *r, uint8_t byte)
{
	if (r->escaped)
		byte ^= FLIP;
	r->escaped = false;
	if (r->size < sizeof r->raw)
		r->raw[r->size++] = byte;
	else
		r->too_long = true;
}

enum ash_input ash_feed(struct ash_reader *reader, uint8_t byte, struct ash_frame *frame)
{
	switch (byte) {
	case XON:
	case XOFF:
		return ASH_NOTHING;
	case ASH_CANCEL:
		*reader = (struct ash_reader){ .size = 0 };
		return ASH_NOTHING;
	case SUBSTITUTE:
		reader->skipping = true;
		return ASH_NOTHING;
	case ESCAPE:
		reader->escaped = true;
		return ASH_NOTHING;
	case ASH_FLAG:
		return take_frame(reader, frame);
	default:
		take_byte(reader, byte);
		return ASH_NOTHING;
	}
}

static size_t stuff(uint8_t *out, uint8_t byte)
{
	static const uint8_t reserved[] = { ASH_FLAG, ESCAPE, XON, XOFF, SUBSTITUTE, ASH_CANCEL };

	if (!memchr(reserved, byte, sizeof reserved)) {
		out[0] = byte;
		return 1;
	}
	out[0] = ESCAPE;
	out[1] = byte ^ FLIP;
	return 2;
}

size_t ash_encode(uint8_t out[ASH_WIRE_MAX], const struct ash_frame *frame, bool damage)
{
	uint8_t raw[ASH_RAW_MAX];
	size_t n = frame->size + 1u, size = 0;
	uint16_t crc;

	raw[0] = frame->control;
	memcpy(raw + 1, frame->data, frame->size);
	if (is_data(frame->control))
		randomize(raw + 1, frame->size);
	crc = crc_of(raw, n);
	raw[n++] = (uint8_t)(crc >> 8);
	raw[n++] = (uint8_t)crc;
	if (damage)
		raw[n - 1] ^= 0x04;
	for (size_t i = 0; i < n; i++)
		size += stuff(out + size, raw[i]);
	out[size++] = ASH_FLAG;
	return size;
}
