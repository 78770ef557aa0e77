#include "adapters/zigbee/znp/znp_zdo.h"

#include "server/base/wire.h"

enum { AREQ = 0x45, RESPONSE = 0x8000, DEVICE_ANNCE = 0x0013 };
enum { SIMPLE_DESC_RSP = 0x8004, NOT_REJOINING = 0 };

static void keep(struct znp_zdo *z, struct wire_in *in)
{
	struct wire_out out = wire_out(z->payload, sizeof z->payload);
	struct span rest = wire_take(in, in->left);

	wire_put(&out, rest.data, rest.size);
	z->size = out.size;
}

/* status, EUI-64, address; the MT form puts the start index before the count. */
static void address_answer(struct znp_zdo *z, struct wire_in *in)
{
	struct wire_out out = wire_out(z->payload, sizeof z->payload);
	struct span head = wire_take(in, 11);
	uint8_t start = wire_u8(in), count = wire_u8(in);
	struct span list = wire_take(in, (size_t)count * 2);

	if (in->bad)
		return;
	wire_put(&out, head.data, head.size);
	if (count) {
		wire_put_u8(&out, count);
		wire_put_u8(&out, start);
		wire_put(&out, list.data, list.size);
	}
	z->source = (uint16_t)(head.data[9] | head.data[10] << 8);
	z->size = out.size;
	z->kind = ZNP_ZDO_MESSAGE;
}

/* source, then what the device said. */
static void plain_answer(struct znp_zdo *z, struct wire_in *in)
{
	z->source = wire_u16(in);
	keep(z, in);
	if (!in->bad && z->size)
		z->kind = ZNP_ZDO_MESSAGE;
}

/* ZDO_STATUS_ERROR_RSP stands for a simple descriptor that there is not. */
static void failed_answer(struct znp_zdo *z, struct wire_in *in)
{
	struct wire_out out = wire_out(z->payload, sizeof z->payload);
	uint8_t status;

	z->source = wire_u16(in);
	status = wire_u8(in);
	if (in->bad)
		return;
	wire_put_u8(&out, status);
	wire_put_u16(&out, z->source);
	wire_put_u8(&out, 0);
	z->size = out.size;
	z->cluster = SIMPLE_DESC_RSP;
	z->kind = ZNP_ZDO_MESSAGE;
}

static void announced(struct znp_zdo *z, struct wire_in *in, bool has_capability)
{
	z->address = wire_u16(in);
	z->ieee = wire_u64(in);
	z->capability = has_capability ? wire_u8(in) : -1;
	if (!in->bad)
		z->kind = ZNP_ZDO_ANNOUNCED;
}

static void left(struct znp_zdo *z, struct wire_in *in)
{
	z->address = wire_u16(in);
	z->ieee = wire_u64(in);
	wire_u8(in); /* asked to */
	wire_u8(in); /* with its children */
	if (wire_u8(in) == NOT_REJOINING && !in->bad)
		z->kind = ZNP_ZDO_LEFT;
}

static void wrapped(struct znp_zdo *z, struct wire_in *in)
{
	z->form = ZNP_ZDO_WRAPPED;
	z->source = wire_u16(in);
	z->broadcast = wire_u8(in) != 0;
	z->cluster = wire_u16(in);
	wire_u8(in);  /* security */
	wire_u8(in);  /* sequence */
	wire_u16(in); /* MAC destination */
	if (z->cluster == DEVICE_ANNCE) {
		announced(z, in, true);
		return;
	}
	keep(z, in);
	if (!in->bad && z->size && z->cluster & RESPONSE)
		z->kind = ZNP_ZDO_MESSAGE;
}

static void read_areq(struct znp_zdo *z, uint8_t cmd1, struct wire_in in)
{
	switch (cmd1) {
	case 0x80:
	case 0x81:
		address_answer(z, &in);
		break;
	case 0x82:
	case 0x84:
	case 0x85:
	case 0xB1:
		plain_answer(z, &in);
		break;
	case 0xC1:
		z->source = wire_u16(&in);
		announced(z, &in, true);
		break;
	case 0xC3:
		failed_answer(z, &in);
		break;
	case 0xC9:
		z->form = ZNP_ZDO_ALWAYS;
		left(z, &in);
		break;
	case 0xCA:
		z->form = ZNP_ZDO_ALWAYS;
		announced(z, &in, false);
		break;
	case 0xFF:
		wrapped(z, &in);
		break;
	default:
		break;
	}
}

void znp_zdo_read(struct znp_zdo *out, const struct znp_frame *areq)
{
	*out = (struct znp_zdo){ .form = ZNP_ZDO_DIRECT, .capability = -1 };
	out->cluster = (uint16_t)(RESPONSE | (areq->cmd1 & 0x7F));
	if (areq->cmd0 == AREQ)
		read_areq(out, areq->cmd1, wire_in((struct span){ areq->data, areq->length }));
}

bool znp_zdo_ask(struct znp_ask *out, const struct radio_send *s)
{
	bool is_address = s->cluster == 0x0000 || s->cluster == 0x0001;
	struct wire_out data = wire_out(out->data, sizeof out->data);

	*out = (struct znp_ask){ .cmd0 = 0x25, .cmd1 = (uint8_t)s->cluster };
	if (s->cluster > 0xFF)
		return false;
	if (!is_address)
		wire_put_u16(&data, s->destination);
	wire_put(&data, s->payload.data, s->payload.size);
	out->length = (uint8_t)data.size;
	return !data.bad;
}
