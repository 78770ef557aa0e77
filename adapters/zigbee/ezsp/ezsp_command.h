/* ezsp_command.h: the commands and callbacks of EZSP v4..v19 as data (UG100; ezsp.md §3), with one
 * encoder and one decoder for all versions.
 *
 * A command has a name of its own, as ids change meaning between versions. Its parameters and its
 * answer are fields by name in one struct ezsp_values; who uses them need not know the version:
 *
 *   struct ezsp_values ask = { .u = { [EZ_ID] = 3 } };
 *   ezsp_command_write(EZSP_GET_CONFIGURATION, version, &ask, &id, &out);
 *   ... answer: v.status, v.u[EZ_VALUE]
 *
 * Statuses are one byte up to v13 and four, in front, from v14 on; tags one and two bytes. */
#pragma once

#include "adapters/zigbee/ezsp/ezsp_status.h"
#include "server/base/wire.h"

enum ezsp_command { /* parameters -> answer; [v] only in these versions */
	EZSP_NO_COMMAND,
	EZSP_VERSION,            /* VERSION -> VERSION STACK_TYPE STACK_VERSION */
	EZSP_NOP,                /* */
	EZSP_INVALID_COMMAND,    /* (answer only) CODE: an EzspStatus */
	EZSP_GET_CONFIGURATION,  /* ID -> status VALUE */
	EZSP_SET_CONFIGURATION,  /* ID VALUE -> status */
	EZSP_SET_POLICY,         /* ID DECISION -> status */
	EZSP_GET_POLICY,         /* ID -> status DECISION */
	EZSP_GET_VALUE,          /* ID -> status data */
	EZSP_SET_VALUE,          /* ID data -> status */
	EZSP_GET_EXTENDED_VALUE, /* ID CHARACTERISTICS -> status data */
	/* ENDPOINT PROFILE DEVICE DEVICE_VERSION data: server clusters, more: client clusters, both
	 * as little-endian u16 -> status */
	EZSP_ADD_ENDPOINT,
	EZSP_GET_MFG_TOKEN,          /* ID -> data */
	EZSP_GET_EUI64,              /* -> EUI */
	EZSP_GET_NODE_ID,            /* -> NODE */
	EZSP_READ_COUNTERS,          /* -> data: u16 each [v5..] */
	EZSP_NETWORK_INIT,           /* BITMASK (not sent up to v5) -> status */
	EZSP_NETWORK_STATE,          /* -> STATE */
	EZSP_GET_NETWORK_PARAMETERS, /* -> status NODE_TYPE EXT_PAN .. CHANNELS */
	EZSP_GET_PARENT_CHILD,       /* -> COUNT EUI NODE */
	EZSP_GET_CHILD_DATA,         /* INDEX -> status EUI NODE_TYPE NODE, [v7..] TIMEOUT, [v10..]
					REMAINING */
	EZSP_CHILD_ID,               /* INDEX -> NODE [v8..] */
	EZSP_CHILD_INDEX,            /* NODE -> INDEX [v8..] */
	EZSP_GET_NEIGHBOR,           /* INDEX -> status NODE LQI IN_COST OUT_COST AGE EUI */
	EZSP_NEIGHBOR_COUNT,         /* -> COUNT */
	EZSP_GET_ROUTE, /* INDEX -> status NODE NEXT_HOP ROUTE_STATE AGE ROUTE_TYPE RECORD_STATE */
	/* ON CONCENTRATOR MIN_TIME MAX_TIME ROUTE_ERRORS DELIVERY_FAILURES MAX_HOPS -> status */
	EZSP_SET_CONCENTRATOR,
	EZSP_SOURCE_ROUTE_DISCOVERY, /* MODE -> DELAY ms [v8..] */
	EZSP_SOURCE_ROUTE_ENTRY,     /* INDEX -> status NODE CLOSER [v8..] */
	EZSP_SOURCE_ROUTE_COUNT,     /* -> COUNT [v8..] */
	EZSP_SOURCE_ROUTE_SIZE,      /* -> COUNT [v8..] */
	EZSP_MAXIMUM_PAYLOAD,        /* -> COUNT */
	EZSP_LOOKUP_NODE,            /* EUI -> NODE, 0xFFFF unknown; [v14..] status NODE */
	EZSP_LOOKUP_EUI64,           /* NODE -> status EUI */
	EZSP_SET_EXTENDED_TIMEOUT,   /* EUI ON -> [v14..] status */
	EZSP_GET_EXTENDED_TIMEOUT,   /* EUI -> ON; [v14..] status: ok is on, failed is off */
	EZSP_REPLACE_ADDRESS,        /* INDEX EUI NODE ON -> status EUI NODE ON */
	EZSP_GET_SECURITY_STATE,     /* -> status BITMASK EUI */
	EZSP_SEND_UNICAST,           /* TYPE NODE aps TAG data -> status SEQUENCE */
	EZSP_SEND_BROADCAST,         /* NODE aps RADIUS TAG data, [v14..] ALIAS NWK_SEQUENCE
					-> status SEQUENCE */

