/* ash_look.h: what talks at the other end, while no ASH frame came yet (ezsp.md §1.10): so that
 * people are told "this stick sits in its bootloader" and not "no answer". Sans-I/O. */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>

enum ash_seen {
	ASH_SEEN_NOTHING,
	ASH_SEEN_NOISE,  /* bytes that make no sense: wrong speed or flow control */
	ASH_SEEN_FRAMES, /* framed like ASH, never with its CRC: Thread (Spinel) or CPC firmware */
	ASH_SEEN_BOOTLOADER, /* the menu of the Gecko bootloader */
	ASH_SEEN_UPLOAD,     /* the bootloader waits for an XMODEM upload: leave it alone */
	ASH_SEEN_ASH,        /* a good frame */
};

/* Zeroed: nothing seen. */
struct ash_look {
	uint8_t title, prompt;    /* bytes in a row of the bootloader's words */
	uint32_t bytes;           /* all but line ends */
	uint32_t uploads;         /* of which 'C', what XMODEM asks with */
	uint32_t good, bad;       /* frames */
	bool is_bootloader, asks; /* asks: its menu waits for a choice */
};

void ash_look_byte(struct ash_look *l, uint8_t byte);
void ash_look_frame(struct ash_look *l, bool good);
enum ash_seen ash_look_seen(const struct ash_look *l);
