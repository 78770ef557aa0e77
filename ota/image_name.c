#include "ota/image_file.h"
#include "server/base/text.h"

/* Bytes of the well-formed UTF-8 character at s that is no control character; 0 when it is none. */
static size_t character(const char *s)
{
	unsigned char first = (unsigned char)s[0];
	size_t n = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

	if (first < ' ' || (first >= 0x7F && first < 0xC2) || first > 0xF4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s[i] & 0xC0) != 0x80)
			return 0;
	if (n == 3 && ((first == 0xE0 && (unsigned char)s[1] < 0xA0) ||
			      (first == 0xED && (unsigned char)s[1] > 0x9F)))
		return 0;
	if (n == 4 && ((first == 0xF0 && (unsigned char)s[1] < 0x90) ||
			      (first == 0xF4 && (unsigned char)s[1] > 0x8F)))
		return 0;
	return n;
}

void image_name(char out[IMAGE_NAME_SIZE], const char *given)
{
	const char *start = given;

	for (const char *c = given; *c; c++)
		if (*c == '/' || *c == '\\')
			start = c + 1;
	(void)text_copy(out, IMAGE_NAME_SIZE, *start ? start : "image");
	while (*out) {
		size_t n = character(out);

		if (!n)
			*out = '_';
		out += n ? n : 1;
	}
}
