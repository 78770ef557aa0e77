#include "adapters/zigbee/ezsp/ash_look.h"

enum { XMODEM = 'C', UPLOADS_MIN = 3, FRAMES_MIN = 2 };

/* Counts the bytes of text seen in a row; true when it is whole. */
static bool spells(uint8_t *seen, const char *text, uint8_t byte)
{
	if (byte != (uint8_t)text[*seen])
		*seen = 0;
	if (byte == (uint8_t)text[*seen])
		++*seen;
	if (text[*seen])
		return false;
	*seen = 0;
	return true;
}

void ash_look_byte(struct ash_look *l, uint8_t byte)
{
	if (byte == '\r' || byte == '\n' || byte == 0)
		return;
	l->bytes++;
	if (byte == XMODEM)
		l->uploads++;
	if (spells(&l->title, "Gecko Bootloader", byte))
		l->is_bootloader = true;
	if (spells(&l->prompt, "BL >", byte))
		l->is_bootloader = l->asks = true;
}

void ash_look_frame(struct ash_look *l, bool good)
{
	if (good)
		l->good++;
	else
		l->bad++;
}

enum ash_seen ash_look_seen(const struct ash_look *l)
{
	if (l->is_bootloader)
		return ASH_SEEN_BOOTLOADER;
	if (l->good)
		return ASH_SEEN_ASH;
	if (l->uploads >= UPLOADS_MIN && l->uploads == l->bytes)
		return ASH_SEEN_UPLOAD;
	if (l->bad >= FRAMES_MIN)
		return ASH_SEEN_FRAMES;
	return l->bytes ? ASH_SEEN_NOISE : ASH_SEEN_NOTHING;
}
