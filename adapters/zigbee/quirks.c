#include "adapters/zigbee/quirks.h"

#include "server/base/check.h"

#include <stddef.h>

static const struct quirk table[] = {
	{ .manufacturer = 0x117A, .block_cap = 40 }, /* Insta */
	{ .manufacturer = 0x1135, .block_cap = 40 }, /* dresden elektronik: BitCloud fault */
	{ .manufacturer = 0x112E, .block_cap = 40 }, /* Busch-Jaeger: the same */
	{ .manufacturer = 0x1021, .exact = true },   /* Legrand */
	{ .manufacturer = 0x1141, .by_16 = true },   /* Telink */
	{ .manufacturer = 0x1286, .by_16 = true },   /* Sonoff, Telink based */
	{ .manufacturer = 0x1189, .by_16 = true },   /* LEDVANCE, Telink based */
};

const struct quirk *quirk_of(uint16_t manufacturer)
{
	static const struct quirk none = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].manufacturer == manufacturer)
			return &table[i];
	return &none;
}
