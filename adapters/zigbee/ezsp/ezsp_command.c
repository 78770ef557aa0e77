#include "adapters/zigbee/ezsp/ezsp_command.h"

#include "adapters/zigbee/ezsp/ezsp_frame.h"
#include "adapters/zigbee/ezsp/ezsp_table.h"

#include <assert.h>

enum { SL_STATUS_SINCE = 14, SL_STATUS_SIZE = 4 };

/* Bytes of each field, the same in all versions but for tags. */
static const uint8_t widths[EZ_FIELDS] = {
	[EZ_VERSION] = 1,
	[EZ_STACK_TYPE] = 1,
	[EZ_STACK_VERSION] = 2,
	[EZ_ID] = 1,
	[EZ_VALUE] = 2,
	[EZ_DECISION] = 1,
	[EZ_CHARACTERISTICS] = 4,
	[EZ_CODE] = 1,
	[EZ_DEVICE] = 2,
	[EZ_DEVICE_VERSION] = 1,
	[EZ_EUI] = 8,
	[EZ_NODE] = 2,
	[EZ_BITMASK] = 2,
	[EZ_STATE] = 1,
	[EZ_NODE_TYPE] = 1,
	[EZ_EXT_PAN] = 8,
	[EZ_PAN] = 2,
	[EZ_POWER] = 1,
	[EZ_CHANNEL] = 1,
	[EZ_JOIN_METHOD] = 1,
	[EZ_MANAGER] = 2,
	[EZ_UPDATE_ID] = 1,
	[EZ_CHANNELS] = 4,
	[EZ_COUNT] = 1,
	[EZ_INDEX] = 1,
	[EZ_PHY] = 1,
	[EZ_TIMEOUT] = 1,
	[EZ_REMAINING] = 4,
	[EZ_LQI] = 1,
	[EZ_RSSI] = 1,
	[EZ_IN_COST] = 1,
	[EZ_OUT_COST] = 1,
	[EZ_AGE] = 1,
	[EZ_NEXT_HOP] = 2,
	[EZ_ROUTE_STATE] = 1,
	[EZ_ROUTE_TYPE] = 1,
	[EZ_RECORD_STATE] = 1,
	[EZ_ON] = 1,
	[EZ_CONCENTRATOR] = 2,
	[EZ_MIN_TIME] = 2,
	[EZ_MAX_TIME] = 2,
	[EZ_ROUTE_ERRORS] = 1,
	[EZ_DELIVERY_FAILURES] = 1,
	[EZ_MAX_HOPS] = 1,
	[EZ_MODE] = 1,
	[EZ_DELAY] = 4,
	[EZ_CLOSER] = 1,
	[EZ_TYPE] = 1,
	[EZ_PROFILE] = 2,
	[EZ_CLUSTER] = 2,
	[EZ_SOURCE_ENDPOINT] = 1,
	[EZ_ENDPOINT] = 1,
	[EZ_OPTIONS] = 2,
	[EZ_GROUP] = 2,
	[EZ_SEQUENCE] = 1,
	[EZ_RADIUS] = 1,
	[EZ_TAG] = 1,
	[EZ_ALIAS] = 2,
	[EZ_NWK_SEQUENCE] = 1,
	[EZ_BINDING] = 1,
	[EZ_ADDRESS] = 1,
	[EZ_TIMESTAMP] = 4,
	[EZ_DEVICE_UPDATE] = 1,
	[EZ_PARENT] = 2,
};

static bool is_wide(uint8_t version)
{
	return version >= SL_STATUS_SINCE;
}

static size_t width(enum ezsp_field field, uint8_t version)
{
	return field == EZ_TAG && is_wide(version) ? 2 : widths[field];
}

bool ezsp_command_known(enum ezsp_command command, uint8_t version)
{
	return ezsp_row_of(command, version) != NULL;
}

enum ezsp_command ezsp_command_of(uint16_t id, uint8_t version)
{
	const struct ezsp_row *row = ezsp_row_by_id(id, version);

	return row ? row->command : EZSP_NO_COMMAND;
}

bool ezsp_command_is_callback(enum ezsp_command command)
{
	return command >= EZSP_CALLBACKS;
}

const char *ezsp_command_name(enum ezsp_command command)
{
	const struct ezsp_row *row = ezsp_row_of(command, EZSP_NEWEST);

	if (!row)
		row = ezsp_row_of(command, EZSP_OLDEST);
	return row ? row->name : "unknown";
}

static void write_field(
	enum ezsp_field field, uint8_t version, const struct ezsp_values *v, struct wire_out *out)
{
	size_t bytes = width(field, version);

	if (bytes < 8 && v->u[field] >> 8 * bytes)
		out->bad = true;
	else
		wire_put_uint(out, v->u[field], bytes);
}

