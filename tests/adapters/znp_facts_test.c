#include "adapters/zigbee/znp/znp_facts.h"

#include "adapters/zigbee/network_pin.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* NIBs of a formed 3.x.0 stick (aligned) and a formed 1.2 stick, cut to the fields that count. */
static void fill_nib(uint8_t *raw, size_t size)
{
	bool aligned = size == ZNP_NIB_ALIGNED;
	static const uint8_t ext[] = { 0xA0, 0x83, 0xE6, 0xB5, 0xA8, 0x38, 0xBA, 0xA2 };

	memset(raw, 0, size);
	raw[aligned ? 24 : 22] = 15;
	raw[aligned ? 36 : 33] = 0x02;
	raw[aligned ? 37 : 34] = 0x44;
	raw[aligned ? 38 : 35] = 8;
	memcpy(raw + (aligned ? 57 : 53), ext, sizeof ext);
	raw[aligned ? 65 : 61] = 1;
}

static struct znp_facts formed(void)
{
	struct znp_facts f = { .stack = ZNP_STACK_3X0,
		.startup_option = 0,
		.logical_type = 0,
		.on_a_network = 1,
		.direct_cb = 1,
		.nib_size = ZNP_NIB_ALIGNED,
		.ieee = 0x00124B001E17EFA8 };
	uint8_t raw[ZNP_NIB_MAX];

	fill_nib(raw, ZNP_NIB_ALIGNED);
	cr_assert(znp_nib_read(&f.nib, (struct span){ raw, ZNP_NIB_ALIGNED }));
	return f;
}

static void refused(const struct znp_facts *f, const char *reason)
{
	struct err e = { 0 };

	cr_assert(eq(int, znp_facts_check(f, &e), ERR_REFUSED));
	cr_assert(eq(str, e.reason, (char *)reason));
}

Test(znp_nib, is_read_in_both_layouts)
{
	static const size_t sizes[] = { ZNP_NIB_UNALIGNED, ZNP_NIB_ALIGNED };

	for (size_t i = 0; i < 2; i++) {
		uint8_t raw[ZNP_NIB_MAX];
		struct znp_nib nib;

		fill_nib(raw, sizes[i]);
		cr_assert(znp_nib_read(&nib, (struct span){ raw, sizes[i] }));
		cr_assert(eq(u8, nib.channel, 15));
		cr_assert(eq(u16, nib.pan_id, 0x4402));
		cr_assert(eq(u64, nib.ext_pan_id, 0xA2BA38A8B5E683A0));
		cr_assert(eq(u16, nib.address, 0));
		cr_assert(nib.key_loaded);
		cr_assert(znp_nib_has_network(&nib));
	}
}

Test(znp_nib, any_other_size_is_unknown)
{
	static const uint8_t raw[200];
	struct znp_nib nib;

	for (size_t size = 0; size < sizeof raw; size++)
		cr_assert(eq(int, znp_nib_read(&nib, (struct span){ raw, size }),
			size == ZNP_NIB_UNALIGNED || size == ZNP_NIB_ALIGNED));
}

Test(znp_facts, a_formed_coordinator_may_be_started)
{
	struct znp_facts f = formed();

	cr_assert(eq(int, znp_facts_check(&f, NULL), OK));
	f.startup_option = 0x04; /* starts by itself: harmless */
	cr_assert(eq(int, znp_facts_check(&f, NULL), OK));
	f.startup_option = ZNP_ABSENT;
	cr_assert(eq(int, znp_facts_check(&f, NULL), OK));
}

Test(znp_facts, each_wiping_startup_bit_refuses)
{
	for (int bit = 0; bit < 8; bit++) {
		struct znp_facts f = formed();

		f.startup_option = 1 << bit;
		if (f.startup_option & 0x83)
			refused(&f, "stick_wipe_armed");
		else
			cr_assert(eq(int, znp_facts_check(&f, NULL), OK));
	}
}

Test(znp_facts, other_roles_and_blank_sticks_are_refused)
{
	struct znp_facts f = formed();

	f.logical_type = 1;
	refused(&f, "stick_not_coordinator");
	f = formed();
	f.nib.address = 0x1234;
	refused(&f, "stick_not_coordinator");
	f = formed();
	f.on_a_network = ZNP_ABSENT;
	refused(&f, "stick_blank");
	f = formed();
	f.nib_size = 0;
	refused(&f, "stick_blank");
	f = formed();
	f.nib.channel = 0;
	refused(&f, "stick_blank");
	f = formed();
	f.nib.pan_id = 0xFFFE;
	refused(&f, "stick_blank");
	f = formed();
	f.nib.key_loaded = false;
	refused(&f, "stick_blank");
	f = formed();
	f.nib_size = 114;
	refused(&f, "stick_unknown");
}

Test(znp_facts, z_stack_1_2_has_no_flag_for_being_on_a_network)
{
	struct znp_facts f = formed();

	f.stack = ZNP_STACK_12;
	f.on_a_network = ZNP_ABSENT;
	cr_assert(eq(int, znp_facts_check(&f, NULL), OK));
}

static char stored[128];

static const char *get(struct adapter_store *store, const char *key)
{
	(void)store;
	(void)key;
	return stored[0] ? stored : NULL;
}

static void put(struct adapter_store *store, const char *key, const char *value)
{
	(void)store;
	(void)key;
	strcpy(stored, value);
}

Test(network_pin, what_is_saved_is_loaded_and_any_other_network_refused)
{
	struct adapter_store store = { get, put };
	const struct radio_network good = { 15, 0x4402, 0xA2BA38A8B5E683A0, 0x00124B001E17EFA8 };
	const struct radio_options options = { .store = &store };
	struct network_expect x;
	struct radio_network other;
	struct err e;

	network_pin_expect(&x, &options);
	cr_assert(x.pin[0] == '\0');
	cr_assert(eq(int, network_check(&x, &good, &e), ERR_REFUSED));
	cr_assert(eq(str, e.reason, "adoption_unconfirmed"));
	network_pin_adopt(&x, &store, &good);
	network_pin_expect(&x, &options);
	cr_assert(x.pin[0] != '\0');
	cr_assert(eq(int, network_check(&x, &good, &e), OK));
	for (int i = 0; i < 4; i++) {
		other = good;
		other.channel ^= i == 0;
		other.pan_id ^= i == 1;
		other.ext_pan_id ^= i == 2;
		other.coordinator ^= i == 3;
		cr_assert(eq(int, network_check(&x, &other, &e), ERR_REFUSED), "field %d", i);
		cr_assert(eq(str, e.reason, "foreign_network"));
	}
}

Test(network_pin, consent_does_not_lift_a_pin_or_the_configuration)
{
	const struct radio_network found = { 15, 0x4402, 1, 2 };
	struct network_expect x = { .adopt = true, .has_pan_id = true, .pan_id = 0x1A62 };
	struct err e;

	cr_assert(eq(int, network_check(&x, &found, &e), ERR_REFUSED));
	cr_assert(eq(str, e.reason, "foreign_network"));
	x = (struct network_expect){ .adopt = true, .pin = "channel=15 pan=0x1A62" };
	cr_assert(eq(int, network_check(&x, &found, &e), ERR_REFUSED));
}
