#include "adapters/zigbee/aps_gate.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

enum { MAXIMUM = 12 };

static bool allows(uint16_t cluster, const uint8_t *zcl, size_t size)
{
	struct radio_send s = { .destination = 0x3A5C,
		.endpoint = 1,
		.source_endpoint = 1,
		.profile = 0x0104,
		.cluster = cluster,
		.payload = { zcl, size } };

	return aps_gate_allows(&s);
}

/* What the promise in aps_gate.h says, written down a second time and in another way. */
static bool promised(uint16_t cluster, uint8_t control, uint8_t command, size_t size)
{
	bool to_client = control & 8;

	if (control & 0xE4 || (control & 3) > 1)
		return false;
	if ((control & 3) == 0 && command == 0x0B)
		return size == 2;
	if ((control & 3) == 0)
		return command == 0x00 && size > 0 && size % 2 == 0 &&
		       (cluster == 0x0019 || !to_client);
	if (cluster == 0x0019 && to_client)
		return command == 0 || command == 2 || command == 5 || command == 7 || command == 9;
	if (cluster == 0x0020 && !to_client)
		return (command == 0 && size == 3) || (command == 1 && size == 0);
	return false;
}

Test(aps_gate, lets_exactly_the_promised_zcl_frames_through)
{
	static const uint16_t clusters[] = { 0x0000, 0x0001, 0x0003, 0x0004, 0x0005, 0x0006, 0x000A,
		0x0019, 0x0020, 0x0101, 0x0500, 0x0501, 0x0B05, 0xFC00, 0xFFFF };
	size_t passed = 0;

	for (size_t c = 0; c < sizeof clusters / sizeof *clusters; c++)
		for (unsigned i = 0; i < 0x10000; i++)
			for (size_t size = 0; size <= MAXIMUM; size++) {
				uint8_t zcl[3 + MAXIMUM] = { (uint8_t)(i >> 8), 7, (uint8_t)i };
				bool got = allows(clusters[c], zcl, 3 + size);

				passed += got;
				if (got != promised(clusters[c], zcl[0], zcl[2], size))
					cr_fatal("cluster %04x control %02x command %02x size %zu",
						clusters[c], zcl[0], zcl[2], size);
			}
	cr_assert(lt(sz, 100, passed));
}

Test(aps_gate, never_lets_a_door_lock_command_through)
{
	for (unsigned i = 0; i < 0x10000; i++)
		for (size_t size = 0; size <= MAXIMUM; size++) {
			uint8_t zcl[3 + MAXIMUM] = { (uint8_t)(i >> 8), 7, (uint8_t)i };

			if (zcl[0] & 3)
				cr_assert(not(allows(0x0101, zcl, 3 + size)));
		}
}

Test(aps_gate, refuses_frames_too_short_for_a_header_and_too_long_for_the_air)
{
	static const uint8_t zcl[RADIO_PAYLOAD_MAX + 1] = { 0x19, 1, 0x05 };

	for (size_t size = 0; size < 3; size++)
		cr_assert(not(allows(0x0019, zcl, size)));
	cr_assert(allows(0x0019, zcl, RADIO_PAYLOAD_MAX));
	cr_assert(not(allows(0x0019, zcl, RADIO_PAYLOAD_MAX + 1)));
}

Test(aps_gate, refuses_other_profiles_broadcasts_and_endpoints)
{
	static const uint8_t zcl[] = { 0x19, 1, 0x00, 0, 100 };
	const struct radio_send good = { .destination = 0x3A5C,
		.endpoint = 1,
		.source_endpoint = 1,
		.profile = 0x0104,
		.cluster = 0x0019,
		.payload = { zcl, sizeof zcl } };
	struct radio_send s = good;

	cr_assert(aps_gate_allows(&s));
	for (unsigned profile = 1; profile < 0x10000; profile++) {
		s.profile = (uint16_t)profile;
		cr_assert(eq(int, aps_gate_allows(&s), profile == 0x0104));
	}
	s = good;
	for (unsigned to = 0xFFF0; to <= 0xFFFF; to++) {
		s.destination = (uint16_t)to;
		cr_assert(eq(int, aps_gate_allows(&s), to < 0xFFF8));
	}
	s = good;
	for (unsigned endpoint = 0; endpoint < 0x100; endpoint++) {
		bool fits = endpoint >= 1 && endpoint <= 240;

		s.endpoint = (uint8_t)endpoint;
		s.source_endpoint = 1;
		cr_assert(eq(int, aps_gate_allows(&s), fits));
		s.endpoint = 1;
		s.source_endpoint = (uint8_t)endpoint;
		cr_assert(eq(int, aps_gate_allows(&s), fits));
	}
}

static int zdo_size(uint16_t cluster)
{
	switch (cluster) {
	case 0x0000:
		return 10;
	case 0x0001:
		return 4;
	case 0x0002:
	case 0x0005:
		return 2;
	case 0x0004:
		return 3;
	case 0x0031:
		return 1;
	default:
		return -1;
	}
}

Test(aps_gate, lets_only_the_named_zdo_questions_through)
{
	static const uint8_t zeros[32];

	for (unsigned cluster = 0; cluster < 0x10000; cluster++)
		for (size_t size = 0; size <= 16; size++) {
			struct radio_send s = { .destination = 0x3A5C,
				.cluster = (uint16_t)cluster,
				.payload = { zeros, size } };
			bool want = (int)size == zdo_size((uint16_t)cluster);

			if (aps_gate_allows(&s) != want)
				cr_fatal("cluster %04x size %zu", cluster, size);
			s.destination = 0xFFFD;
			if (aps_gate_allows(&s) != (want && cluster == 0))
				cr_fatal("broadcast cluster %04x size %zu", cluster, size);
			s.destination = 0x3A5C;
			s.endpoint = 1;
			cr_assert(not(aps_gate_allows(&s)));
		}
}
