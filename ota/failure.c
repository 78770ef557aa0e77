#include "ota/failure.h"

#include "ota/failure_table.h"
#include "server/base/check.h"

#include <stddef.h>
#include <string.h>

struct status {
	const char *space;
	int32_t code;
	const char *name;
	const char *failure; /* NULL: nothing more specific than "lock_refused" */
};

/* The same number means different things in different spaces (DECISIONS "Fields"): 0xE4 and 0x86
 * speak of the lock's flash only when they come as the status of its Upgrade End Request. */
static const struct status statuses[] = {
	{ "ota_end", 0x00, "SUCCESS", NULL },
	{ "ota_end", 0x01, "FAILURE", "aborted_by_lock" },
	{ "ota_end", 0x7E, "NOT_AUTHORIZED", "not_authorized" },
	{ "ota_end", 0x80, "MALFORMED_COMMAND", "malformed_answer" },
	{ "ota_end", 0x86, "BAD_CRC", "bad_crc" },
	{ "ota_end", 0x87, "INVALID_VALUE", "malformed_answer" },
	{ "ota_end", 0x89, "INSUFFICIENT_SPACE", "insufficient_space" },
	{ "ota_end", 0x95, "ABORT", "aborted_by_lock" },
	{ "ota_end", 0x96, "INVALID_IMAGE", "invalid_image" },
	{ "ota_end", 0x97, "WAIT_FOR_DATA", NULL },
	{ "ota_end", 0x98, "NO_IMAGE_AVAILABLE", NULL },
	{ "ota_end", 0x99, "REQUIRE_MORE_IMAGE", "require_more_image" },
	{ "ota_end", 0xE4, "FLASH_VERIFICATION_FAILED", "flash_verification_failed" },
	{ "vendor", 0x86, "BAD_CRC", "bad_crc" },
	{ "vendor", 0xE4, "FLASH_VERIFICATION_FAILED", "flash_verification_failed" },
	{ "zcl", 0x00, "SUCCESS", NULL },
	{ "zcl", 0x01, "FAILURE", NULL },
	{ "zcl", 0x7E, "NOT_AUTHORIZED", "not_authorized" },
	{ "zcl", 0x80, "MALFORMED_COMMAND", "malformed_answer" },
	{ "zcl", 0x81, "UNSUP_COMMAND", NULL },
	{ "zcl", 0x82, "UNSUP_GENERAL_COMMAND", NULL },
	{ "zcl", 0x83, "UNSUP_MANUF_CLUSTER_COMMAND", NULL },
	{ "zcl", 0x84, "UNSUP_MANUF_GENERAL_COMMAND", NULL },
	{ "zcl", 0x85, "INVALID_FIELD", "malformed_answer" },
	{ "zcl", 0x86, "UNSUPPORTED_ATTRIBUTE", NULL },
	{ "zcl", 0x87, "INVALID_VALUE", "malformed_answer" },
	{ "zcl", 0x88, "READ_ONLY", NULL },
	{ "zcl", 0x89, "INSUFFICIENT_SPACE", "insufficient_space" },
	{ "zcl", 0x8A, "DUPLICATE_EXISTS", NULL },
	{ "zcl", 0x8B, "NOT_FOUND", NULL },
	{ "zcl", 0x8C, "UNREPORTABLE_ATTRIBUTE", NULL },
	{ "zcl", 0x8D, "INVALID_DATA_TYPE", NULL },
	{ "zcl", 0x93, "ACTION_DENIED", NULL },
	{ "zcl", 0x94, "TIMEOUT", NULL },
	{ "zcl", 0x95, "ABORT", "aborted_by_lock" },
	{ "zcl", 0x96, "INVALID_IMAGE", "invalid_image" },
	{ "zcl", 0x97, "WAIT_FOR_DATA", NULL },
	{ "zcl", 0x98, "NO_IMAGE_AVAILABLE", NULL },
	{ "zcl", 0x99, "REQUIRE_MORE_IMAGE", "require_more_image" },
	{ "zcl", 0xC0, "HARDWARE_FAILURE", NULL },
	{ "zcl", 0xC1, "SOFTWARE_FAILURE", NULL },
	{ "mac", 0xE0, "BEACON_LOSS", "transfer_failed" },
	{ "mac", 0xE1, "CHANNEL_ACCESS_FAILURE", "transfer_failed" },
	{ "mac", 0xE4, "FAILED_SECURITY_CHECK", "transfer_failed" },
	{ "mac", 0xE5, "FRAME_TOO_LONG", "transfer_failed" },
	{ "mac", 0xE9, "NO_ACK", "transfer_failed" },
	{ "mac", 0xF0, "TRANSACTION_EXPIRED", "transfer_failed" },
	{ "mac", 0xF1, "TRANSACTION_OVERFLOW", "transfer_failed" },
	{ "znp", 0x10, "MEMORY_ERROR", "transfer_failed" },
	{ "znp", 0x11, "BUFFER_FULL", "transfer_failed" },
	{ "znp", 0x1A, "MAC_NO_RESOURCES", "transfer_failed" },
	{ "znp", 0xA7, "APS_FAIL", "transfer_failed" },
	{ "znp", 0xB7, "APS_NO_ACK", "transfer_failed" },
	{ "znp", 0xC2, "NWK_INVALID_REQUEST", "transfer_failed" },
	{ "znp", 0xCD, "NWK_NO_ROUTE", "transfer_failed" },
	{ "znp", 0xE1, "MAC_CHANNEL_ACCESS_FAILURE", "transfer_failed" },
	{ "znp", 0xE9, "MAC_NO_ACK", "transfer_failed" },
	{ "znp", 0xF0, "MAC_TRANSACTION_EXPIRED", "transfer_failed" },
	{ "ezsp", 0x18, "NO_BUFFERS", "transfer_failed" },
	{ "ezsp", 0x40, "MAC_NO_ACK_RECEIVED", "transfer_failed" },
	{ "ezsp", 0x42, "MAC_INDIRECT_TIMEOUT", "transfer_failed" },
	{ "ezsp", 0x66, "DELIVERY_FAILED", "transfer_failed" },
	{ "ezsp", 0x72, "MAX_MESSAGE_LIMIT_REACHED", "transfer_failed" },
	{ "ezsp", 0x74, "MESSAGE_TOO_LONG", "transfer_failed" },
	{ "ezsp", 0xA1, "NETWORK_BUSY", "transfer_failed" },
	/* From EZSP 14 on. */
	{ "ezsp", 0x19, "ALLOCATION_FAILED", "transfer_failed" },
	{ "ezsp", 0x38, "MESSAGE_TOO_LONG", "transfer_failed" },
	{ "ezsp", 0x0C02, "DELIVERY_FAILED", "transfer_failed" },
	{ "ezsp", 0x0C03, "MAX_MESSAGE_LIMIT_REACHED", "transfer_failed" },
	{ "ezsp", 0x0C20, "NO_APS_ACK", "transfer_failed" },
};

static const struct failure *const tables[] = { failure_table, failure_policy_table,
	failure_firmware, failure_vendor_table };

const struct failure *failure_find(const char *code)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct failure *f = tables[t]; f->code; f++)
			if (strcmp(f->code, code) == 0)
				return f;
	return NULL;
}

const struct failure *failure_at(unsigned i)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct failure *f = tables[t]; f->code; f++)
			if (i-- == 0)
				return f;
	return NULL;
}

static const struct status *find_status(const char *space, int32_t code)
{
	for (size_t i = 0; space && i < sizeof statuses / sizeof *statuses; i++)
		if (statuses[i].code == code && strcmp(statuses[i].space, space) == 0)
			return &statuses[i];
	return NULL;
}

const char *failure_of_status(const char *space, int32_t status)
{
	const struct status *s = find_status(space, status);

	return s && s->failure ? s->failure : "lock_refused";
}

const char *failure_status_name(const char *space, int32_t status)
{
	const struct status *s = find_status(space, status);

	return s ? s->name : "";
}
