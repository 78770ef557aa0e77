/* The golden sessions, made outside this project: reset, handshake, set-up, a whole update and its
 * end, for EZSP 8, 13, 14 and 18. Every byte that we write must be the golden one, and what the
 * stick says must arrive with its meaning. */
#include "adapters/zigbee/ezsp/ezsp_rpc.h"
#include "tests/adapters/vectors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <string.h>

#define LOCK 0x90FD9FFFFE123456
#define COORDINATOR 0x000D6FFFFEAABBCC
#define TO_LOCK(tag)                                                                               \
	{ EZ_NODE, 0x5A3C }, { EZ_PROFILE, 0x0104 }, { EZ_CLUSTER, 0x0019 },                       \
		{ EZ_SOURCE_ENDPOINT, 1 }, { EZ_ENDPOINT, 1 }, { EZ_OPTIONS, 0x1140 },             \
	{                                                                                          \
		EZ_TAG, tag                                                                        \
	}

struct field {
	enum ezsp_field field;
	uint64_t value;
};

/* What we ask in turn, and what the answer must hold. */
struct step {
	enum ezsp_command command;
	struct field ask[9];
	const char *data, *more;
	struct field answer[8];
	const char *answer_data; /* NULL: not looked at */
};

static const struct step steps[] = {
	{ EZSP_GET_VALUE, { { EZ_ID, 0x11 } }, "", "", { { 0 } }, NULL },
	{ EZSP_SET_CONFIGURATION, { { EZ_ID, 0x0C }, { EZ_VALUE, 2 } }, "", "", { { 0 } }, "" },
	{ EZSP_SET_CONFIGURATION, { { EZ_ID, 0x12 }, { EZ_VALUE, 7680 } }, "", "", { { 0 } }, "" },
	{ EZSP_SET_POLICY, { { EZ_ID, 4 }, { EZ_DECISION, 0x40 } }, "", "", { { 0 } }, "" },
	{ EZSP_SET_POLICY, { { EZ_ID, 0 }, { EZ_DECISION, 3 } }, "", "", { { 0 } }, "" },
	{ EZSP_ADD_ENDPOINT, { { EZ_ENDPOINT, 1 }, { EZ_PROFILE, 0x0104 }, { EZ_DEVICE, 5 } },
		"00000a001900", "01010005", { { 0 } }, "" },
	{ EZSP_NETWORK_INIT, { { 0 } }, "", "", { { 0 } }, "" },
	{ EZSP_GET_NETWORK_PARAMETERS, { { 0 } }, "", "",
		{ { EZ_NODE_TYPE, 1 }, { EZ_EXT_PAN, 0xDDDDDDDDDDDDDDDD }, { EZ_PAN, 0x1A62 },
			{ EZ_POWER, 8 }, { EZ_CHANNEL, 15 }, { EZ_CHANNELS, 0x07FFF800 } },
		"" },
	{ EZSP_GET_EUI64, { { 0 } }, "", "", { { EZ_EUI, COORDINATOR } }, "" },
	{ EZSP_SET_CONCENTRATOR,
		{ { EZ_ON, 1 }, { EZ_CONCENTRATOR, 0xFFF9 }, { EZ_MIN_TIME, 5 },
			{ EZ_MAX_TIME, 60 }, { EZ_ROUTE_ERRORS, 3 }, { EZ_DELIVERY_FAILURES, 1 } },
		"", "", { { 0 } }, "" },
	{ EZSP_GET_CHILD_DATA, { { EZ_INDEX, 0 } }, "", "",
		{ { EZ_EUI, LOCK }, { EZ_NODE_TYPE, 4 }, { EZ_NODE, 0x5A3C }, { EZ_TIMEOUT, 8 } },
		"" },
	{ EZSP_LOOKUP_NODE, { { EZ_EUI, LOCK } }, "", "", { { EZ_NODE, 0x5A3C } }, "" },
	{ EZSP_SEND_UNICAST, { TO_LOCK(1) }, "1921000064", "", { { EZ_SEQUENCE, 0x41 } }, "" },
	{ EZSP_SEND_UNICAST, { TO_LOCK(2) }, "19810200661111010503020118000000", "",
		{ { EZ_SEQUENCE, 0x42 } }, "" },
	{ EZSP_SEND_UNICAST, { TO_LOCK(3) },
		"19820500661111010503020100000000181ef1ee0b380000007e7d1113181a6061626364656667686"
		"9",
		"", { { EZ_SEQUENCE, 0x43 } }, "" },
	{ EZSP_SEND_UNICAST, { TO_LOCK(4) }, "19830766111101050302010000000001000000", "",
		{ { EZ_SEQUENCE, 0x44 } }, "" },
	{ EZSP_NOP, { { 0 } }, "", "", { { 0 } }, "" },
};

