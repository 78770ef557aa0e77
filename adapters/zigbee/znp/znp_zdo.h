/* znp_zdo.h: between generic ZDO payloads and the MT commands and messages that stand for them.
 *
 * The stick gives ZDO answers in one of two forms: one message per kind ("direct"), or all inside
 * ZDO_MSG_CB_INCOMING. The radio picks one (NV 0x008F), so that none comes twice. */
#pragma once

#include "adapters/zigbee/radio.h"
#include "adapters/zigbee/znp/znp_rpc.h"

enum znp_zdo_kind { ZNP_ZDO_NONE, ZNP_ZDO_MESSAGE, ZNP_ZDO_ANNOUNCED, ZNP_ZDO_LEFT };
enum znp_zdo_form { ZNP_ZDO_DIRECT = 1, ZNP_ZDO_WRAPPED = 2, ZNP_ZDO_ALWAYS = 3 };

struct znp_zdo {
	enum znp_zdo_kind kind;
	enum znp_zdo_form form; /* ALWAYS: comes however the stick is set */
	uint16_t source;
	uint16_t cluster; /* 0x8000 and up */
	uint16_t address; /* ANNOUNCED, LEFT */
	uint64_t ieee;
	int capability; /* -1: unknown */
	bool broadcast;
	uint8_t payload[ZNP_DATA_MAX]; /* as on the air, without the sequence byte */
	size_t size;
};

/* kind NONE for anything else, also for malformed messages. */
void znp_zdo_read(struct znp_zdo *out, const struct znp_frame *areq);

/* The request for an outgoing ZDO message; false: not one that we send. */
bool znp_zdo_ask(struct znp_ask *out, const struct radio_send *s);
