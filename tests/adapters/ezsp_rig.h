/* ezsp_rig.h: the EZSP radio on virtual time in front of a scripted stick. */
#pragma once

#include "tests/adapters/ezsp_ncp.h"
#include "tests/adapters/radio_bench.h"

/* The lock of the golden frames; ms in which any start is over. */
enum { RIG_LOCK = 0x5A3C, RIG_START = 20000 };

/* An Image Notify. */
static const char rig_notify[] = "1921000064";

struct rig {
	struct bench b;
	struct ncp ncp;
	struct radio_options options;
};

void rig_build(struct rig *r, uint8_t version);
void rig_go(struct rig *r);
void rig_up(struct rig *r, uint8_t version); /* both, and waits */
void rig_finish(struct rig *r);
/* An urgent message of the OTA server. */
void rig_say(struct rig *r, uint16_t to, uint32_t tag, bool ack, const char *zcl_hex);