static void write_size(size_t size, size_t unit, struct wire_out *out)
{
	if (size % unit || size / unit > UINT8_MAX)
		out->bad = true;
	else
		wire_put_u8(out, (uint8_t)(size / unit));
}

static void write_special(enum ezsp_item item, const struct ezsp_values *v, struct wire_out *out)
{
	switch (item) {
	case ITEM_DATA_SIZE:
		write_size(v->data.size, 1, out);
		break;
	case ITEM_DATA_WORDS:
		write_size(v->data.size, 2, out);
		break;
	case ITEM_MORE_WORDS:
		write_size(v->more.size, 2, out);
		break;
	case ITEM_DATA:
		wire_put(out, v->data.data, v->data.size);
		break;
	case ITEM_MORE:
		wire_put(out, v->more.data, v->more.size);
		break;
	case ITEM_STATUS:
	case ITEM_MAYBE_STATUS:
	case ITEM_PARSER_STATUS:
	case ITEM_REST:
	case ITEM_APS:
		assert(false && "not in a command");
	}
}

static void write_items(
	const uint8_t *items, uint8_t version, const struct ezsp_values *v, struct wire_out *out)
{
	for (; *items; items++) {
		if (*items < EZ_FIELDS)
			write_field((enum ezsp_field) * items, version, v, out);
		else if (*items == ITEM_APS)
			write_items(ezsp_aps_items(), version, v, out);
		else
			write_special((enum ezsp_item) * items, v, out);
	}
}

bool ezsp_command_write(enum ezsp_command command, uint8_t version, const struct ezsp_values *v,
	uint16_t *id, struct wire_out *out)
{
	const struct ezsp_row *row = ezsp_row_of(command, version);

	if (!row || ezsp_command_is_callback(command))
		return false;
	*id = row->id;
	write_items(row->asks, version, v, out);
	return !out->bad;
}

static struct ezsp_status read_status(enum ezsp_space space, uint8_t version, struct wire_in *in)
{
	bool wide = is_wide(version);

	return (struct ezsp_status){ .space = wide ? EZSP_SPACE_SL : space,
		.code = (uint32_t)wire_uint(in, wide ? SL_STATUS_SIZE : 1) };
}

static void read_special(
	enum ezsp_item item, uint8_t version, struct wire_in *in, struct ezsp_values *v)
{
	switch (item) {
	case ITEM_STATUS:
		v->status = read_status(EZSP_SPACE_EMBER, version, in);
		break;
	case ITEM_MAYBE_STATUS:
		if (in->left >= SL_STATUS_SIZE)
			v->status = read_status(EZSP_SPACE_EMBER, version, in);
		break;
	case ITEM_PARSER_STATUS:
		v->status = read_status(EZSP_SPACE_EZSP, version, in);
		break;
	case ITEM_DATA_SIZE:
		v->data.size = wire_u8(in);
		break;
	case ITEM_DATA_WORDS:
		v->data.size = wire_u8(in) * (size_t)2;
		break;
	case ITEM_DATA:
		v->data = wire_take(in, v->data.size);
		break;
	case ITEM_REST:
		v->data = wire_take(in, in->left);
		break;
	case ITEM_MORE_WORDS:
	case ITEM_MORE:
	case ITEM_APS:
		assert(false && "not in an answer");
	}
}

static void read_items(
	const uint8_t *items, uint8_t version, struct wire_in *in, struct ezsp_values *v)
{
	for (; *items; items++) {
		if (*items < EZ_FIELDS)
			v->u[*items] = wire_uint(in, width((enum ezsp_field) * items, version));
		else if (*items == ITEM_APS)
			read_items(ezsp_aps_items(), version, in, v);
		else
			read_special((enum ezsp_item) * items, version, in, v);
	}
}

bool ezsp_command_read(
	enum ezsp_command command, uint8_t version, struct span params, struct ezsp_values *out)
{
	const struct ezsp_row *row = ezsp_row_of(command, version);
	struct wire_in in = wire_in(params);
	struct ezsp_values v = { .status = { EZSP_SPACE_NONE, 0 } };

	if (!row)
		return false;
	read_items(row->answers, version, &in, &v);
	if (in.bad && ezsp_status_ok(v.status))
		return false;
	*out = v;
	return true;
}

uint64_t ezsp_number(struct span bytes)
{
	struct wire_in in = wire_in(bytes);

	return wire_uint(&in, bytes.size < 8 ? bytes.size : 8);
}

uint16_t ezsp_item(struct span list, size_t i)
{
	if (list.size < 2 || i > list.size / 2 - 1)
		return 0;
	return (uint16_t)(list.data[2 * i] | list.data[2 * i + 1] << 8);
}
