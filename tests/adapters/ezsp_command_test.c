#include "adapters/zigbee/ezsp/ezsp_command.h"

#include "adapters/zigbee/ezsp/ezsp_frame.h"
#include "adapters/zigbee/ezsp/ezsp_gate.h"
#include "tests/adapters/vectors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK 0x90FD9FFFFE123456
#define APS(profile, cluster, from, to, options, sequence)                                         \
	{ EZ_PROFILE, profile }, { EZ_CLUSTER, cluster }, { EZ_SOURCE_ENDPOINT, from },            \
		{ EZ_ENDPOINT, to }, { EZ_OPTIONS, options },                                      \
	{                                                                                          \
		EZ_SEQUENCE, sequence                                                              \
	}

/* What each golden answer says, whatever its version. */
struct meaning {
	const char *what; /* beginning of its description */
	enum ezsp_command command;
	enum ezsp_meaning status;
	const char *data; /* hex */
	struct {
		enum ezsp_field field;
		uint64_t value;
	} fields[14];
};

static const struct meaning meanings[] = {
	{ "invalidCommand ERROR_VERSION", EZSP_INVALID_COMMAND, EZSP_OK, "",
		{ { EZ_CODE, 0x30 } } },
	{ "invalidCommand ERROR_INVALID", EZSP_INVALID_COMMAND, EZSP_OK, "",
		{ { EZ_CODE, 0x31 } } },
	{ "networkInit -> NOT_JOINED", EZSP_NETWORK_INIT, EZSP_NOT_JOINED, "", { { 0 } } },
	{ "networkInit -> INVALID", EZSP_NETWORK_INIT, EZSP_INVALID_STATE, "", { { 0 } } },
	{ "setConfigurationValue too late", EZSP_SET_CONFIGURATION, EZSP_INVALID_STATE, "",
		{ { 0 } } },
	{ "sendUnicast -> MAX", EZSP_SEND_UNICAST, EZSP_MESSAGE_LIMIT, "", { { 0 } } },
	{ "sendUnicast -> NETWORK_DOWN", EZSP_SEND_UNICAST, EZSP_NETWORK_DOWN, "", { { 0 } } },
	{ "sendUnicast -> MESSAGE_TOO_LONG", EZSP_SEND_UNICAST, EZSP_MESSAGE_TOO_LONG, "",
		{ { 0 } } },
	{ "stackStatusHandler NETWORK_DOWN", EZSP_STACK_STATUS, EZSP_NETWORK_DOWN, "", { { 0 } } },
	{ "stackStatusHandler CHANNEL", EZSP_STACK_STATUS, EZSP_NETWORK_CHANGED, "", { { 0 } } },
	{ "messageSentHandler DELIVERY_FAILED", EZSP_MESSAGE_SENT, EZSP_DELIVERY_FAILED, "",
		{ { EZ_TYPE, 0 }, { EZ_NODE, 0x5A3C }, APS(0x0104, 0x0019, 1, 1, 0x1140, 0x45),
			{ EZ_TAG, 7 } } },
	{ "incomingMessageHandler: Image Block", EZSP_INCOMING_MESSAGE, EZSP_OK,
		"0182030066111101050302010000000030",
		{ { EZ_TYPE, 0 }, { EZ_NODE, 0x5A3C }, APS(0x0104, 0x0019, 1, 1, 0x0140, 0x9C),
			{ EZ_LQI, 172 }, { EZ_RSSI, 0xB9 }, { EZ_BINDING, 0xFF } } },
	{ "same with overflow", EZSP_INCOMING_MESSAGE, EZSP_OK,
		"0182030066111101050302010000000030",
		{ { EZ_TYPE, 0 }, { EZ_NODE, 0x5A3C }, { EZ_SEQUENCE, 0x9C }, { EZ_LQI, 172 } } },
	{ "incomingMessageHandler: ZDO Node", EZSP_INCOMING_MESSAGE, EZSP_OK,
		"05003c5a02408037107f5200002c520000",
		{ { EZ_NODE, 0x5A3C }, APS(0, 0x8002, 0, 0, 0x0040, 0x11), { EZ_LQI, 172 } } },
	{ "incomingRouteRecordHandler", EZSP_ROUTE_RECORD, EZSP_OK, "2f1b",
		{ { EZ_NODE, 0x5A3C }, { EZ_EUI, LOCK }, { EZ_LQI, 172 }, { EZ_RSSI, 0xB9 } } },
	{ "incomingNetworkStatusHandler", EZSP_NETWORK_STATUS, EZSP_OK, "",
		{ { EZ_CODE, 6 }, { EZ_NODE, 0x5A3C } } },
	{ "incomingRouteErrorHandler", EZSP_ROUTE_ERROR, EZSP_ROUTE_FAILED, "",
		{ { EZ_NODE, 0x5A3C } } },
	{ "childJoinHandler", EZSP_CHILD_JOIN, EZSP_OK, "",
		{ { EZ_INDEX, 0 }, { EZ_ON, 1 }, { EZ_NODE, 0x5A3C }, { EZ_EUI, LOCK },
			{ EZ_NODE_TYPE, 4 } } },
	{ "trustCenterJoinHandler", EZSP_TRUST_CENTER_JOIN, EZSP_OK, "",
		{ { EZ_NODE, 0x5A3C }, { EZ_EUI, LOCK }, { EZ_DEVICE_UPDATE, 0 },
			{ EZ_DECISION, 0 }, { EZ_PARENT, 0 } } },
	{ "pollHandler", EZSP_POLL, EZSP_OK, "", { { EZ_NODE, 0x5A3C } } },
	{ "idConflictHandler", EZSP_ID_CONFLICT, EZSP_OK, "", { { EZ_NODE, 0x5A3C } } },
	{ "counterRolloverHandler", EZSP_COUNTER_ROLLOVER, EZSP_OK, "", { { EZ_INDEX, 21 } } },
	{ "getChildData(index without", EZSP_GET_CHILD_DATA, EZSP_NOT_JOINED, "", { { 0 } } },
	{ "lookupNodeIdByEui64 unknown", EZSP_LOOKUP_NODE, EZSP_OK, "", { { EZ_NODE, 0xFFFF } } },
	{ "lookupEui64ByNodeId", EZSP_LOOKUP_EUI64, EZSP_OK, "", { { EZ_EUI, LOCK } } },
	{ "getExtendedTimeout: enabled", EZSP_GET_EXTENDED_TIMEOUT, EZSP_OK, "", { { EZ_ON, 1 } } },
	{ "getExtendedTimeout: not", EZSP_GET_EXTENDED_TIMEOUT, EZSP_OK, "", { { EZ_ON, 0 } } },
	{ "setExtendedTimeout response", EZSP_SET_EXTENDED_TIMEOUT, EZSP_OK, "", { { 0 } } },
	{ "getMfgToken(2 board name)", EZSP_GET_MFG_TOKEN, EZSP_OK,
		"446f6e676c652d45ffffffffffffffff", { { 0 } } },
	{ "getValue(3 free buffers", EZSP_GET_VALUE, EZSP_OK, "60ea", { { 0 } } },
	{ "readCounters: 18", EZSP_READ_COUNTERS, EZSP_OK, NULL, { { 0 } } },
};

