#include "adapters/zigbee/ezsp/ezsp_table.h"

#include "server/base/check.h"

enum { EVER = UINT8_MAX };

static const uint8_t aps_items[] = { EZ_PROFILE, EZ_CLUSTER, EZ_SOURCE_ENDPOINT, EZ_ENDPOINT,
	EZ_OPTIONS, EZ_GROUP, EZ_SEQUENCE, 0 };

static const struct ezsp_row rows[] = {
	{ EZSP_VERSION, "version", 0x0000, 4, EVER, { EZ_VERSION },
		{ EZ_VERSION, EZ_STACK_TYPE, EZ_STACK_VERSION } },
	{ EZSP_NOP, "nop", 0x0005, 4, EVER, { 0 }, { 0 } },
	{ EZSP_INVALID_COMMAND, "invalidCommand", 0x0058, 4, EVER, { 0 }, { EZ_CODE } },
	{ EZSP_GET_CONFIGURATION, "getConfigurationValue", 0x0052, 4, EVER, { EZ_ID },
		{ ITEM_PARSER_STATUS, EZ_VALUE } },
	{ EZSP_SET_CONFIGURATION, "setConfigurationValue", 0x0053, 4, EVER, { EZ_ID, EZ_VALUE },
		{ ITEM_PARSER_STATUS } },
	{ EZSP_SET_POLICY, "setPolicy", 0x0055, 4, EVER, { EZ_ID, EZ_DECISION },
		{ ITEM_PARSER_STATUS } },
	{ EZSP_GET_POLICY, "getPolicy", 0x0056, 4, EVER, { EZ_ID },
		{ ITEM_PARSER_STATUS, EZ_DECISION } },
	{ EZSP_GET_VALUE, "getValue", 0x00AA, 4, EVER, { EZ_ID },
		{ ITEM_PARSER_STATUS, ITEM_DATA_SIZE, ITEM_DATA } },
	{ EZSP_SET_VALUE, "setValue", 0x00AB, 4, EVER, { EZ_ID, ITEM_DATA_SIZE, ITEM_DATA },
		{ ITEM_PARSER_STATUS } },
	{ EZSP_GET_EXTENDED_VALUE, "getExtendedValue", 0x0003, 4, EVER,
		{ EZ_ID, EZ_CHARACTERISTICS }, { ITEM_PARSER_STATUS, ITEM_DATA_SIZE, ITEM_DATA } },
	{ EZSP_ADD_ENDPOINT, "addEndpoint", 0x0002, 4, EVER,
		{ EZ_ENDPOINT, EZ_PROFILE, EZ_DEVICE, EZ_DEVICE_VERSION, ITEM_DATA_WORDS,
			ITEM_MORE_WORDS, ITEM_DATA, ITEM_MORE },
		{ ITEM_PARSER_STATUS } },
	{ EZSP_GET_MFG_TOKEN, "getMfgToken", 0x000B, 4, EVER, { EZ_ID },
		{ ITEM_DATA_SIZE, ITEM_DATA } },
	{ EZSP_GET_EUI64, "getEui64", 0x0026, 4, EVER, { 0 }, { EZ_EUI } },
	{ EZSP_GET_NODE_ID, "getNodeId", 0x0027, 4, EVER, { 0 }, { EZ_NODE } },
	{ EZSP_READ_COUNTERS, "readCounters", 0x00F1, 5, EVER, { 0 }, { ITEM_REST } },
	{ EZSP_NETWORK_INIT, "networkInit", 0x0017, 4, 5, { 0 }, { ITEM_STATUS } },
	{ EZSP_NETWORK_INIT, "networkInit", 0x0017, 6, EVER, { EZ_BITMASK }, { ITEM_STATUS } },
	{ EZSP_NETWORK_STATE, "networkState", 0x0018, 4, EVER, { 0 }, { EZ_STATE } },
	{ EZSP_GET_NETWORK_PARAMETERS, "getNetworkParameters", 0x0028, 4, EVER, { 0 },
		{ ITEM_STATUS, EZ_NODE_TYPE, EZ_EXT_PAN, EZ_PAN, EZ_POWER, EZ_CHANNEL,
			EZ_JOIN_METHOD, EZ_MANAGER, EZ_UPDATE_ID, EZ_CHANNELS } },
	{ EZSP_GET_PARENT_CHILD, "getParentChildParameters", 0x0029, 4, EVER, { 0 },
		{ EZ_COUNT, EZ_EUI, EZ_NODE } },
	{ EZSP_GET_CHILD_DATA, "getChildData", 0x004A, 4, 6, { EZ_INDEX },
		{ ITEM_STATUS, EZ_NODE, EZ_EUI, EZ_NODE_TYPE } },
	{ EZSP_GET_CHILD_DATA, "getChildData", 0x004A, 7, 9, { EZ_INDEX },
		{ ITEM_STATUS, EZ_EUI, EZ_NODE_TYPE, EZ_NODE, EZ_PHY, EZ_POWER, EZ_TIMEOUT } },
	{ EZSP_GET_CHILD_DATA, "getChildData", 0x004A, 10, EVER, { EZ_INDEX },
		{ ITEM_STATUS, EZ_EUI, EZ_NODE_TYPE, EZ_NODE, EZ_PHY, EZ_POWER, EZ_TIMEOUT,
			EZ_REMAINING } },
	{ EZSP_CHILD_ID, "childId", 0x0106, 8, EVER, { EZ_INDEX }, { EZ_NODE } },
	{ EZSP_CHILD_INDEX, "childIndex", 0x0107, 8, EVER, { EZ_NODE }, { EZ_INDEX } },
	{ EZSP_GET_NEIGHBOR, "getNeighbor", 0x0079, 4, EVER, { EZ_INDEX },
		{ ITEM_STATUS, EZ_NODE, EZ_LQI, EZ_IN_COST, EZ_OUT_COST, EZ_AGE, EZ_EUI } },
	{ EZSP_NEIGHBOR_COUNT, "neighborCount", 0x007A, 4, EVER, { 0 }, { EZ_COUNT } },
	{ EZSP_GET_ROUTE, "getRouteTableEntry", 0x007B, 4, EVER, { EZ_INDEX },
		{ ITEM_STATUS, EZ_NODE, EZ_NEXT_HOP, EZ_ROUTE_STATE, EZ_AGE, EZ_ROUTE_TYPE,
			EZ_RECORD_STATE } },
	{ EZSP_SET_CONCENTRATOR, "setConcentrator", 0x0010, 4, EVER,
		{ EZ_ON, EZ_CONCENTRATOR, EZ_MIN_TIME, EZ_MAX_TIME, EZ_ROUTE_ERRORS,
			EZ_DELIVERY_FAILURES, EZ_MAX_HOPS },
		{ ITEM_STATUS } },
	{ EZSP_SOURCE_ROUTE_DISCOVERY, "setSourceRouteDiscoveryMode", 0x005A, 8, EVER, { EZ_MODE },
		{ EZ_DELAY } },
	{ EZSP_SOURCE_ROUTE_ENTRY, "getSourceRouteTableEntry", 0x00C1, 8, EVER, { EZ_INDEX },
		{ ITEM_STATUS, EZ_NODE, EZ_CLOSER } },
	{ EZSP_SOURCE_ROUTE_COUNT, "getSourceRouteTableFilledSize", 0x00C2, 8, EVER, { 0 },
		{ EZ_COUNT } },
	{ EZSP_SOURCE_ROUTE_SIZE, "getSourceRouteTableTotalSize", 0x00C3, 8, EVER, { 0 },
		{ EZ_COUNT } },
	{ EZSP_MAXIMUM_PAYLOAD, "maximumPayloadLength", 0x0033, 4, EVER, { 0 }, { EZ_COUNT } },
	{ EZSP_LOOKUP_NODE, "lookupNodeIdByEui64", 0x0060, 4, 13, { EZ_EUI }, { EZ_NODE } },
	{ EZSP_LOOKUP_NODE, "lookupNodeIdByEui64", 0x0060, 14, EVER, { EZ_EUI },
		{ ITEM_MAYBE_STATUS, EZ_NODE } },
	{ EZSP_LOOKUP_EUI64, "lookupEui64ByNodeId", 0x0061, 4, EVER, { EZ_NODE },
		{ ITEM_STATUS, EZ_EUI } },
	{ EZSP_SET_EXTENDED_TIMEOUT, "setExtendedTimeout", 0x007E, 4, 13, { EZ_EUI, EZ_ON },
		{ 0 } },
	{ EZSP_SET_EXTENDED_TIMEOUT, "setExtendedTimeout", 0x007E, 14, EVER, { EZ_EUI, EZ_ON },
		{ ITEM_STATUS } },
	{ EZSP_GET_EXTENDED_TIMEOUT, "getExtendedTimeout", 0x007F, 4, 13, { EZ_EUI }, { EZ_ON } },
	{ EZSP_GET_EXTENDED_TIMEOUT, "getExtendedTimeout", 0x007F, 14, EVER, { EZ_EUI },
		{ ITEM_STATUS } },
	{ EZSP_REPLACE_ADDRESS, "replaceAddressTableEntry", 0x0082, 4, EVER,
		{ EZ_INDEX, EZ_EUI, EZ_NODE, EZ_ON }, { ITEM_STATUS, EZ_EUI, EZ_NODE, EZ_ON } },
	{ EZSP_GET_SECURITY_STATE, "getCurrentSecurityState", 0x0069, 4, EVER, { 0 },
		{ ITEM_STATUS, EZ_BITMASK, EZ_EUI } },
	{ EZSP_SEND_UNICAST, "sendUnicast", 0x0034, 4, EVER,
		{ EZ_TYPE, EZ_NODE, ITEM_APS, EZ_TAG, ITEM_DATA_SIZE, ITEM_DATA },
		{ ITEM_STATUS, EZ_SEQUENCE } },
	{ EZSP_SEND_BROADCAST, "sendBroadcast", 0x0036, 4, 13,
		{ EZ_NODE, ITEM_APS, EZ_RADIUS, EZ_TAG, ITEM_DATA_SIZE, ITEM_DATA },
		{ ITEM_STATUS, EZ_SEQUENCE } },
	{ EZSP_SEND_BROADCAST, "sendBroadcast", 0x0036, 14, EVER,
		{ EZ_ALIAS, EZ_NODE, EZ_NWK_SEQUENCE, ITEM_APS, EZ_RADIUS, EZ_TAG, ITEM_DATA_SIZE,
			ITEM_DATA },
		{ ITEM_STATUS, EZ_SEQUENCE } },
	{ EZSP_STACK_STATUS, "stackStatusHandler", 0x0019, 4, EVER, { 0 }, { ITEM_STATUS } },
	{ EZSP_MESSAGE_SENT, "messageSentHandler", 0x003F, 4, 13, { 0 },
		{ EZ_TYPE, EZ_NODE, ITEM_APS, EZ_TAG, ITEM_STATUS, ITEM_DATA_SIZE, ITEM_DATA } },
	{ EZSP_MESSAGE_SENT, "messageSentHandler", 0x003F, 14, EVER, { 0 },
		{ ITEM_STATUS, EZ_TYPE, EZ_NODE, ITEM_APS, EZ_TAG, ITEM_DATA_SIZE, ITEM_DATA } },
	{ EZSP_INCOMING_MESSAGE, "incomingMessageHandler", 0x0045, 4, 13, { 0 },
		{ EZ_TYPE, ITEM_APS, EZ_LQI, EZ_RSSI, EZ_NODE, EZ_BINDING, EZ_ADDRESS,
			ITEM_DATA_SIZE, ITEM_DATA } },
	{ EZSP_INCOMING_MESSAGE, "incomingMessageHandler", 0x0045, 14, EVER, { 0 },
		{ EZ_TYPE, ITEM_APS, EZ_NODE, EZ_EUI, EZ_BINDING, EZ_ADDRESS, EZ_LQI, EZ_RSSI,
			EZ_TIMESTAMP, ITEM_DATA_SIZE, ITEM_DATA } },
	{ EZSP_SENDER_EUI64, "incomingSenderEui64Handler", 0x0062, 4, 13, { 0 }, { EZ_EUI } },
	{ EZSP_ROUTE_RECORD, "incomingRouteRecordHandler", 0x0059, 4, EVER, { 0 },
		{ EZ_NODE, EZ_EUI, EZ_LQI, EZ_RSSI, ITEM_DATA_WORDS, ITEM_DATA } },
	{ EZSP_ROUTE_ERROR, "incomingRouteErrorHandler", 0x0080, 4, EVER, { 0 },
		{ ITEM_STATUS, EZ_NODE } },
	{ EZSP_NETWORK_STATUS, "incomingNetworkStatusHandler", 0x00C4, 8, EVER, { 0 },
		{ EZ_CODE, EZ_NODE } },
	{ EZSP_CHILD_JOIN, "childJoinHandler", 0x0023, 4, EVER, { 0 },
		{ EZ_INDEX, EZ_ON, EZ_NODE, EZ_EUI, EZ_NODE_TYPE } },
	{ EZSP_TRUST_CENTER_JOIN, "trustCenterJoinHandler", 0x0024, 4, EVER, { 0 },
		{ EZ_NODE, EZ_EUI, EZ_DEVICE_UPDATE, EZ_DECISION, EZ_PARENT } },
	{ EZSP_POLL, "pollHandler", 0x0044, 4, 10, { 0 }, { EZ_NODE } },
	{ EZSP_POLL, "pollHandler", 0x0044, 11, EVER, { 0 }, { EZ_NODE, EZ_ON } },
	{ EZSP_ID_CONFLICT, "idConflictHandler", 0x007C, 4, EVER, { 0 }, { EZ_NODE } },
	{ EZSP_COUNTER_ROLLOVER, "counterRolloverHandler", 0x00F2, 4, EVER, { 0 }, { EZ_INDEX } },
};

static bool has(const struct ezsp_row *row, uint8_t version)
{
	return version >= row->first && version <= row->last;
}

const struct ezsp_row *ezsp_row_of(enum ezsp_command command, uint8_t version)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].command == command && has(&rows[i], version))
			return &rows[i];
	return NULL;
}

const struct ezsp_row *ezsp_row_by_id(uint16_t id, uint8_t version)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].id == id && has(&rows[i], version))
			return &rows[i];
	return NULL;
}

const uint8_t *ezsp_aps_items(void)
{
	return aps_items;
}
