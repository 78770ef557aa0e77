/* What is in the non-volatile memory of sticks: formed, blank, router, about to wipe itself. */
#include "server/base/wire.h"
#include "tests/sim/sim_znp_nv.h"

/* NIB as ARM sticks keep it (aligned) and as 8051 sticks do. */
static const uint8_t NIB_116[116] = {
	0x60,
	0x05,
	0x02,
	0x33,
	0x0F,
	0x33,
	0x00,
	0x1E,
	0x00,
	0x00,
	0x00,
	0x01,
	0x05,
	0x01,
	0x8F,
	0x00,
	0x07,
	0x00,
	0x02,
	0x0D,
	0x1E,
	0x00,
	0x00,
	0x00,
	0x0F,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x02,
	0x44,
	0x08,
	0x00,
	0x00,
	0x80,
	0x00,
	0x00,
	0x0F,
	0x0F,
	0x04,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x00,
	0xA0,
	0x83,
	0xE6,
	0xB5,
	0xA8,
	0x38,
	0xBA,
	0xA2,
	0x01,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x0F,
	0x05,
	0x00,
	0x01,
	0x78,
	0x0A,
	0x01,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
};
static const uint8_t NIB_110[110] = {
	0x49,
	0x05,
	0x02,
	0x15,
	0x14,
	0x15,
	0x00,
	0x14,
	0x00,
	0x00,
	0x00,
	0x01,
	0x05,
	0x01,
	0x8F,
	0x07,
	0x00,
	0x02,
	0x05,
	0x1E,
	0x00,
	0x00,
	0x0B,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x62,
	0x1A,
	0x08,
	0x00,
	0x08,
	0x00,
	0x00,
	0x0F,
	0x0F,
	0x05,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x00,
	0xDD,
	0xDD,
	0xDD,
	0xDD,
	0xDD,
	0xDD,
	0xDD,
	0xDD,
	0x01,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x0F,
	0x03,
	0x00,
	0x01,
	0x3C,
	0x0A,
	0x01,
	0x00,
	0x00,
	0x64,
	0x00,
	0x00,
};

struct nib_layout {
	const uint8_t *pattern;
	size_t size;
	size_t address, channel, coordinator, pan_id, state, channels, ext_pan_id, key_loaded;
};

static const struct nib_layout ALIGNED = { NIB_116, 116, 22, 24, 26, 36, 38, 40, 57, 65 };
static const struct nib_layout PACKED = { NIB_110, 110, 20, 22, 23, 33, 35, 36, 53, 61 };

/* A key for tests only. */
static const uint8_t KEY[16] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B,
	0x0C, 0x0D, 0x0E, 0x0F, 0x10 };
static const uint8_t SEED[16] = { 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA,
	0xAB, 0xAC, 0xAD, 0xAE, 0xAF };

static const struct nib_layout *layout_of(size_t size)
{
	return size == ALIGNED.size ? &ALIGNED : &PACKED;
}

static void poke(uint8_t *at, uint64_t value, size_t size)
{
	struct wire_out w = wire_out(at, size);

	wire_put_uint(&w, value, size);
}

static uint64_t peek(const uint8_t *at, size_t size)
{
	struct wire_in w = wire_in((struct span){ at, size });

	return wire_uint(&w, size);
}

static void put_nib(struct nv *nv, const struct nib_layout *l, const struct nv_network *net)
{
	uint8_t nib[116];

	memcpy(nib, l->pattern, l->size);
	nib[l->channel] = net->channel;
	poke(nib + l->pan_id, net->pan_id, 2);
	poke(nib + l->ext_pan_id, net->ext_pan_id, 8);
	nv_put(nv, NV_NIB, nib, l->size);
}

/* A blank 1.2 stick has a NIB all the same. */
static void put_blank_nib(struct nv *nv, uint64_t ieee)
{
	uint8_t nib[110];
	const struct nib_layout *l = &PACKED;

	memcpy(nib, l->pattern, l->size);
	nib[l->channel] = 0;
	poke(nib + l->address, 0xFFFE, 2);
	poke(nib + l->coordinator, 0xFFFE, 2);
	poke(nib + l->pan_id, 0xFFFE, 2);
	nib[l->state] = 0;
	poke(nib + l->channels, 0, 4);
	poke(nib + l->ext_pan_id, ieee, 8);
	nib[l->key_loaded] = 0;
	nv_put(nv, NV_NIB, nib, l->size);
}

static void put_byte(struct nv *nv, uint64_t id, uint8_t value)
{
	nv_put(nv, id, &value, 1);
}

static void put_number(struct nv *nv, uint64_t id, uint64_t value, size_t size)
{
	uint8_t raw[8];

	poke(raw, value, size);
	nv_put(nv, id, raw, size);
}

static void put_keys(struct nv *nv, enum sim_znp_stack stack)
{
	uint8_t with_sequence[17] = { 0 }, in_use[24] = { 0 };
	size_t counter = stack == SIM_ZSTACK_3X0 ? 20 : 17;

	memcpy(with_sequence + 1, KEY, sizeof KEY);
	nv_put(nv, NV_ACTIVE_KEY, with_sequence, sizeof with_sequence);
	nv_put(nv, NV_ALTERNATE_KEY, with_sequence, sizeof with_sequence);
	nv_put(nv, NV_PRECFGKEY, KEY, sizeof KEY);
	put_byte(nv, 0x0063, 1);
	memcpy(in_use, with_sequence, sizeof with_sequence);
	poke(in_use + counter, 0x00001388, 4);
	nv_put(nv, NV_NWKKEY, in_use, counter + 4);
}

