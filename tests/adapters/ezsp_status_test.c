#include "adapters/zigbee/ezsp/ezsp_status.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

struct row {
	uint32_t ember, sl;
	enum ezsp_meaning meaning;
	enum radio_result result;
};

ParameterizedTestParameters(ezsp_status, both_spaces_mean_the_same)
{
	static struct row rows[] = {
		{ 0x00, 0x0000, EZSP_OK, RADIO_DELIVERED },
		{ 0x01, 0x0001, EZSP_FAILED, RADIO_NO_ANSWER },
		{ 0x18, 0x0019, EZSP_NO_BUFFERS, RADIO_NO_ROOM },
		{ 0x39, 0x0053, EZSP_BUSY, RADIO_NO_ROOM },
		{ 0x40, 0x0040, EZSP_DELIVERY_FAILED, RADIO_NO_ANSWER },
		{ 0x42, 0x0041, EZSP_DELIVERY_FAILED, RADIO_NO_ANSWER },
		{ 0x66, 0x0C02, EZSP_DELIVERY_FAILED, RADIO_NO_ANSWER },
		{ 0x70, 0x0002, EZSP_INVALID_STATE, RADIO_LOST },
		{ 0x72, 0x0C03, EZSP_MESSAGE_LIMIT, RADIO_NO_ROOM },
		{ 0x74, 0x0038, EZSP_MESSAGE_TOO_LONG, RADIO_TOO_LONG },
		{ 0x90, 0x0015, EZSP_NETWORK_UP, RADIO_NO_ANSWER },
		{ 0x91, 0x0016, EZSP_NETWORK_DOWN, RADIO_LOST },
		{ 0x93, 0x0017, EZSP_NOT_JOINED, RADIO_LOST },
		{ 0x9B, 0x0C17, EZSP_NETWORK_CHANGED, RADIO_NO_ANSWER },
		{ 0xA1, 0x0004, EZSP_BUSY, RADIO_NO_ROOM },
		{ 0xA9, 0x0C13, EZSP_ROUTE_FAILED, RADIO_NO_ANSWER },
		{ 0xEE, 0xEEEE, EZSP_FAILED, RADIO_NO_ANSWER },
	};
	return cr_make_param_array(struct row, rows, sizeof rows / sizeof *rows);
}

ParameterizedTest(struct row *row, ezsp_status, both_spaces_mean_the_same)
{
	struct ezsp_status ember = { EZSP_SPACE_EMBER, row->ember };
	struct ezsp_status sl = { EZSP_SPACE_SL, row->sl };

	cr_assert(eq(int, ezsp_status_meaning(ember), row->meaning), "%02x", row->ember);
	cr_assert(eq(int, ezsp_status_meaning(sl), row->meaning), "%04x", row->sl);
	cr_assert(eq(int, ezsp_ember_result((int32_t)row->ember), row->result), "%02x", row->ember);
	cr_assert(eq(int, ezsp_sl_result((int32_t)row->sl), row->result), "%04x", row->sl);
	cr_assert(eq(str, (char *)ezsp_status_name(ember), (char *)ezsp_status_name(sl)));
}

Test(ezsp_status, the_same_number_is_told_apart_by_its_space)
{
	cr_assert(eq(int, ezsp_status_meaning((struct ezsp_status){ EZSP_SPACE_EZSP, 0x38 }),
		EZSP_INVALID_STATE));
	cr_assert(eq(int, ezsp_status_meaning((struct ezsp_status){ EZSP_SPACE_SL, 0x38 }),
		EZSP_MESSAGE_TOO_LONG));
	cr_assert(eq(int, ezsp_status_meaning((struct ezsp_status){ EZSP_SPACE_EMBER, 0x38 }),
		EZSP_FAILED));
	cr_assert(eq(int, ezsp_status_meaning((struct ezsp_status){ EZSP_SPACE_EZSP, 0x31 }),
		EZSP_NOT_SUPPORTED));
	cr_assert(eq(int, ezsp_status_meaning((struct ezsp_status){ EZSP_SPACE_EMBER, 0x31 }),
		EZSP_DELIVERY_FAILED));
}

/* 0x90 is up and 0x91 is down, easily confused. */
Test(ezsp_status, up_is_up)
{
	cr_assert(eq(str, (char *)ezsp_status_name((struct ezsp_status){ EZSP_SPACE_EMBER, 0x90 }),
		"network_up"));
	cr_assert(eq(str, (char *)ezsp_status_name((struct ezsp_status){ EZSP_SPACE_SL, 0x0016 }),
		"network_down"));
}

Test(ezsp_status, an_answer_without_a_status_is_no_failure)
{
	cr_assert(ezsp_status_ok((struct ezsp_status){ EZSP_SPACE_NONE, 0 }));
	cr_assert(not(ezsp_status_ok((struct ezsp_status){ EZSP_SPACE_SL, 0xFFFFFFFF })));
	cr_assert(not(ezsp_status_ok((struct ezsp_status){ EZSP_SPACE_EMBER, 0xFFFFFFFF })));
}
