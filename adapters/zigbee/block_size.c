#include "adapters/zigbee/block_size.h"

#include "server/base/wire.h"

enum { ASKED_TOO_OFTEN = 3, TAG_ENCRYPTED = 0xF000, AES_BLOCK = 16 };

static const uint8_t plain_steps[] = { BLOCK_SIZE_MAX, 50, 40 };
static const uint8_t aes_steps[] = { BLOCK_SIZE_MAX, 48, 32 };

static uint8_t cap_of(const struct block_size *b)
{
	return b->cap ? b->cap : BLOCK_SIZE_MAX;
}

static uint8_t at_most(uint64_t value, uint8_t limit)
{
	return value < limit ? (uint8_t)value : limit;
}

uint8_t block_size_choose(const struct block_size *b, const struct block_limits *limits)
{
	uint8_t n = at_most(limits->asked, cap_of(b));

	if (limits->exact && cap_of(b) == BLOCK_SIZE_MAX)
		return at_most(limits->left, at_most(limits->asked, BLOCK_EXACT_MAX));
	n = at_most(n, limits->path);
	if (limits->quirk_cap)
		n = at_most(n, limits->quirk_cap);
	if (limits->left <= n)
		return (uint8_t)limits->left;
	if (limits->aligned && n > AES_BLOCK)
		n = (uint8_t)(n / AES_BLOCK * AES_BLOCK);
	return n ? n : 1; /* a path of 0 would be a bug below us; one byte still moves on */
}

bool block_size_lower(struct block_size *b, bool by_16)
{
	const uint8_t *steps = by_16 ? aes_steps : plain_steps;
	uint8_t cap = cap_of(b);
	/* What was really sent counts: a cap above it has proved nothing. */
	uint8_t sent = b->last_size && b->last_size < cap ? b->last_size : cap;

	b->good = 0;
	b->same = 0;
	for (unsigned i = 1; i < sizeof plain_steps; i++) {
		if (steps[i] < sent) {
			b->cap = steps[i];
			return true;
		}
	}
	return false;
}

static bool raise_cap(struct block_size *b, bool by_16)
{
	const uint8_t *steps = by_16 ? aes_steps : plain_steps;

	b->good = 0;
	for (unsigned i = sizeof plain_steps; i-- > 0;) {
		if (steps[i] > cap_of(b)) {
			b->cap = steps[i];
			return true;
		}
	}
	return false;
}

bool block_size_asked(struct block_size *b, uint32_t offset, bool by_16)
{
	bool changed = false;

	if (b->last_size && offset == b->last_offset) {
		if (++b->same >= ASKED_TOO_OFTEN)
			changed = block_size_lower(b, by_16);
		return changed;
	}
	b->same = 0;
	if (b->last_size && offset == b->last_offset + b->last_size && ++b->good >= BLOCK_GOOD_RUN)
		changed = raise_cap(b, by_16);
	return changed;
}

void block_size_answered(struct block_size *b, uint32_t offset, uint8_t size)
{
	if (offset != b->last_offset || !b->last_size)
		b->same = 1;
	b->last_offset = offset;
	b->last_size = size;
}

static bool tiles(struct span elements, size_t encrypted_head)
{
	struct wire_in w = wire_in(elements);

	while (w.left) {
		uint16_t tag = wire_u16(&w);
		uint32_t length = wire_u32(&w);

		if (tag == TAG_ENCRYPTED)
			wire_take(&w, encrypted_head - 6);
		wire_take(&w, length);
		if (w.bad)
			return false;
	}
	return true;
}

bool block_size_is_aes(struct span image)
{
	struct wire_in w = wire_in(image);
	uint16_t head;

	wire_take(&w, 6);
	head = wire_u16(&w);
	if (w.bad || head > image.size)
		return false;
	return !tiles((struct span){ image.data + head, image.size - head }, 6) &&
	       tiles((struct span){ image.data + head, image.size - head }, 8);
}
