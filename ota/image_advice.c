#include "ota/image_file.h"

#include <string.h>

const char *image_file_advice(const char *reason)
{
	static const struct {
		const char *reason, *advice;
	} known[] = {
		{ "image_truncated", "Download the file again and compare its size with the "
				     "source's; nothing of it was used." },
		{ "image_bad_digest", "Download the file again. If it stays the same, the "
				      "source's copy is damaged: tell them." },
		{ "image_no_header", "Use the file the manufacturer offers for Zigbee OTA "
				     "(.ota, .zigbee); an archive must be unpacked first." },
		{ "image_bad_header", "The file is damaged or made by a tool that does not follow "
				      "the Zigbee OTA format: get it from another source." },
		{ "image_too_small", "This cannot be firmware: download the file again." },
		{ "image_too_large", "This cannot be an image for a Zigbee lock: check that it is "
				     "the right file." },
		{ "image_bare_payload", "Ask the manufacturer for the Zigbee OTA file (.ota, "
					".zigbee) of this firmware; without its header nobody "
					"knows which lock it is for." },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].reason, reason))
			return known[i].advice;
	return "";
}