static const struct meaning *meaning_of(const char *what)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (strncmp(what, meanings[i].what, strlen(meanings[i].what)) == 0)
			return &meanings[i];
	cr_fatal("no meaning for %s", what);
	return NULL;
}

static enum ezsp_command parse(uint8_t version, const char *hex, struct ezsp_values *v)
{
	struct ezsp_frame f;
	enum ezsp_command command;
	/* A handler has the callback bit. */
	cr_assert(ezsp_frame_read(version, unhex(hex), &f), "%s", hex);
	command = ezsp_command_of(f.id, version);
	cr_assert(eq(int, ezsp_frame_is_callback(&f), ezsp_command_is_callback(command)));
	cr_assert(ezsp_command_read(command, version, f.params, v), "v%u %s", version, hex);
	return command;
}

/* The two answers whose form itself changed: a status in place of, or before, what was the answer.
 */
static bool changed_at_14(uint8_t version, const struct meaning *m, const struct ezsp_values *v)
{
	if (version < 14)
		return false;
	if (m->command == EZSP_GET_EXTENDED_TIMEOUT) {
		cr_assert(eq(int, ezsp_status_ok(v->status), m->fields[0].value == 1));
		return true;
	}
	if (m->command != EZSP_LOOKUP_NODE)
		return false;
	cr_assert(eq(int, ezsp_status_meaning(v->status), EZSP_FAILED));
	cr_assert(eq(u64, v->u[EZ_NODE], 0xFFFF));
	return true;
}

