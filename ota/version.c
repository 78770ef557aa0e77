#include "ota/version.h"

#include "server/base/text.h"

#include <stdio.h>

void version_text(char out[VERSION_TEXT_SIZE], uint32_t version)
{
	(void)snprintf(out, VERSION_TEXT_SIZE, "%u.%u.%u.%u", version >> 24, version >> 16 & 0xFF,
		version >> 8 & 0xFF, version & 0xFF);
}

bool version_parse(uint32_t *out, const char *text)
{
	unsigned part[4];
	uint64_t whole;
	char end;

	if (sscanf(text, "%3u.%3u.%3u.%3u%c", &part[0], &part[1], &part[2], &part[3], &end) == 4) {
		for (int i = 0; i < 4; i++)
			if (part[i] > 255)
				return false;
		*out = part[0] << 24 | part[1] << 16 | part[2] << 8 | part[3];
		return true;
	}
	if (!text_uint(&whole, text, UINT32_MAX))
		return false;
	*out = (uint32_t)whole;
	return true;
}
