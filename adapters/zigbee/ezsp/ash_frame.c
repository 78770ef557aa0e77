#include "adapters/zigbee/ezsp/ash_frame.h"

#include <assert.h>
#include <string.h>

enum { ESCAPE = 0x7D, XON = 0x11, XOFF = 0x13, SUBSTITUTE = 0x18, WAKE = 0xFF, FLIP = 0x20 };
enum { CONTROL_RST = 0xC0, CONTROL_RSTACK = 0xC1, CONTROL_ERROR = 0xC2 };
enum { CRC_SIZE = 2, EZSP_SIZE_MIN = 3, RESET_SIZE = 2 };

/* CRC-16 CCITT, start 0xFFFF, high bit first. */
static uint16_t crc16(const uint8_t *p, size_t n)
{
	unsigned crc = 0xFFFF;

	while (n--) {
		crc ^= (unsigned)*p++ << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
	}
	return (uint16_t)crc;
}

/* The same again undoes it. */
static void randomize(uint8_t *p, size_t n)
{
	unsigned r = 0x42;

	for (; n--; r = r & 1 ? r >> 1 ^ 0xB8 : r >> 1)
		*p++ ^= (uint8_t)r;
}

static enum ash_kind kind_of(uint8_t control)
{
	if (!(control & 0x80))
		return ASH_DATA;
	if ((control & 0xE0) == 0x80)
		return ASH_ACK;
	if ((control & 0xE0) == 0xA0)
		return ASH_NAK;
	if (control == CONTROL_RST)
		return ASH_RST;
	if (control == CONTROL_RSTACK)
		return ASH_RSTACK;
	return control == CONTROL_ERROR ? ASH_ERROR : ASH_OTHER;
}

static bool size_fits(enum ash_kind kind, size_t size)
{
	switch (kind) {
	case ASH_DATA:
		return size >= EZSP_SIZE_MIN;
	case ASH_ACK:
	case ASH_NAK:
	case ASH_RST:
		return size == 0;
	case ASH_RSTACK:
	case ASH_ERROR:
		return size == RESET_SIZE;
	case ASH_OTHER:
		return false;
	}
	return false;
}

static struct ash_frame parse(const struct ash_reader *r)
{
	uint8_t control = r->used ? r->raw[0] : WAKE;

	return (struct ash_frame){ .kind = kind_of(control),
		.number = control >> 4 & 7,
		.ack = control & 7,
		.again = control & 8,
		.not_ready = control & 8 };
}

static bool is_good(const struct ash_reader *r, const struct ash_frame *f)
{
	if (r->broken || r->escaped || r->used < 1 + CRC_SIZE)
		return false;

	size_t n = r->used - CRC_SIZE;
	uint16_t crc = (uint16_t)(r->raw[n] << 8 | r->raw[n + 1]);

	return size_fits(f->kind, n - 1) && crc16(r->raw, n) == crc;
}

static enum ash_read end_of_frame(struct ash_reader *r, struct ash_frame *frame)
{
	bool good;

	if (!r->used && !r->broken && !r->escaped)
		return ASH_READ_MORE;
	*frame = parse(r);
	good = is_good(r, frame);
	if (good) {
		frame->data = (struct span){ r->raw + 1, r->used - 1 - CRC_SIZE };
		if (frame->kind == ASH_DATA)
			randomize(r->raw + 1, frame->data.size);
	} else {
		r->dropped += (uint32_t)r->used;
	}
	r->used = 0;
	r->escaped = r->broken = false;
	return good ? ASH_READ_FRAME : ASH_READ_BROKEN;
}

static void forget(struct ash_reader *r)
{
	r->dropped += (uint32_t)r->used;
	r->used = 0;
	r->escaped = r->broken = false;
}

static void keep(struct ash_reader *r, uint8_t byte)
{
	if (r->broken || r->used == sizeof r->raw) {
		r->broken = true;
		r->dropped++;
		return;
	}
	r->raw[r->used++] = r->escaped ? byte ^ FLIP : byte;
	r->escaped = false;
}

enum ash_read ash_read(struct ash_reader *r, uint8_t byte, struct ash_frame *frame)
{
	switch (byte) {
	case ASH_FLAG:
		return end_of_frame(r, frame);
	case ASH_CANCEL:
		forget(r);
		break;
	case SUBSTITUTE:
		r->broken = true;
		break;
	case XON:
	case XOFF:
		break;
	case ESCAPE:
		r->escaped = true;
		break;
	case WAKE:
		if (r->used || r->escaped)
			keep(r, byte);
		break;
	default:
		keep(r, byte);
	}
	return ASH_READ_MORE;
}

static uint8_t control_of(const struct ash_frame *f)
{
	unsigned ready = f->not_ready ? 8 : 0, again = f->again ? 8 : 0, number = f->number;

	switch (f->kind) {
	case ASH_DATA:
		return (uint8_t)(number << 4 | again | f->ack);
	case ASH_ACK:
		return (uint8_t)(0x80 | ready | f->ack);
	case ASH_NAK:
		return (uint8_t)(0xA0 | ready | f->ack);
	case ASH_RST:
		return CONTROL_RST;
	case ASH_RSTACK:
		return CONTROL_RSTACK;
	case ASH_ERROR:
		return CONTROL_ERROR;
	case ASH_OTHER:
		break;
	}
	assert(false && "no such frame");
	return 0;
}

static bool is_reserved(uint8_t byte)
{
	return byte == ASH_FLAG || byte == ESCAPE || byte == XON || byte == XOFF ||
	       byte == SUBSTITUTE || byte == ASH_CANCEL;
}

static size_t stuff(const uint8_t *raw, size_t n, uint8_t *out)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++) {
		bool escape = is_reserved(raw[i]);

		if (escape)
			out[size++] = ESCAPE;
		out[size++] = escape ? raw[i] ^ FLIP : raw[i];
	}
	return size;
}

size_t ash_write(const struct ash_frame *frame, uint8_t out[static ASH_WIRE_MAX])
{
	uint8_t raw[ASH_RAW_MAX] = { control_of(frame) };
	size_t n = 1 + frame->data.size, size;
	uint16_t crc;

	assert(size_fits(frame->kind, frame->data.size) && frame->data.size <= ASH_DATA_MAX);
	if (frame->data.size)
		memcpy(raw + 1, frame->data.data, frame->data.size);
	if (frame->kind == ASH_DATA)
		randomize(raw + 1, frame->data.size);
	crc = crc16(raw, n);
	raw[n++] = (uint8_t)(crc >> 8);
	raw[n++] = (uint8_t)crc;
	size = stuff(raw, n, out);
	out[size++] = ASH_FLAG;
	return size;
}