static void check_answer(uint8_t version, const char *what, const char *hex)
{
	const struct meaning *m = meaning_of(what);
	struct ezsp_values v;

	cr_assert(eq(int, parse(version, hex, &v), m->command), "v%u %s", version, what);
	if (changed_at_14(version, m, &v))
		return;
	cr_assert(eq(int, ezsp_status_meaning(v.status), m->status), "v%u %s", version, what);
	for (size_t i = 0; i < sizeof m->fields / sizeof *m->fields && m->fields[i].field; i++)
		cr_assert(eq(u64, v.u[m->fields[i].field], m->fields[i].value), "v%u %s field %zu",
			version, what, i);
	if (m->command == EZSP_READ_COUNTERS) {
		cr_assert(eq(u16, ezsp_item(v.data, 18), 2));
		cr_assert(eq(u16, ezsp_item(v.data, 27), 5));
		cr_assert(eq(u16, ezsp_item(v.data, 41), 0));
		cr_assert(eq(u16, ezsp_item(v.data, 9999), 0));
		return;
	}

	struct span data = unhex(m->data);

	cr_assert(v.data.size == data.size &&
			  (!data.size || !memcmp(v.data.data, data.data, data.size)),
		"v%u %s", version, what);
	if (m->command == EZSP_INCOMING_MESSAGE && version >= 14)
		cr_assert(eq(u64, v.u[EZ_EUI], LOCK));
}

static uint8_t zdo[3][4] = { { 5, 0x3C, 0x5A }, { 6, 0x3C, 0x5A }, { 7, 0x3C, 0x5A, 1 } };
static uint8_t address_request[] = { 0x08, 0x56, 0x34, 0x12, 0xFE, 0xFF, 0x9F, 0xFD, 0x90, 0, 0 };

#define ZDO_UNICAST(cluster, tag)                                                                  \
	.u = { [EZ_NODE] = 0x5A3C, [EZ_CLUSTER] = cluster, [EZ_OPTIONS] = 0x1140, [EZ_TAG] = tag }

static const struct {
	enum ezsp_command command;
	struct ezsp_values values;
} asks[] = {
	{ EZSP_SEND_UNICAST, { ZDO_UNICAST(2, 5), .data = { zdo[0], 3 } } },
	{ EZSP_SEND_UNICAST, { ZDO_UNICAST(5, 6), .data = { zdo[1], 3 } } },
	{ EZSP_SEND_UNICAST, { ZDO_UNICAST(4, 7), .data = { zdo[2], 4 } } },
	{ EZSP_SEND_BROADCAST, { .u = { [EZ_NODE] = 0xFFFD,
					 [EZ_OPTIONS] = 0x1100,
					 [EZ_RADIUS] = 30,
					 [EZ_TAG] = 8,
					 [EZ_ALIAS] = 0xFFFF },
				       .data = { address_request, sizeof address_request } } },
	{ EZSP_SET_EXTENDED_TIMEOUT, { .u = { [EZ_EUI] = LOCK, [EZ_ON] = 1 } } },
	{ EZSP_REPLACE_ADDRESS, { .u = { [EZ_EUI] = LOCK, [EZ_NODE] = 0x5A3C, [EZ_ON] = 1 } } },
	{ EZSP_GET_CONFIGURATION, { .u = { [EZ_ID] = 3 } } },
	{ EZSP_READ_COUNTERS, { .u = { 0 } } },
	{ EZSP_SET_POLICY, { .u = { [EZ_ID] = 3, [EZ_DECISION] = 0x31 } } },
};

static void check_ask(uint8_t version, size_t i, const char *what, const char *hex)
{
	struct ezsp_gate gate = { .version = version };
	struct span want = unhex(hex);
	uint8_t params[EZSP_FRAME_MAX], out[EZSP_FRAME_MAX];
	struct wire_out w = wire_out(params, sizeof params);
	struct ezsp_frame f = { .sequence = 0x21 };
	size_t size;

	cr_assert(ezsp_command_write(asks[i].command, version, &asks[i].values, &f.id, &w));
	f.params = wire_span(&w);
	size = ezsp_gate_write(&gate, &f, out);
	cr_assert(eq(sz, size, want.size), "v%u %s", version, what);
	cr_assert(eq(int, memcmp(out, want.data, size), 0), "v%u %s", version, what);
}