/* What comes unasked, in order; EUI-64 callbacks of old versions aside. */
static const struct told {
	enum ezsp_command which;
	enum ezsp_meaning status;
	struct field fields[9];
	const char *data;
} told[] = {
	{ EZSP_STACK_STATUS, EZSP_NETWORK_UP, { { 0 } }, "" },
	{ EZSP_MESSAGE_SENT, EZSP_OK, { TO_LOCK(1), { EZ_SEQUENCE, 0x41 } }, "" },
	{ EZSP_INCOMING_MESSAGE, EZSP_OK,
		{ { EZ_NODE, 0x5A3C }, { EZ_CLUSTER, 0x0019 }, { EZ_LQI, 0xE4 },
			{ EZ_RSSI, 0xD5 } },
		"018101006611110104030201" },
	{ EZSP_MESSAGE_SENT, EZSP_OK, { TO_LOCK(2), { EZ_SEQUENCE, 0x42 } }, "" },
	{ EZSP_INCOMING_MESSAGE, EZSP_OK, { { EZ_NODE, 0x5A3C }, { EZ_LQI, 0xE4 } },
		"0182030066111101050302010000000030" },
	{ EZSP_MESSAGE_SENT, EZSP_OK, { TO_LOCK(3), { EZ_SEQUENCE, 0x43 } }, "" },
	{ EZSP_INCOMING_MESSAGE, EZSP_OK, { { EZ_NODE, 0x5A3C }, { EZ_LQI, 0xE4 } },
		"018306006611110105030201" },
	{ EZSP_MESSAGE_SENT, EZSP_OK, { TO_LOCK(4), { EZ_SEQUENCE, 0x44 } }, "" },
};

static struct bench {
	struct ezsp_rpc rpc;
	msec now;
	uint8_t written[2000];
	size_t size;
	size_t asked, answered, told, senders;
	bool ready;
} b;

static void on_write(void *owner, struct span bytes)
{
	(void)owner;
	cr_assert(lt(sz, bytes.size, sizeof b.written - b.size));
	memcpy(b.written + b.size, bytes.data, bytes.size);
	b.size += bytes.size;
}

static void on_ready(void *owner, const struct ezsp_hello *hello, msec now)
{
	(void)owner;
	(void)now;
	cr_assert(eq(u8, hello->version, b.rpc.gate.version));
	b.ready = true;
}

static void check(const struct ezsp_values *v, const struct field *fields, const char *data)
{
	for (; fields->field; fields++)
		cr_assert(eq(u64, v->u[fields->field], fields->value), "field %d", fields->field);
	if (!data)
		return;

	struct span want = unhex(data);

	cr_assert(eq(sz, v->data.size, want.size));
	cr_assert(want.size == 0 || !memcmp(v->data.data, want.data, want.size), "%s", data);
}

static void on_reply(void *owner, const struct ezsp_reply *reply, msec now)
{
	const struct step *s = &steps[b.answered++];

	(void)owner;
	(void)now;
	cr_assert(eq(int, reply->outcome, EZSP_ANSWER));
	cr_assert(eq(int, reply->command, s->command));
	cr_assert(ezsp_status_ok(reply->values.status));
	check(&reply->values, s->answer, s->answer_data);
}

