#include "adapters/zigbee/ezsp/ezsp_frame.h"

#include "server/base/wire.h"

enum header { HEADER_OLDEST, HEADER_MARKED, HEADER_WIDE };
enum { MARKER = 0xFF, FORMAT_1 = 0x01 };

static enum header header_of(uint8_t version)
{
	if (version <= EZSP_OLDEST)
		return HEADER_OLDEST;
	return version < 8 ? HEADER_MARKED : HEADER_WIDE;
}

static bool read_id(enum header header, struct wire_in *in, uint16_t *id)
{
	bool good = true;

	if (header == HEADER_WIDE)
		good = wire_u8(in) == FORMAT_1;
	else if (header == HEADER_MARKED)
		good = wire_u8(in) == MARKER && wire_u8(in) == 0;
	*id = header == HEADER_WIDE ? wire_u16(in) : wire_u8(in);
	return good && !in->bad;
}

bool ezsp_frame_read(uint8_t version, struct span raw, struct ezsp_frame *frame)
{
	struct wire_in in = wire_in(raw);
	struct ezsp_frame f = { .sequence = wire_u8(&in), .control = 0 };

	f.control = wire_u8(&in);
	if (!read_id(header_of(version), &in, &f.id))
		return false;
	f.params = wire_take(&in, in.left);
	*frame = f;
	return true;
}

bool ezsp_frame_is_callback(const struct ezsp_frame *frame)
{
	return frame->control & (EZSP_CONTROL_CALLBACK | EZSP_CONTROL_SYNC_CALLBACK);
}

size_t ezsp_frame_write(
	uint8_t version, const struct ezsp_frame *frame, uint8_t out[static EZSP_FRAME_MAX])
{
	struct wire_out w = wire_out(out, EZSP_FRAME_MAX);
	enum header header = header_of(version);

	if (header != HEADER_WIDE && frame->id >= MARKER)
		return 0;
	wire_put_u8(&w, frame->sequence);
	wire_put_u8(&w, frame->control);
	if (header == HEADER_WIDE) {
		wire_put_u8(&w, FORMAT_1);
		wire_put_u16(&w, frame->id);
	} else {
		if (header == HEADER_MARKED)
			wire_put_u16(&w, MARKER);
		wire_put_u8(&w, (uint8_t)frame->id);
	}
	wire_put(&w, frame->params.data, frame->params.size);
	return w.bad ? 0 : w.size;
}
