#include "adapters/zigbee/znp/znp_status.h"

#include "server/base/check.h"

struct row {
	uint8_t status;
	enum radio_result result;
	const char *name;
};

static const struct row rows[] = {
	{ 0x00, RADIO_DELIVERED, "success" }, { 0x01, RADIO_NO_ANSWER, "failure" },
	{ 0x02, RADIO_LOST, "invalid_parameter" }, /* our endpoint is gone: the stick restarted */
	{ 0x10, RADIO_NO_ROOM, "memory" }, { 0x11, RADIO_NO_ROOM, "buffer_full" },
	{ 0x13, RADIO_NO_ROOM, "mac_memory" }, { 0x1A, RADIO_NO_ROOM, "mac_no_resources" },
	{ 0xB1, RADIO_NO_ANSWER, "aps_fail" }, { 0xB2, RADIO_NO_ROOM, "aps_table_full" },
	{ 0xB7, RADIO_NO_ANSWER, "aps_no_ack" }, { 0xC7, RADIO_NO_ROOM, "table_full" },
	{ 0xC8, RADIO_NO_ANSWER, "unknown_device" }, { 0xCC, RADIO_NO_ANSWER, "nwk_no_ack" },
	{ 0xCD, RADIO_NO_ANSWER, "no_route" }, { 0xE1, RADIO_NO_ROOM, "channel_busy" },
	{ 0xE5, RADIO_TOO_LONG, "frame_too_long" }, { 0xE9, RADIO_NO_ANSWER, "no_ack" },
	{ 0xF0, RADIO_NO_ANSWER, "expired" }, /* the sleepy child did not poll in time */
	{ 0xF1, RADIO_NO_ROOM, "overflow" },  /* too much waits for this child */
};

static const struct row *find(uint8_t status)
{
	static const struct row other = { 0, RADIO_NO_ANSWER, "status" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].status == status)
			return &rows[i];
	return &other;
}

enum radio_result znp_status_result(uint8_t status)
{
	return find(status)->result;
}

const char *znp_status_space(uint8_t status)
{
	return status >= 0xE0 ? "mac" : "znp";
}

const char *znp_status_name(uint8_t status)
{
	return find(status)->name;
}

static enum radio_result result(int32_t status)
{
	return znp_status_result((uint8_t)status);
}

static const char *space_of(int32_t status)
{
	return znp_status_space((uint8_t)status);
}

/* A stick holds a frame for a sleeping child up to 8 s. */
const struct send_family znp_send_family = { .space = "znp",
	.transaction_max = UINT8_MAX,
	.confirm_awake = 10000,
	.confirm_sleepy = 15000,
	.confirm_heard = 15000, /* what is parked stays parked */
	.to_one_max = 2,        /* its queue for a child takes three; one stays free */
	.result = result,
	.space_of = space_of };