static void on_callback(void *owner, enum ezsp_command which, const struct ezsp_values *v, msec now)
{
	(void)owner;
	(void)now;
	if (which == EZSP_SENDER_EUI64) {
		cr_assert(eq(u64, v->u[EZ_EUI], LOCK));
		b.senders++;
		return;
	}

	const struct told *t = &told[b.told++];

	cr_assert(eq(int, which, t->which));
	cr_assert(eq(int, ezsp_status_meaning(v->status), t->status));
	check(v, t->fields, t->data);
	if (which == EZSP_INCOMING_MESSAGE && b.rpc.gate.version >= 14)
		cr_assert(eq(u64, v->u[EZ_EUI], LOCK));
}

static void on_failed(void *owner, const struct ezsp_failure *why, msec now)
{
	(void)owner;
	(void)now;
	cr_fatal("failed: %d %d", why->end, why->code);
}

static const struct ezsp_rpc_events events = { on_write, on_ready, on_reply, on_callback, on_failed,
	NULL };

static void ask_next(void)
{
	const struct step *s = &steps[b.asked++];
	struct ezsp_values v = { .data = unhex(s->data), .more = unhex(s->more) };

	cr_assert(le(sz, b.asked, sizeof steps / sizeof *steps));
	for (size_t i = 0; s->ask[i].field; i++)
		v.u[s->ask[i].field] = s->ask[i].value;
	cr_assert(
		ezsp_rpc_call(&b.rpc, s->command, &v, b.now), "%s", ezsp_command_name(s->command));
}

static void ours(json_t *frame)
{
	const char *hex = json_string_value(json_object_get(frame, "wire"));
	struct span want = unhex(hex);

	if (b.size == 0)
		ask_next();
	cr_assert(ge(sz, b.size, want.size), "%s", hex);
	cr_assert(eq(int, memcmp(b.written, want.data, want.size), 0), "%s", hex);
	b.size -= want.size;
	memmove(b.written, b.written + want.size, b.size);
}

static void theirs(json_t *frame, size_t piece)
{
	struct span wire = unhex(json_string_value(json_object_get(frame, "wire")));

	b.now += 5;
	for (size_t n; wire.size; wire = (struct span){ wire.data + n, wire.size - n }) {
		n = wire.size < piece ? wire.size : piece;
		ezsp_rpc_bytes(&b.rpc, (struct span){ wire.data, n }, b.now);
	}
}

static void run(json_t *all, size_t piece)
{
	json_t *one;
	size_t i;

	b = (struct bench){ .now = 5000 };
	ezsp_rpc_init(&b.rpc, &events, NULL);
	ezsp_rpc_start(&b.rpc, b.now);
	json_array_foreach(all, i, one)
	{
		if (strcmp(json_string_value(json_object_get(one, "dir")), "H>N") == 0)
			ours(one);
		else
			theirs(one, piece);
	}
}

struct session {
	char file[16];
	uint8_t version;
	size_t senders;
};

ParameterizedTestParameters(ezsp_session, byte_for_byte)
{
	static struct session rows[] = { { "ezsp-v8.json", 8, 1 }, { "ezsp-v13.json", 13, 1 },
		{ "ezsp-v14.json", 14, 0 }, { "ezsp-v18.json", 18, 0 } };

	return cr_make_param_array(struct session, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(struct session *row, ezsp_session, byte_for_byte)
{
	json_t *all = vectors_load(row->file);

	for (size_t piece = 1; piece < 80; piece += 13) {
		run(all, piece);
		cr_assert(b.ready);
		cr_assert(eq(u8, b.rpc.gate.version, row->version));
		cr_assert(eq(sz, b.size, 0));
		cr_assert(eq(sz, b.answered, sizeof steps / sizeof *steps));
		cr_assert(eq(sz, b.told, sizeof told / sizeof *told));
		cr_assert(eq(sz, b.senders, row->senders));
		cr_assert(eq(u32, b.rpc.unasked + b.rpc.garbled + b.rpc.late, 0));
		cr_assert(ezsp_rpc_ready(&b.rpc));
	}
	json_decref(all);
}
