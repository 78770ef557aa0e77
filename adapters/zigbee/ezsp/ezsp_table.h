/* ezsp_table.h: the layouts behind ezsp_command.h: which bytes each command, answer and callback
 * has in which versions (UG100; ezsp.md §3). Only ezsp_command.c reads it. */
#pragma once

#include "adapters/zigbee/ezsp/ezsp_command.h"

/* An item of a layout is an enum ezsp_field or one of these; 0 ends it. */
enum ezsp_item {
	ITEM_STATUS = EZ_FIELDS, /* EmberStatus; from v14 on sl_status */
	ITEM_PARSER_STATUS,      /* EzspStatus; from v14 on sl_status */
	ITEM_MAYBE_STATUS,       /* the same; some firmwares leave it out, as up to v13 */
	ITEM_DATA_SIZE,          /* u8, bytes */
	ITEM_DATA_WORDS,         /* u8, of two bytes each */
	ITEM_MORE_WORDS,
	ITEM_DATA,
	ITEM_MORE,
	ITEM_REST, /* all that is left, into data */
	ITEM_APS,  /* EmberApsFrame, 11 bytes */
};

enum { EZSP_ASKS_MAX = 10, EZSP_ANSWERS_MAX = 13 };

struct ezsp_row {
	enum ezsp_command command;
	const char *name;
	uint16_t id;
	uint8_t first, last;               /* versions */
	uint8_t asks[EZSP_ASKS_MAX];       /* parameters of a command */
	uint8_t answers[EZSP_ANSWERS_MAX]; /* of its answer, or of a callback */
};

/* NULL: not in this version. */
const struct ezsp_row *ezsp_row_of(enum ezsp_command command, uint8_t version);
const struct ezsp_row *ezsp_row_by_id(uint16_t id, uint8_t version);
/* The parts of ITEM_APS, ended by 0. */
const uint8_t *ezsp_aps_items(void);
