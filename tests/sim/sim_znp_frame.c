#include "tests/sim/sim_znp_frame.h"

#include <string.h>

enum { SOF = 0xFE, HEAD = 4 };

static uint8_t check(const uint8_t *raw, size_t n)
{
	uint8_t x = 0;

	while (n-- > 0)
		x ^= *raw++;
	return x;
}

bool mt_feed(struct mt_parser *p, uint8_t byte, struct mt_frame *out)
{
	if (!p->have && byte != SOF)
		return false;
	if (p->have == 1 && byte > MT_DATA_MAX) {
		p->have = 0;
		return false;
	}
	p->raw[p->have++] = byte;
	if (p->have < HEAD + 1 || p->have < HEAD + 1 + p->raw[1])
		return false;
	p->have = 0;
	if (check(p->raw + 1, HEAD - 1u + p->raw[1]) != byte)
		return false;
	*out = (struct mt_frame){ .cmd0 = p->raw[2], .cmd1 = p->raw[3], .size = p->raw[1] };
	memcpy(out->data, p->raw + HEAD, out->size);
	return true;
}

uint8_t mt_encode(uint8_t out[MT_FRAME_MAX], const struct mt_frame *frame)
{
	out[0] = SOF;
	out[1] = frame->size;
	out[2] = frame->cmd0;
	out[3] = frame->cmd1;
	memcpy(out + HEAD, frame->data, frame->size);
	out[HEAD + frame->size] = check(out + 1, HEAD - 1u + frame->size);
	return (uint8_t)(HEAD + 1 + frame->size);
}
