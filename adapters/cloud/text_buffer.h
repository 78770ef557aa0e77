/* text_buffer.h: a text that grows up to a named maximum. It may hold secrets, so it is wiped when
 * it moves and when it is freed. Running over the maximum turns `bad`; ask once at the end. */
#pragma once

#include "server/base/check.h"
#include "server/base/span.h"

#include <stdbool.h>

struct text_buffer {
	char *data; /* NUL-terminated once something was added; NULL before */
	size_t size, room, max;
	bool bad;
};

static inline struct text_buffer text_buffer(size_t max)
{
	return (struct text_buffer){ .max = max };
}

void text_add(struct text_buffer *b, const char *text);
void text_add_n(struct text_buffer *b, const char *text, size_t n);
/* "a b" -> "a%20b": all but [A-Za-z0-9._~:-] (kept: more that stays as it is). */
void text_add_escaped(struct text_buffer *b, const char *text, const char *kept);
/* Hands the text over ("" when nothing was added); NULL and freed when bad. */
char *text_take(struct text_buffer *b);
struct span text_span(const struct text_buffer *b);
void text_buffer_done(struct text_buffer *b);