Test(ezsp_command, the_golden_callbacks_and_commands_of_four_versions)
{
	json_t *all = vectors_load("ezsp-extra.json"), *one, *pair;
	const char *version;
	size_t i, answers = 0, commands = 0;

	json_object_foreach(all, version, one)
	{
		uint8_t v = (uint8_t)strtoul(version, NULL, 10);

		json_array_foreach(json_object_get(one, "rsp"), i, pair)
		{
			check_answer(v, json_string_value(json_array_get(pair, 0)),
				json_string_value(json_array_get(pair, 1)));
			answers++;
		}
		json_array_foreach(json_object_get(one, "cmd"), i, pair)
		{
			check_ask(v, i, json_string_value(json_array_get(pair, 0)),
				json_string_value(json_array_get(pair, 1)));
			commands++;
		}
	}
	cr_assert(eq(sz, answers, 30 + 31 + 31 + 31));
	cr_assert(eq(sz, commands, 4 * 9));
	json_decref(all);
}

Test(ezsp_command, the_status_is_what_its_place_in_the_protocol_says)
{
	struct ezsp_values v;

	/* 0x38 is "invalid call" of the parser here, nothing of the stack. */
	cr_assert(ezsp_command_read(EZSP_SET_CONFIGURATION, 13, unhex("38"), &v));
	cr_assert(eq(int, v.status.space, EZSP_SPACE_EZSP));
	cr_assert(ezsp_command_read(EZSP_NETWORK_INIT, 13, unhex("70"), &v));
	cr_assert(eq(int, v.status.space, EZSP_SPACE_EMBER));
	cr_assert(ezsp_command_read(EZSP_SET_CONFIGURATION, 14, unhex("02000000"), &v));
	cr_assert(eq(int, v.status.space, EZSP_SPACE_SL));
	cr_assert(ezsp_command_read(EZSP_GET_EUI64, 14, unhex("ccbbaafeff6f0d00"), &v));
	cr_assert(eq(int, v.status.space, EZSP_SPACE_NONE));
	cr_assert(ezsp_status_ok(v.status));
}

Test(ezsp_command, an_answer_may_be_longer_than_known)
{
	struct ezsp_values v;

	cr_assert(ezsp_command_read(EZSP_GET_NODE_ID, 13, unhex("34120000ff"), &v));
	cr_assert(eq(u64, v.u[EZ_NODE], 0x1234));
	cr_assert(ezsp_command_read(EZSP_SET_EXTENDED_TIMEOUT, 13, unhex("00"), &v));
}

/* Every command, version and length: too short is refused, unless a bad status comes first. */
Test(ezsp_command, a_good_answer_may_not_be_shorter_than_known)
{
	static const uint8_t zeros[64];
	size_t checked = 0;

	for (int c = EZSP_VERSION; c < EZSP_COMMANDS; c++)
		for (uint8_t version = EZSP_OLDEST; version <= EZSP_NEWEST; version++) {
			struct ezsp_values v;
			size_t n = 0;

			if (!ezsp_command_known((enum ezsp_command)c, version))
				continue;
			while (n < sizeof zeros && !ezsp_command_read((enum ezsp_command)c, version,
							   (struct span){ zeros, n }, &v))
				n++;
			cr_assert(lt(sz, n, sizeof zeros), "%d v%u", c, version);
			/* Two bytes are one form of this answer, six another. */
			for (n = c == EZSP_LOOKUP_NODE ? 6 : n; n < sizeof zeros; n++)
				cr_assert(ezsp_command_read((enum ezsp_command)c, version,
					(struct span){ zeros, n }, &v));
			checked++;
		}
	cr_assert(lt(sz, 500, checked));
}

static size_t shortest(enum ezsp_command command, uint8_t version)
{
	static const uint8_t zeros[64];
	struct ezsp_values v;
	size_t n = 0;

	while (!ezsp_command_read(command, version, (struct span){ zeros, n }, &v))
		n++;
	return n;
}

