#include "server/config_adapter.h"

#include "server/base/alloc.h"
#include "server/config_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EZSP_BAUD_MIN = 38400 };

static const char *const flows[] = { "none", "rtscts", "xonxoff", NULL };
static const char *const types[] = { "znp", "ezsp", "cloud", NULL };

static enum err_code read_network(
	struct config_adapter *a, json_t *object, const char *path, struct err *e)
{
	uint32_t pan_id = 0, channel = 0;
	const struct config_field fields[] = {
		{ .key = "pan_id", .type = FIELD_UINT, .out = &pan_id, .min = 1, .max = 0xFFFD },
		{ .key = "channel", .type = FIELD_UINT, .out = &channel, .min = 11, .max = 26 },
		{ .key = "ext_pan_id", .type = FIELD_HEX, .out = &a->network.ext_pan_id, .max = 8 },
		{ .key = "coordinator",
			.type = FIELD_HEX,
			.out = &a->network.coordinator,
			.max = 8 },
	};
	enum err_code r = config_read(object, path, fields, ARRAY_SIZE(fields), e);

	if (r != OK)
		return r;
	a->network.has_pan_id = pan_id != 0;
	a->network.pan_id = (uint16_t)pan_id;
	a->network.has_channel = channel != 0;
	a->network.channel = (uint8_t)channel;
	return OK;
}

/* Some sticks take a series of low rates as the order to enter their bootloader. */
static enum err_code check_baud(const struct config_adapter *a, const char *path, struct err *e)
{
	if (!strcmp(a->type, "ezsp") && a->baud < EZSP_BAUD_MIN)
		return err_set(e, ERR_INVALID,
			"%s.baud: must be at least %d for \"ezsp\" (usual: 115200, 57600, 230400, "
			"460800)",
			path, EZSP_BAUD_MIN);
	return OK;
}

static enum err_code read_stick(
	struct config_adapter *a, json_t *object, const char *path, struct err *e)
{
	json_t *network = NULL;
	const struct config_field fields[] = {
		{ .key = "id", .type = FIELD_SLUG, .out = &a->id, .required = true },
		{ .key = "type",
			.type = FIELD_ENUM,
			.out = &a->type,
			.words = types,
			.required = true },
		{ .key = "port", .type = FIELD_PORT, .out = &a->port, .required = true },
		{ .key = "baud", .type = FIELD_UINT, .out = &a->baud, .min = 1200, .max = 3000000 },
		{ .key = "flow", .type = FIELD_ENUM, .out = &a->flow, .words = flows },
		{ .key = "adopt", .type = FIELD_BOOL, .out = &a->confirmed },
		{ .key = "zigbee2mqtt", .type = FIELD_TEXT, .out = &a->zigbee2mqtt, .max = 4096 },
		{ .key = "transfers",
			.type = FIELD_UINT,
			.out = &a->transfers,
			.min = 1,
			.max = CONFIG_TRANSFERS_MAX },
		{ .key = "network", .type = FIELD_OBJECT, .out = &network },
	};
	char inner[CONFIG_PATH_SIZE];
	enum err_code r;

	a->baud = 115200;
	a->flow = xstrdup("none");
	r = config_read(object, path, fields, ARRAY_SIZE(fields), e);
	if (r == OK)
		r = check_baud(a, path, e);
	if (r != OK || !network)
		return r;
	(void)snprintf(inner, sizeof inner, "%s.network", path);
	return read_network(a, network, inner, e);
}

enum err_code config_read_adapter(
	struct config_adapter *a, json_t *object, const char *path, struct err *e)
{
	const char *type = json_string_value(json_object_get(object, "type"));

	if (type && !strcmp(type, "cloud"))
		return config_cloud_read(a, object, path, e);
	return read_stick(a, object, path, e);
}

void config_free_adapter(struct config_adapter *a)
{
	free(a->id);
	free(a->type);
	free(a->port);
	free(a->flow);
	free(a->network.ext_pan_id);
	free(a->network.coordinator);
	free(a->zigbee2mqtt);
	config_cloud_done(&a->cloud);
}
