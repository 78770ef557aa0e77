#include "adapters/cloud/text_buffer.h"

#include "adapters/cloud/cloud_crypto.h"
#include "server/base/alloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 128 };

static void grow(struct text_buffer *b, size_t need)
{
	size_t room = b->room ? b->room : FIRST_ROOM;
	char *more;

	while (room < need)
		room *= 2;
	if (room == b->room)
		return;
	more = xcalloc(1, room);
	if (b->data) {
		memcpy(more, b->data, b->size);
		crypto_wipe(b->data, b->size);
		free(b->data);
	}
	b->data = more;
	b->room = room;
}

void text_add_n(struct text_buffer *b, const char *text, size_t n)
{
	if (b->bad || n > b->max - b->size) {
		b->bad = true;
		return;
	}
	grow(b, b->size + n + 1);
	memcpy(b->data + b->size, text, n);
	b->size += n;
	b->data[b->size] = '\0';
}

void text_add(struct text_buffer *b, const char *text)
{
	text_add_n(b, text, strlen(text));
}

void text_add_escaped(struct text_buffer *b, const char *text, const char *kept)
{
	static const char digits[] = "0123456789ABCDEF";

	for (const char *c = text; *c; c++) {
		unsigned char v = (unsigned char)*c;
		char hex[3] = { '%', digits[v >> 4], digits[v & 15] };

		if (isalnum(v) || strchr("._~:-", v) || strchr(kept, v))
			text_add_n(b, c, 1);
		else
			text_add_n(b, hex, sizeof hex);
	}
}

char *text_take(struct text_buffer *b)
{
	char *text;

	if (b->bad) {
		text_buffer_done(b);
		return NULL;
	}
	grow(b, b->size + 1);
	text = b->data;
	*b = text_buffer(b->max);
	return text;
}

struct span text_span(const struct text_buffer *b)
{
	return (struct span){ (const uint8_t *)(b->data ? b->data : ""), b->size };
}

void text_buffer_done(struct text_buffer *b)
{
	if (b->data)
		crypto_wipe(b->data, b->room);
	free(b->data);
	*b = text_buffer(b->max);
}
