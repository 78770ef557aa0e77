#include "tests/ota/make_image.h"

#include "server/base/wire.h"

static size_t extra(unsigned control)
{
	return (control & 1 ? 1u : 0) + (control & 2 ? 8u : 0) + (control & 4 ? 4u : 0);
}

size_t make_image(uint8_t *out, const struct made_image *m)
{
	struct wire_out w = wire_out(out, MADE_MAX);
	size_t length = m->header_length ? m->header_length : 56 + extra(m->control);
	char string[32] = { 0 };

	if (m->string)
		memcpy(string, m->string, strnlen(m->string, sizeof string));
	wire_put_u32(&w, 0x0BEEF11E);
	wire_put_u16(&w, m->header_version ? m->header_version : 0x0100);
	wire_put_u16(&w, (uint16_t)length);
	wire_put_u16(&w, m->control);
	wire_put_u16(&w, m->manufacturer);
	wire_put_u16(&w, m->type);
	wire_put_u32(&w, m->version);
	wire_put_u16(&w, 2);
	wire_put(&w, string, sizeof string);
	wire_put_u32(&w, m->total ? m->total : (uint32_t)(length + m->body.size));
	if (m->control & 1)
		wire_put_u8(&w, m->security);
	if (m->control & 2)
		wire_put_u64(&w, m->destination);
	if (m->control & 4) {
		wire_put_u16(&w, m->hardware_min);
		wire_put_u16(&w, m->hardware_max);
	}
	while (w.size < length && !w.bad)
		wire_put_u8(&w, 0x77);
	wire_put(&w, m->body.data, m->body.size);
	return w.size;
}

size_t make_element(uint8_t *out, uint16_t tag, struct span data)
{
	struct wire_out w = wire_out(out, data.size + 6);

	wire_put_u16(&w, tag);
	wire_put_u32(&w, (uint32_t)data.size);
	wire_put(&w, data.data, data.size);
	return w.size;
}
