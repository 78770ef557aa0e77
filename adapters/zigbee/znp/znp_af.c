#include "adapters/zigbee/znp/znp_af.h"

#include "server/base/wire.h"

#include <assert.h>

void znp_af_ask(struct znp_ask *out, const struct radio_send *s, uint8_t transaction)
{
	struct wire_out data = wire_out(out->data, sizeof out->data);

	*out = (struct znp_ask){ .cmd0 = 0x24, .cmd1 = 0x01 };
	wire_put_u16(&data, s->destination);
	wire_put_u8(&data, s->endpoint);
	wire_put_u8(&data, s->source_endpoint);
	wire_put_u16(&data, s->cluster);
	wire_put_u8(&data, transaction);
	wire_put_u8(&data, 0); /* no APS acknowledgement, ever: znp.md §6.1 */
	wire_put_u8(&data, ZNP_RADIUS);
	wire_put_u8(&data, (uint8_t)s->payload.size);
	wire_put(&data, s->payload.data, s->payload.size);
	assert(!data.bad);
	out->length = (uint8_t)data.size;
}

bool znp_af_read(struct radio_message *out, const struct znp_frame *f)
{
	struct wire_in in = wire_in((struct span){ f->data, f->length });

	*out = (struct radio_message){ .profile = ZNP_PROFILE, .last_hop = RADIO_NO_ADDRESS };
	wire_u16(&in); /* group */
	out->cluster = wire_u16(&in);
	out->source = wire_u16(&in);
	out->source_endpoint = wire_u8(&in);
	out->endpoint = wire_u8(&in);
	out->broadcast = wire_u8(&in) != 0;
	out->lqi = wire_u8(&in);
	out->aps_secured = wire_u8(&in) != 0;
	wire_u32(&in); /* timestamp */
	wire_u8(&in);  /* transaction, always 0 */

	uint8_t size = wire_u8(&in);

	out->payload = wire_take(&in, size);
	if (in.bad)
		return false;
	if (in.left >= 3) /* TI's document does not have it, real sticks do */
		out->last_hop = wire_u16(&in);
	return true;
}

bool znp_af_release(struct znp_ask *out, const struct znp_frame *f)
{
	struct wire_in in = wire_in((struct span){ f->data, f->length });
	struct wire_out data = wire_out(out->data, sizeof out->data);

	wire_take(&in, 2 + 2 + 1 + 8 + 1 + 2 + 1 + 1 + 1 + 1); /* up to the timestamp */

	struct span timestamp = wire_take(&in, 4);

	wire_u8(&in); /* transaction */

	uint16_t size = wire_u16(&in);

	if (in.bad || in.left >= size)
		return false;
	*out = (struct znp_ask){ .cmd0 = 0x24, .cmd1 = 0x12, .length = 7 };
	wire_put(&data, timestamp.data, timestamp.size);
	wire_put_u16(&data, 0); /* index */
	wire_put_u8(&data, 0);  /* length: give back */
	return true;
}

bool znp_af_confirm(struct znp_confirm *out, const struct znp_frame *f)
{
	struct wire_in in = wire_in((struct span){ f->data, f->length });

	out->status = wire_u8(&in);
	out->endpoint = wire_u8(&in);
	out->transaction = wire_u8(&in);
	return !in.bad;
}
