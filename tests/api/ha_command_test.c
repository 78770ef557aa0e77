#include "api/ha_command.h"

#include "api/problem.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static enum err_code read_text(struct ha_command *out, const char *text)
{
	struct err e;

	return ha_command_read(out, (struct span){ (const uint8_t *)text, strlen(text) }, &e);
}

Test(ha_command, reads_each_action)
{
	static const char *const texts[] = { "{\"action\":\"install\"}", "{\"action\":\"cancel\"}",
		"{\"action\":\"check\"}", "{\"action\":\"dismiss\"}", "{\"action\":\"started\"}" };
	struct ha_command command;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cr_assert(read_text(&command, texts[i]) == OK);
		cr_expect(eq(sz, command.action, i));
		cr_expect(not(command.has_version));
	}
}

Test(ha_command, install_may_name_a_version)
{
	struct ha_command command;

	cr_assert(read_text(&command, "{\"action\":\"install\",\"version\":\"17.7.0.0\"}") == OK);
	cr_expect(command.has_version);
	cr_expect(eq(u32, command.version, 0x11070000));
}

Test(ha_command, everything_else_is_refused_and_leaves_the_output_alone)
{
	static const char *const texts[] = { "", "install", "null", "[]", "{}", "\"install\"",
		"{\"action\":\"unlock\"}", "{\"action\":1}", "{\"action\":\"install\"",
		"{\"action\":\"install\",\"action\":\"cancel\"}",
		"{\"action\":\"install\",\"force\":[\"battery_low\"]}",
		"{\"action\":\"install\",\"allow_downgrade\":true}",
		"{\"action\":\"install\",\"version\":\"new\"}",
		"{\"action\":\"cancel\",\"version\":\"17.7.0.0\"}",
		"{\"action\":\"install\",\"version\":17}",
		"{\"action\":\"installinstallinstall\"}" };
	struct ha_command command = { .action = HA_DISMISS, .version = 7 };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		cr_expect(read_text(&command, texts[i]) != OK, "%s", texts[i]);
	cr_expect(command.action == HA_DISMISS);
	cr_expect(eq(u32, command.version, 7));
}
