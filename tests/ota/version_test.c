#include "ota/version.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(version, shows_four_dotted_bytes)
{
	char text[VERSION_TEXT_SIZE];

	version_text(text, 0x11070000);
	cr_assert(eq(str, text, "17.7.0.0"));
	version_text(text, 0xFFFFFFFF);
	cr_assert(eq(str, text, "255.255.255.255"));
}

Test(version, reads_dotted_hex_and_decimal)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t version;
	} rows[] = {
		{ "17.7.0.0", true, 0x11070000 },
		{ "0x11070000", true, 0x11070000 },
		{ "10205", true, 10205 },
		{ "255.255.255.255", true, 0xFFFFFFFF },
		{ "4294967295", true, 0xFFFFFFFF },
		{ "4294967296", false, 0 },
		{ "1.2.3", false, 0 },
		{ "1.2.3.4.5", false, 0 },
		{ "1.2.3.256", false, 0 },
		{ "1..3.4", false, 0 },
		{ "1.2.3.", false, 0 },
		{ "+1.2.3.4", false, 0 },
		{ " 1.2.3.4", false, 0 },
		{ "-1.2.3.4", false, 0 },
		{ "1.2.3.4 ", false, 0 },
		{ "", false, 0 },
		{ ".", false, 0 },
		{ "latest", false, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t v = 0;

		cr_assert(
			eq(int, version_parse(&v, rows[i].text), rows[i].good), "%s", rows[i].text);
		cr_assert(eq(u32, v, rows[i].version), "%s", rows[i].text);
	}
}