	EZSP_CALLBACKS,                     /* after this: */
	EZSP_STACK_STATUS = EZSP_CALLBACKS, /* status */
	EZSP_MESSAGE_SENT,                  /* status TYPE NODE aps TAG data */
	EZSP_INCOMING_MESSAGE,  /* TYPE aps LQI RSSI NODE data, [v14..] EUI, 0 unknown, TIMESTAMP */
	EZSP_SENDER_EUI64,      /* EUI, of the message that follows [..v13] */
	EZSP_ROUTE_RECORD,      /* NODE EUI LQI RSSI data: relays, u16 each */
	EZSP_ROUTE_ERROR,       /* status NODE */
	EZSP_NETWORK_STATUS,    /* CODE NODE [v8..] */
	EZSP_CHILD_JOIN,        /* INDEX ON: joining NODE EUI NODE_TYPE */
	EZSP_TRUST_CENTER_JOIN, /* NODE EUI DEVICE_UPDATE DECISION PARENT */
	EZSP_POLL,              /* NODE, [v11..] ON: transmit expected */
	EZSP_ID_CONFLICT,       /* NODE */
	EZSP_COUNTER_ROLLOVER,  /* INDEX */
	EZSP_COMMANDS
};

/* aps above is: PROFILE CLUSTER SOURCE_ENDPOINT ENDPOINT OPTIONS GROUP SEQUENCE. */
enum ezsp_field {
	EZ_NONE,
	EZ_VERSION,
	EZ_STACK_TYPE,
	EZ_STACK_VERSION, /* nibbles major, minor, patch, special */
	EZ_ID,
	EZ_VALUE,
	EZ_DECISION,
	EZ_CHARACTERISTICS,
	EZ_CODE,
	EZ_DEVICE,
	EZ_DEVICE_VERSION,
	EZ_EUI,
	EZ_NODE,
	EZ_BITMASK,
	EZ_STATE,
	EZ_NODE_TYPE, /* 1 coordinator, 2 router, 3 end device, 4 sleepy end device */
	EZ_EXT_PAN,
	EZ_PAN,
	EZ_POWER, /* int8_t */
	EZ_CHANNEL,
	EZ_JOIN_METHOD,
	EZ_MANAGER,
	EZ_UPDATE_ID,
	EZ_CHANNELS,
	EZ_COUNT,
	EZ_INDEX,
	EZ_PHY,
	EZ_TIMEOUT,
	EZ_REMAINING,
	EZ_LQI,
	EZ_RSSI, /* int8_t, dBm */
	EZ_IN_COST,
	EZ_OUT_COST,
	EZ_AGE,
	EZ_NEXT_HOP,
	EZ_ROUTE_STATE,
	EZ_ROUTE_TYPE,
	EZ_RECORD_STATE,
	EZ_ON,
	EZ_CONCENTRATOR,
	EZ_MIN_TIME,
	EZ_MAX_TIME,
	EZ_ROUTE_ERRORS,
	EZ_DELIVERY_FAILURES,
	EZ_MAX_HOPS,
	EZ_MODE,
	EZ_DELAY,
	EZ_CLOSER,
	EZ_TYPE,
	EZ_PROFILE,
	EZ_CLUSTER,
	EZ_SOURCE_ENDPOINT,
	EZ_ENDPOINT,
	EZ_OPTIONS,
	EZ_GROUP,
	EZ_SEQUENCE,
	EZ_RADIUS,
	EZ_TAG,
	EZ_ALIAS,
	EZ_NWK_SEQUENCE,
	EZ_BINDING,
	EZ_ADDRESS,
	EZ_TIMESTAMP,
	EZ_DEVICE_UPDATE, /* 0 secured rejoin, 1 join, 2 left, 3 unsecured rejoin */
	EZ_PARENT,
	EZ_FIELDS
};

/* Numbers are unsigned; those marked int8_t are to be cast to it. Spans are borrowed. */
struct ezsp_values {
	struct ezsp_status status;
	uint64_t u[EZ_FIELDS];
	struct span data, more;
};

/* Does this version have it? */
bool ezsp_command_known(enum ezsp_command command, uint8_t version);
/* The command or callback that id is in this version; EZSP_NO_COMMAND: none of ours. */
enum ezsp_command ezsp_command_of(uint16_t id, uint8_t version);
bool ezsp_command_is_callback(enum ezsp_command command);
const char *ezsp_command_name(enum ezsp_command command); /* "getEui64" */

/* Writes the parameters; false: this version has no such command, a number does not fit its field,
 * or out is too small. */
bool ezsp_command_write(enum ezsp_command command, uint8_t version, const struct ezsp_values *v,
	uint16_t *id, struct wire_out *out);
/* Reads the answer to a command, or a callback. Bytes after the known ones are passed over. false:
 * too short; except that after a status other than ok nothing more is needed, and what is missing
 * is zero. *out points into params. */
bool ezsp_command_read(
	enum ezsp_command command, uint8_t version, struct span params, struct ezsp_values *out);

/* A little-endian number of at most 8 bytes: values that are longer on some sticks. */
uint64_t ezsp_number(struct span bytes);
/* Item i of a list of u16; 0 past its end. */
uint16_t ezsp_item(struct span list, size_t i);
