/* wire.h: little-endian fields in and out of byte arrays, with a bound that cannot be forgotten.
 *
 * A reader or writer that runs over its end turns `bad`, yields zeros and writes nothing more;
 * so a parser reads all its fields and asks once at the end. */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>
#include <string.h>

struct wire_in {
	const uint8_t *data;
	size_t left;
	bool bad;
};

struct wire_out {
	uint8_t *data;
	size_t size; /* bytes written */
	size_t max;
	bool bad;
};

static inline struct wire_in wire_in(struct span s)
{
	return (struct wire_in){ .data = s.data, .left = s.size };
}

static inline struct span wire_take(struct wire_in *w, size_t n)
{
	struct span s = { w->data, n };

	if (w->bad || n > w->left) {
		w->bad = true;
		return (struct span){ NULL, 0 };
	}
	w->data += n;
	w->left -= n;
	return s;
}

static inline uint64_t wire_uint(struct wire_in *w, size_t bytes)
{
	struct span s = wire_take(w, bytes);
	uint64_t v = 0;

	for (size_t i = s.size; i-- > 0;)
		v = v << 8 | s.data[i];
	return v;
}

static inline uint8_t wire_u8(struct wire_in *w)
{
	return (uint8_t)wire_uint(w, 1);
}

static inline uint16_t wire_u16(struct wire_in *w)
{
	return (uint16_t)wire_uint(w, 2);
}

static inline uint32_t wire_u32(struct wire_in *w)
{
	return (uint32_t)wire_uint(w, 4);
}

static inline uint64_t wire_u64(struct wire_in *w)
{
	return wire_uint(w, 8);
}

static inline struct wire_out wire_out(uint8_t *data, size_t max)
{
	return (struct wire_out){ .data = data, .max = max };
}

static inline void wire_put(struct wire_out *w, const void *data, size_t n)
{
	if (w->bad || n > w->max - w->size) {
		w->bad = true;
		return;
	}
	if (n)
		memcpy(w->data + w->size, data, n);
	w->size += n;
}

static inline void wire_put_uint(struct wire_out *w, uint64_t v, size_t bytes)
{
	uint8_t raw[8];

	for (size_t i = 0; i < bytes; i++)
		raw[i] = (uint8_t)(v >> 8 * i);
	wire_put(w, raw, bytes);
}

static inline void wire_put_u8(struct wire_out *w, uint8_t v)
{
	wire_put_uint(w, v, 1);
}

static inline void wire_put_u16(struct wire_out *w, uint16_t v)
{
	wire_put_uint(w, v, 2);
}

static inline void wire_put_u32(struct wire_out *w, uint32_t v)
{
	wire_put_uint(w, v, 4);
}

static inline void wire_put_u64(struct wire_out *w, uint64_t v)
{
	wire_put_uint(w, v, 8);
}

static inline struct span wire_span(const struct wire_out *w)
{
	return (struct span){ w->data, w->size };
}
