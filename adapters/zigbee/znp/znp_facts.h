/* znp_facts.h: what reading told about a stick, and whether it may be started (znp.md §4.2).
 *
 * Pure: the same facts always give the same verdict. */
#pragma once

#include "adapters/zigbee/radio.h"
#include "adapters/zigbee/znp/znp_gate.h"
#include "adapters/zigbee/znp/znp_nib.h"
#include "server/base/err.h"

enum { ZNP_ABSENT = -1, ZNP_CAP_APP_CNF = 0x0400 };
enum { ZNP_STATE_HOLD = 0, ZNP_STATE_COORDINATOR = 9 };

struct znp_facts {
	uint16_t capabilities;
	uint8_t product, major, minor, maintenance;
	uint32_t revision; /* 0: stock firmware does not say */
	enum znp_stack stack;
	uint64_t ieee;
	uint16_t address;
	uint8_t state;
	int startup_option, logical_type, on_a_network, direct_cb; /* value or ZNP_ABSENT */
	uint16_t nib_size;                                         /* as the stick says */
	struct znp_nib nib;                                        /* only if the size is known */
};

/* ERR_REFUSED with reason stick_not_coordinator, stick_blank, stick_wipe_armed or stick_unknown. */
enum err_code znp_facts_check(const struct znp_facts *facts, struct err *e);

void znp_facts_network(const struct znp_facts *facts, struct radio_network *out);
void znp_facts_firmware(const struct znp_facts *facts, char *out, size_t max);

/* Where the value of a one-byte NV item is kept; NULL for any other. */
int *znp_facts_item(struct znp_facts *facts, uint16_t id);

/* The SYS_VERSION answer: 5 bytes (stock) or more. */
bool znp_facts_version(struct znp_facts *facts, struct span data);
/* The UTIL_GET_DEVICE_INFO answer. */
bool znp_facts_device(struct znp_facts *facts, struct span data);
/* Does the ZDO_EXT_NWK_INFO answer describe the network of the NIB, up and running? */
bool znp_facts_running(const struct znp_facts *facts, struct span data);