static void put_counters(struct nv *nv, enum sim_znp_stack stack, uint64_t ext_pan_id)
{
	uint8_t entry[12];

	if (stack == SIM_ZSTACK_12)
		return;
	poke(entry, 0x00001388, 4);
	poke(entry + 4, ext_pan_id, 8);
	nv_put(nv, stack == SIM_ZSTACK_30X ? 0x0075 : nv_table(1, NV_TABLE_COUNTERS, 0), entry,
		sizeof entry);
}

/* Four empty entries each are enough for who walks the tables. */
static void put_tables(struct nv *nv, enum sim_znp_stack stack)
{
	static const uint8_t no_address[12] = { 0x00, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
		0xFF, 0xFF, 0xFF, 0xFF };
	static const uint8_t no_key[20] = { 0 };
	uint8_t packed[4 * 11];

	for (uint16_t i = 0; i < 4; i++) {
		memcpy(packed + 11 * i, no_address, 11);
		if (stack != SIM_ZSTACK_3X0)
			continue;
		nv_put(nv, nv_table(1, NV_TABLE_ADDRESSES, i), no_address, sizeof no_address);
		nv_put(nv, nv_table(1, NV_TABLE_LINK_KEYS, i), no_key, sizeof no_key);
	}
	if (stack != SIM_ZSTACK_3X0)
		nv_put(nv, 0x0023, packed, sizeof packed);
	if (stack != SIM_ZSTACK_12)
		nv_put(nv, 0x0101, SEED, sizeof SEED);
}

void nv_form(struct nv *nv, enum sim_znp_stack stack, const struct nv_network *net)
{
	put_nib(nv, stack == SIM_ZSTACK_3X0 ? &ALIGNED : &PACKED, net);
	put_number(nv, NV_PANID, net->pan_id, 2);
	put_number(nv, NV_CHANLIST, UINT64_C(1) << net->channel, 4);
	put_number(nv, NV_EXTENDED_PAN_ID, net->ext_pan_id, 8);
	if (!nv_get(nv, NV_ACTIVE_KEY).size)
		put_keys(nv, stack);
	put_counters(nv, stack, net->ext_pan_id);
	if (stack != SIM_ZSTACK_12)
		put_byte(nv, NV_ON_A_NETWORK, 1);
}

void nv_forget_network(struct nv *nv, enum sim_znp_stack stack)
{
	struct span ieee = nv_get(nv, NV_EXTADDR);

	nv_remove(nv, NV_NIB);
	nv_remove(nv, NV_NWKKEY);
	if (stack == SIM_ZSTACK_12)
		put_blank_nib(nv, peek(ieee.data, 8));
	else
		put_byte(nv, NV_ON_A_NETWORK, 0);
}

/* Both are what Zigbee2MQTT and ZHA leave behind. */
static void put_owners_marks(struct nv *nv, enum sim_znp_stack stack)
{
	put_byte(nv, stack == SIM_ZSTACK_12 ? 0x0F00 : 0x0060, 0x55);
	put_byte(nv, 0x005F, 1);
}

/* Routing and child ageing, as the firmware for coordinators has them. */
static void put_tuning(struct nv *nv)
{
	static const uint8_t items[][2] = { { 0x2B, 7 }, { 0x30, 30 }, { 0x32, 1 }, { 0x33, 120 },
		{ 0x34, 10 }, { 0x36, 1 }, { 0x38, 255 }, { 0x3E, 0 } };

	for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
		put_byte(nv, items[i][0], items[i][1]);
}

void nv_fill(struct nv *nv, const struct sim_znp_options *options, const struct nv_network *net)
{
	bool blank = options->form == SIM_BLANK;
	uint8_t startup = 0;

	if (options->form == SIM_WIPE_ARMED || (blank && options->stack == SIM_ZSTACK_3X0))
		startup = 2;
	put_number(nv, NV_EXTADDR, net->coordinator, 8);
	put_byte(nv, NV_STARTUP_OPTION, startup);
	put_tuning(nv);
	put_byte(nv, NV_LOGICAL_TYPE, options->form == SIM_ROUTER);
	put_number(nv, NV_PANID, 0xFFFF, 2);
	put_number(nv, NV_CHANLIST, 0x00000800, 4);
	put_tables(nv, options->stack);
	if (blank) {
		if (options->stack == SIM_ZSTACK_12)
			put_blank_nib(nv, net->coordinator);
		return;
	}
	nv_form(nv, options->stack, net);
	put_owners_marks(nv, options->stack);
	put_byte(nv, NV_DIRECT_CB, !options->no_direct_cb);
}

bool nv_network_of(const struct nv *nv, struct nv_network *out)
{
	struct span nib = nv_get(nv, NV_NIB);
	const struct nib_layout *l = layout_of(nib.size);

	if (nib.size != l->size || !nib.data[l->key_loaded] ||
		peek(nib.data + l->address, 2) == 0xFFFE)
		return false;
	*out = (struct nv_network){ .channel = nib.data[l->channel],
		.pan_id = (uint16_t)peek(nib.data + l->pan_id, 2),
		.ext_pan_id = peek(nib.data + l->ext_pan_id, 8),
		.coordinator = peek(nv_get(nv, NV_EXTADDR).data, 8) };
	return true;
}
