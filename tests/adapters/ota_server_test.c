#include "adapters/zigbee/ota_server.h"

#include "adapters/zigbee/zcl.h"
#include "server/base/check.h"
#include "tests/adapters/fake_radio.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define IDS "5C 11 04 00 00 00 07 11"

static uint8_t image[1000];
static struct ota_server server;
static struct ota_context context = { .now = 1000, .wall = 1000, .ours = true, .path = 63 };
static struct ota_answer answer;

static void order(int64_t job)
{
	ota_server_order(&server, &(struct ota_order){ .job = job,
					  .image = { image, sizeof image },
					  .key = { 0x115C, 0x0004, 0x11070000 } });
}

static const struct ota_answer *hear(const char *hex)
{
	uint8_t bytes[128];
	struct zcl_frame frame;

	cr_assert(zcl_parse(&frame, (struct span){ bytes, fake_unhex(bytes, sizeof bytes, hex) }));
	ota_server_frame(&server, &frame, &context, &answer);
	return &answer;
}

Test(ota_server, serves_blocks_that_no_query_announced)
{
	order(1);
	cr_assert(
		eq(int, (int)hear("01 01 03 00 " IDS " 10 00 00 00 3F")->event, OTA_BLOCK_SERVED));
	cr_assert(eq(u64, answer.offset, 16 + 63));
	cr_assert(ota_server_is_downloading(&server, 1000));
	cr_assert(ota_server_is_downloading(&server, 60999));
	cr_assert(not(ota_server_is_downloading(&server, 61000)), "a stall");
	cr_assert(ota_server_is_armed(&server, 61000), "that any request ends");
}

Test(ota_server, the_same_job_again_keeps_its_phase)
{
	order(1);
	hear("01 01 03 00 " IDS " 10 00 00 00 3F");
	order(1);
	cr_assert(eq(int, (int)server.phase, OTA_TRANSFERRING));
	order(2);
	cr_assert(eq(int, (int)server.phase, OTA_ARMED));
}

Test(ota_server, a_lock_that_starts_over_while_applying_is_served_and_ends_again)
{
	order(1);
	hear("01 01 03 00 " IDS " 10 00 00 00 3F");
	cr_assert(eq(int, (int)hear("01 02 06 00 " IDS)->event, OTA_COMPLETE));
	cr_assert(ota_server_finish(&server, 5, 9, &answer));
	cr_assert(
		eq(int, (int)hear("01 03 03 00 " IDS " 00 00 00 00 3F")->event, OTA_BLOCK_SERVED));
	cr_assert(eq(int, (int)hear("01 04 06 00 " IDS)->event, OTA_COMPLETE));
}

Test(ota_server, finish_answers_only_what_was_asked)
{
	order(1);
	cr_assert(not(ota_server_finish(&server, 5, 9, &answer)));
	hear("01 02 06 00 " IDS);
	cr_assert(ota_server_finish(&server, UINT32_MAX, 9, &answer));
	cr_assert(eq(u8, answer.bytes[1], 2), "the sequence number of the request");
	cr_assert(ota_server_finish(&server, 5, 9, &answer));
	cr_assert(eq(u8, answer.bytes[1], 9), "the release is our own message");
	cr_assert(not(ota_server_finish(&server, 5, 10, &answer)));
}

Test(ota_server, an_order_for_any_manufacturer_echoes_the_one_that_asks)
{
	order(1);
	server.order.key.manufacturer = 0xFFFF;
	hear("01 01 01 00 5C 11 04 00 00 00 04 11");
	cr_assert(eq(int, (int)answer.event, OTA_OFFERED));
	cr_assert(eq(u8, answer.bytes[4], 0x5C));
}

Test(ota_server, other_devices_of_the_house_wait_for_their_own_server)
{
	context.ours = false;
	hear("01 01 03 00 " IDS " 10 00 00 00 3F");
	cr_assert(eq(u8, answer.bytes[3], ZCL_WAIT_FOR_DATA));
}

Test(ota_server, statuses_have_stable_words)
{
	static const struct {
		int32_t status;
		const char *reason;
	} rows[] = {
		{ 0x96, "invalid_image" },
		{ 0x95, "aborted_by_lock" },
		{ 0x99, "require_more_image" },
		{ 0x89, "insufficient_space" },
		{ 0x01, "lock_refused" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_assert(
			eq(str, (char *)ota_server_reason(rows[i].status), (char *)rows[i].reason));
}
