#include "adapters/zigbee/znp/znp_nib.h"

#include "server/base/wire.h"

struct layout {
	uint8_t address, channel, pan_id, state, ext_pan_id, key_loaded; /* offsets */
};

static const struct layout unaligned = { 20, 22, 33, 35, 53, 61 };
static const struct layout aligned = { 22, 24, 36, 38, 57, 65 };

static uint64_t field(struct span raw, size_t offset, size_t size)
{
	struct wire_in in = wire_in((struct span){ raw.data + offset, raw.size - offset });

	return wire_uint(&in, size);
}

bool znp_nib_read(struct znp_nib *out, struct span raw)
{
	const struct layout *l = raw.size == ZNP_NIB_ALIGNED ? &aligned : &unaligned;

	if (raw.size != ZNP_NIB_ALIGNED && raw.size != ZNP_NIB_UNALIGNED)
		return false;
	*out = (struct znp_nib){
		.address = (uint16_t)field(raw, l->address, 2),
		.channel = (uint8_t)field(raw, l->channel, 1),
		.pan_id = (uint16_t)field(raw, l->pan_id, 2),
		.ext_pan_id = field(raw, l->ext_pan_id, 8),
		.state = (uint8_t)field(raw, l->state, 1),
		.key_loaded = field(raw, l->key_loaded, 1) == 1,
	};
	return true;
}

bool znp_nib_has_network(const struct znp_nib *nib)
{
	return nib->channel >= 11 && nib->channel <= 26 && nib->pan_id < 0xFFFE &&
	       nib->ext_pan_id != 0 && nib->ext_pan_id != UINT64_MAX && nib->key_loaded;
}

bool znp_nib_same(const struct znp_nib *a, const struct znp_nib *b)
{
	return a->address == b->address && a->channel == b->channel && a->pan_id == b->pan_id &&
	       a->ext_pan_id == b->ext_pan_id && a->key_loaded == b->key_loaded;
}
