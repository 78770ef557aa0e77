#include "ota/version.h"

#include "server/base/text.h"

#include <stdio.h>
#include <string.h>

void version_text(char out[VERSION_TEXT_SIZE], uint32_t version)
{
	(void)snprintf(out, VERSION_TEXT_SIZE, "%u.%u.%u.%u", version >> 24, version >> 16 & 0xFF,
		version >> 8 & 0xFF, version & 0xFF);
}

/* "17.7.0.0"; what text_uint() takes as a byte, so also "0x11.7.0.0". */
static bool dotted(uint32_t *out, const char *text)
{
	uint32_t version = 0;

	for (int i = 0; i < 4; i++) {
		size_t n = strcspn(text, ".");
		char part[8];
		uint64_t byte;

		if (n >= sizeof part || (text[n] == '.') != (i < 3))
			return false;
		memcpy(part, text, n);
		part[n] = '\0';
		if (!text_uint(&byte, part, 255))
			return false;
		version = version << 8 | (uint32_t)byte;
		text += n + 1;
	}
	*out = version;
	return true;
}

bool version_parse(uint32_t *out, const char *text)
{
	uint64_t whole;

	if (strchr(text, '.'))
		return dotted(out, text);
	if (!text_uint(&whole, text, UINT32_MAX))
		return false;
	*out = (uint32_t)whole;
	return true;
}
