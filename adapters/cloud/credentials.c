#include "adapters/cloud/credentials.h"

#include "adapters/cloud/token_file.h"
#include "server/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 32768 };

static enum err_code take(struct secrets *out, const json_t *root, struct err *e)
{
	const char *name;
	json_t *value;

	if (!json_is_object(root))
		return err_set(e, ERR_INVALID, "must be an object of texts");
	json_object_foreach((json_t *)root, name, value)
	{
		if (!json_is_string(value))
			return err_set(e, ERR_INVALID, "%.40s: must be a text", name);
		if (!secrets_put(out, name, json_string_value(value)))
			return err_set(e, ERR_TOO_LARGE, "%.40s: too long, or too many", name);
	}
	return OK;
}

enum err_code credentials_file(struct secrets *out, const char *path, struct err *e)
{
	static const struct json_bounds bounds = { FILE_MAX, 2, 64 };
	AUTO(secret_text_free) char *text = NULL;
	enum err_code r = private_file_read(&text, path, FILE_MAX, e);
	json_t *root;

	if (r != OK)
		return r;
	assert(text);
	root = cloud_json_parse(
		(struct span){ (const uint8_t *)text, strlen(text) }, &bounds, true, e);
	r = root ? take(out, root, e) : ERR_INVALID;
	json_decref(root);
	return r == OK ? OK : err_prefix(e, "%s: ", path);
}

static void take_variable(struct secrets *out, const char *account, const char *name)
{
	char variable[160];
	const char *value;

	(void)snprintf(variable, sizeof variable, "LOCKWRIGHT_CLOUD_%s_%s", account, name);
	for (char *c = variable; *c; c++)
		*c = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
	value = getenv(variable);
	if (value && *value)
		(void)secrets_put(out, name, value); /* a longer one is none */
}

void credentials_environment(
	struct secrets *out, const char *account, const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_secrets; i++)
		take_variable(out, account, profile->secrets[i]);
	if (profile->hook.secret)
		take_variable(out, account, profile->hook.secret);
}

enum err_code credentials_check(
	const struct secrets *secrets, const struct profile *profile, struct err *e)
{
	for (size_t i = 0; i < profile->n_secrets; i++) {
		const char *value = secrets_get(secrets, profile->secrets[i]);

		if (!value || !*value)
			return err_set(e, ERR_INVALID, "the credentials have no \"%s\"",
				profile->secrets[i]);
	}
	return OK;
}
