#include "adapters/cloud/vendor_text.h"

#include "server/base/text.h"

#include <stdint.h>
#include <string.h>

/* Length of the character at c, 0: no UTF-8. Overlong forms and surrogates are none. */
static size_t character(const char *c, uint32_t *code)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t lead = (uint8_t)*c;
	size_t n = lead < 0x80             ? 1
		   : (lead & 0xE0) == 0xC0 ? 2
		   : (lead & 0xF0) == 0xE0 ? 3
		   : (lead & 0xF8) == 0xF0 ? 4
					   : 0;

	*code = n == 1 ? lead : lead & (0x7FU >> n);
	for (size_t i = 1; i < n; i++) {
		if (((uint8_t)c[i] & 0xC0) != 0x80)
			return 0;
		*code = *code << 6 | ((uint8_t)c[i] & 0x3F);
	}
	if (n && (*code < least[n] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)))
		return 0;
	return n;
}

static bool is_hidden(uint32_t code)
{
	return code < ' ' || (code >= 0x7F && code < 0xA0) || code == 0xAD || code == 0x61C ||
	       (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
	       (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
	       (code >= 0xFFF0 && code <= 0xFFFB) || code >= 0xE0000;
}

void vendor_text(char *out, size_t max, const char *in)
{
	size_t n = 0;

	for (const char *c = in ? in : ""; *c;) {
		uint32_t code;
		size_t size = character(c, &code);
		bool space = code == '\n' || code == '\r' || code == '\t';
		const char *put = !size ? "?" : space ? " " : c;
		size_t put_size = !size || space ? 1 : size;

		c += size ? size : 1;
		if (size && !space && is_hidden(code))
			continue;
		if (n + put_size >= max)
			break;
		memcpy(out + n, put, put_size);
		n += put_size;
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static bool printable(const char *in, size_t n, char least)
{
	for (size_t i = 0; i < n; i++)
		if (in[i] < least || in[i] > '~')
			return false;
	return n > 0;
}

bool vendor_version(char *out, size_t max, const char *in)
{
	size_t n;

	out[0] = '\0';
	in = in ? in : "";
	in += strspn(in, " ");
	n = strlen(in);
	while (n && in[n - 1] == ' ')
		n--;
	if (n >= max || !printable(in, n, ' '))
		return false;
	memcpy(out, in, n);
	out[n] = '\0';
	return true;
}

bool vendor_id(char *out, size_t max, const char *in)
{
	size_t n = in ? strlen(in) : 0;

	out[0] = '\0';
	return n < max && printable(in, n, '!') && text_copy(out, max, in);
}