Test(ezsp_command, answers_have_the_sizes_of_their_version)
{
	cr_assert(eq(sz, shortest(EZSP_GET_CHILD_DATA, 4), 1 + 11));
	cr_assert(eq(sz, shortest(EZSP_GET_CHILD_DATA, 9), 1 + 14));
	cr_assert(eq(sz, shortest(EZSP_GET_CHILD_DATA, 10), 1 + 18));
	cr_assert(eq(sz, shortest(EZSP_GET_CHILD_DATA, 14), 4 + 18));
	cr_assert(eq(sz, shortest(EZSP_GET_NETWORK_PARAMETERS, 13), 1 + 21));
	cr_assert(eq(sz, shortest(EZSP_GET_NETWORK_PARAMETERS, 19), 4 + 21));
	cr_assert(eq(sz, shortest(EZSP_INCOMING_MESSAGE, 13), 19));
	cr_assert(eq(sz, shortest(EZSP_INCOMING_MESSAGE, 14), 31));
	cr_assert(eq(sz, shortest(EZSP_MESSAGE_SENT, 13), 17));
	cr_assert(eq(sz, shortest(EZSP_MESSAGE_SENT, 14), 21));
	cr_assert(eq(sz, shortest(EZSP_GET_NEIGHBOR, 8), 1 + 14));
	cr_assert(eq(sz, shortest(EZSP_GET_ROUTE, 8), 1 + 8));
	cr_assert(eq(sz, shortest(EZSP_REPLACE_ADDRESS, 8), 1 + 11));
	cr_assert(eq(sz, shortest(EZSP_POLL, 10), 2));
	cr_assert(eq(sz, shortest(EZSP_POLL, 11), 3));
	cr_assert(eq(sz, shortest(EZSP_SOURCE_ROUTE_DISCOVERY, 8), 4));
}

Test(ezsp_command, a_failure_may_be_short)
{
	struct ezsp_values v;

	cr_assert(ezsp_command_read(EZSP_GET_VALUE, 13, unhex("37"), &v));
	cr_assert(eq(int, ezsp_status_meaning(v.status), EZSP_NOT_SUPPORTED));
	cr_assert(eq(sz, v.data.size, 0));
	cr_assert(ezsp_command_read(EZSP_GET_CHILD_DATA, 14, unhex("17000000ff"), &v));
	cr_assert(eq(int, ezsp_status_meaning(v.status), EZSP_NOT_JOINED));
	cr_assert(not(ezsp_command_read(EZSP_GET_CHILD_DATA, 14, unhex("1700"), &v)));
	cr_assert(not(ezsp_command_read(EZSP_GET_VALUE, 13, unhex("0004010203"), &v)));
}

/* Peers and old 8.x firmwares disagree about this one: both forms are read. */
Test(ezsp_command, a_looked_up_node_comes_with_and_without_a_status)
{
	struct ezsp_values v;

	cr_assert(ezsp_command_read(EZSP_LOOKUP_NODE, 13, unhex("3c5a"), &v));
	cr_assert(eq(u64, v.u[EZ_NODE], 0x5A3C));
	cr_assert(ezsp_command_read(EZSP_LOOKUP_NODE, 14, unhex("3c5a"), &v));
	cr_assert(eq(u64, v.u[EZ_NODE], 0x5A3C));
	cr_assert(ezsp_command_read(EZSP_LOOKUP_NODE, 14, unhex("000000003c5a"), &v));
	cr_assert(eq(u64, v.u[EZ_NODE], 0x5A3C));
}

Test(ezsp_command, ids_mean_what_they_mean_in_their_version)
{
	cr_assert(eq(int, ezsp_command_of(0x0062, 13), EZSP_SENDER_EUI64));
	cr_assert(eq(int, ezsp_command_of(0x0062, 14), EZSP_NO_COMMAND));
	cr_assert(eq(int, ezsp_command_of(0x0062, 17), EZSP_NO_COMMAND));
	cr_assert(eq(int, ezsp_command_of(0x005A, 7), EZSP_NO_COMMAND));
	cr_assert(eq(int, ezsp_command_of(0x005A, 8), EZSP_SOURCE_ROUTE_DISCOVERY));
	cr_assert(eq(int, ezsp_command_of(0x0070, 5), EZSP_NO_COMMAND));
	cr_assert(eq(int, ezsp_command_of(0x00C4, 7), EZSP_NO_COMMAND));
	cr_assert(eq(int, ezsp_command_of(0x00C4, 8), EZSP_NETWORK_STATUS));
	cr_assert(eq(int, ezsp_command_of(0x00F1, 4), EZSP_NO_COMMAND));
	cr_assert(eq(
		str, (char *)ezsp_command_name(EZSP_SENDER_EUI64), "incomingSenderEui64Handler"));
	cr_assert(eq(str, (char *)ezsp_command_name(EZSP_CHILD_ID), "childId"));
	cr_assert(eq(str, (char *)ezsp_command_name(EZSP_NO_COMMAND), "unknown"));
}

