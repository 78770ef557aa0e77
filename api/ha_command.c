#include "api/ha_command.h"

#include "api/body.h"
#include "ota/version.h"

#include <string.h>

static const char *const actions[] = { [HA_INSTALL] = "install",
	[HA_CANCEL] = "cancel",
	[HA_CHECK] = "check",
	[HA_DISMISS] = "dismiss",
	[HA_STARTED] = "started" };

static enum err_code read_action(enum ha_action *out, const char *word, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(actions[i], word)) {
			*out = (enum ha_action)i;
			return OK;
		}
	return err_because(e, ERR_INVALID, "invalid_body",
		"action must be install, cancel, check, dismiss or started");
}

enum err_code ha_command_read(struct ha_command *out, struct span payload, struct err *e)
{
	AUTO(json_decref) json_t *root = NULL;
	struct problem_details details = { 0 };
	struct ha_command read = { .action = HA_CHECK };
	const char *action = NULL, *version = NULL;
	const struct body_field fields[] = {
		{ "action", BODY_TEXT, .required = true, .out = &action, .min = 1, .max = 16 },
		{ "version", BODY_TEXT, .nullable = true, .out = &version, .max = 16 },
		{ .name = NULL },
	};
	enum err_code r = body_read(&root, payload, fields, &details, e);

	if (r == OK)
		r = read_action(&read.action, action, e);
	if (r != OK)
		return r;
	if (version && (read.action != HA_INSTALL || !version_parse(&read.version, version)))
		return err_because(e, ERR_INVALID, "invalid_body",
			"version must be like 17.7.0.0, and goes with install only");
	read.has_version = version != NULL;
	*out = read;
	return OK;
}
