#include "adapters/zigbee/zcl.h"

enum { /* frame control, ZCL8 §2.4.1.1 */
	FC_TYPE = 0x03,
	FC_CLUSTER = 0x01,
	FC_MANUFACTURER = 0x04,
	FC_FROM_SERVER = 0x08,
	FC_NO_DEFAULT = 0x10
};

bool zcl_parse(struct zcl_frame *out, struct span bytes)
{
	struct wire_in w = wire_in(bytes);
	uint8_t control = wire_u8(&w);
	struct zcl_frame f = {
		.cluster_specific = (control & FC_TYPE) == FC_CLUSTER,
		.has_manufacturer = control & FC_MANUFACTURER,
		.from_server = control & FC_FROM_SERVER,
		.no_default_response = control & FC_NO_DEFAULT,
	};

	if ((control & FC_TYPE) > FC_CLUSTER)
		return false;
	if (f.has_manufacturer)
		f.manufacturer = wire_u16(&w);
	f.tsn = wire_u8(&w);
	f.command = wire_u8(&w);
	if (w.bad)
		return false;
	f.payload = (struct span){ w.data, w.left };
	*out = f;
	return true;
}

void zcl_put_header(struct wire_out *w, const struct zcl_frame *f)
{
	unsigned control = (f->cluster_specific ? FC_CLUSTER : 0U) |
			   (f->has_manufacturer ? FC_MANUFACTURER : 0U) |
			   (f->from_server ? FC_FROM_SERVER : 0U) |
			   (f->no_default_response ? FC_NO_DEFAULT : 0U);

	wire_put_u8(w, (uint8_t)control);
	if (f->has_manufacturer)
		wire_put_u16(w, f->manufacturer);
	wire_put_u8(w, f->tsn);
	wire_put_u8(w, f->command);
}

/* Bytes of a fixed-size type (ZCL8 table 2-10), 0 for the others. */
static size_t fixed_size(uint8_t type)
{
	if (type >= 0x08 && type <= 0x0F) /* data */
		return type - 0x07U;
	if (type >= 0x18 && type <= 0x1F) /* bitmap */
		return type - 0x17U;
	if (type >= 0x20 && type <= 0x27) /* unsigned */
		return type - 0x1FU;
	if (type >= 0x28 && type <= 0x2F) /* signed */
		return type - 0x27U;
	if (type == 0x10 || type == 0x30) /* boolean, enum8 */
		return 1;
	if (type == 0x31 || type == 0x38 || type == 0xE8 || type == 0xE9)
		return 2; /* enum16, semi float, cluster id, attribute id */
	if (type == 0x39 || (type >= 0xE0 && type <= 0xE2) || type == 0xEA)
		return 4; /* float, times, BACnet */
	if (type == 0x3A || type == 0xF0)
		return 8; /* double, EUI-64 */
	return 0;
}

static bool take_text(struct wire_in *w, size_t length_bytes, struct zcl_value *out)
{
	uint64_t length = wire_uint(w, length_bytes);

	if (length == (length_bytes == 1 ? 0xFFU : 0xFFFFU)) /* invalid: no bytes follow */
		length = 0;
	out->is_text = true;
	out->text = wire_take(w, length);
	return !w->bad;
}

bool zcl_take_value(struct wire_in *w, uint8_t type, struct zcl_value *out)
{
	size_t size = fixed_size(type);

	*out = (struct zcl_value){ .type = type };
	if (type == 0x41 || type == 0x42)
		return take_text(w, 1, out);
	if (type == 0x43 || type == 0x44)
		return take_text(w, 2, out);
	if (type == 0xF1) /* 128-bit key: never looked at */
		wire_take(w, 16);
	else if (size)
		out->number = wire_uint(w, size);
	else if (type != 0x00) /* 0x00: no data */
		w->bad = true;
	return !w->bad;
}

void zcl_text(char *out, size_t max, const struct zcl_value *value)
{
	size_t n = 0;

	for (size_t i = 0; i < value->text.size && n + 1 < max; i++) {
		uint8_t c = value->text.data[i];

		if (c == 0)
			break;
		if (c >= 0x20 && c < 0x7F)
			out[n++] = (char)c;
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

bool zcl_next_read(struct wire_in *w, struct zcl_attribute *out)
{
	uint16_t id = wire_u16(w);
	uint8_t status = wire_u8(w);

	if (w->bad)
		return false;
	*out = (struct zcl_attribute){ .id = id, .status = status };
	return status != ZCL_SUCCESS || zcl_take_value(w, wire_u8(w), &out->value);
}

bool zcl_next_report(struct wire_in *w, struct zcl_attribute *out)
{
	uint16_t id = wire_u16(w);
	uint8_t type = wire_u8(w);

	if (w->bad)
		return false;
	*out = (struct zcl_attribute){ .id = id };
	return zcl_take_value(w, type, &out->value);
}

void zcl_put_read(struct wire_out *w, const struct zcl_read *read)
{
	zcl_put_header(w, &(struct zcl_frame){ .from_server = read->to_client,
				  .no_default_response = true,
				  .tsn = read->tsn,
				  .command = ZCL_READ_ATTRIBUTES });
	for (size_t i = 0; i < read->n; i++)
		wire_put_u16(w, read->attributes[i]);
}

void zcl_put_default_response(struct wire_out *w, uint8_t tsn, uint8_t command, uint8_t status)
{
	zcl_put_header(w, &(struct zcl_frame){ .from_server = true,
				  .no_default_response = true,
				  .tsn = tsn,
				  .command = ZCL_DEFAULT_RESPONSE });
	wire_put_u8(w, command);
	wire_put_u8(w, status);
}