static bool writes(enum ezsp_command command, uint8_t version, const struct ezsp_values *v)
{
	uint8_t out[EZSP_FRAME_MAX];
	struct wire_out w = wire_out(out, sizeof out);
	uint16_t id;

	return ezsp_command_write(command, version, v, &id, &w);
}

Test(ezsp_command, a_number_too_large_for_its_field_is_not_sent)
{
	static const uint8_t data[256];

	cr_assert(writes(EZSP_GET_VALUE, 8, &(struct ezsp_values){ .u = { [EZ_ID] = 255 } }));
	cr_assert(not(writes(EZSP_GET_VALUE, 8, &(struct ezsp_values){ .u = { [EZ_ID] = 256 } })));
	cr_assert(not(
		writes(EZSP_SEND_UNICAST, 13, &(struct ezsp_values){ .u = { [EZ_TAG] = 256 } })));
	cr_assert(writes(EZSP_SEND_UNICAST, 14, &(struct ezsp_values){ .u = { [EZ_TAG] = 256 } }));
	cr_assert(not(writes(EZSP_SET_VALUE, 8, &(struct ezsp_values){ .data = { data, 256 } })));
	cr_assert(not(writes(EZSP_SET_VALUE, 8, &(struct ezsp_values){ .data = { data, 220 } })));
	cr_assert(not(writes(EZSP_ADD_ENDPOINT, 8, &(struct ezsp_values){ .data = { data, 3 } })));
}

Test(ezsp_command, callbacks_and_commands_of_other_versions_are_not_sent)
{
	struct ezsp_values none = { 0 };

	cr_assert(not(writes(EZSP_STACK_STATUS, 8, &none)));
	cr_assert(not(writes(EZSP_READ_COUNTERS, 4, &none)));
	cr_assert(not(writes(EZSP_CHILD_ID, 7, &none)));
	cr_assert(not(writes(EZSP_NO_COMMAND, 8, &none)));
}

Test(ezsp_command, reads_numbers_of_any_length)
{
	cr_assert(eq(u64, ezsp_number(unhex("")), 0));
	cr_assert(eq(u64, ezsp_number(unhex("12")), 0x12));
	cr_assert(eq(u64, ezsp_number(unhex("60ea")), 60000));
	cr_assert(eq(u64, ezsp_number(unhex("010203040506070809")), 0x0807060504030201));
}

Test(ezsp_command, frames_of_another_version_are_not_read)
{
	struct ezsp_frame f;

	cr_assert(ezsp_frame_read(8, unhex("2180015800"), &f));
	cr_assert(eq(u16, f.id, 0x58));
	cr_assert(not(ezsp_frame_read(8, unhex("2180ff005831"), &f)));
	cr_assert(not(ezsp_frame_read(8, unhex("2180025800"), &f)));
	cr_assert(not(ezsp_frame_read(8, unhex("21800158"), &f)));
	cr_assert(not(ezsp_frame_read(7, unhex("2180015800"), &f)));
	cr_assert(not(ezsp_frame_read(7, unhex("2180ff01 58"), &f)));
	cr_assert(not(ezsp_frame_read(7, unhex("2180ff00"), &f)));
	cr_assert(ezsp_frame_read(4, unhex("218058"), &f));
	cr_assert(eq(u16, f.id, 0x58));
	cr_assert(not(ezsp_frame_read(0, unhex("2180"), &f)));
}

Test(ezsp_command, old_headers_carry_small_ids_only)
{
	struct ezsp_frame f = { .id = 0x106 };
	uint8_t out[EZSP_FRAME_MAX];
	static const uint8_t data[EZSP_FRAME_MAX];

	cr_assert(eq(sz, ezsp_frame_write(7, &f, out), 0));
	cr_assert(eq(sz, ezsp_frame_write(4, &f, out), 0));
	cr_assert(eq(sz, ezsp_frame_write(8, &f, out), 5));
	f.params = (struct span){ data, EZSP_FRAME_MAX - 5 };
	cr_assert(eq(sz, ezsp_frame_write(8, &f, out), EZSP_FRAME_MAX));
	f.params.size++;
	cr_assert(eq(sz, ezsp_frame_write(8, &f, out), 0));
}
