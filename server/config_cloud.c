#include "server/config_cloud.h"

#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/config_adapter.h"
#include "server/config_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4000, NETS_MAX = 16, SECRETS_MAX = 16, NAME_MAX_BYTES = 31 };

static const char *const types[] = { "cloud", NULL };

static void add_secret(struct config_cloud *c, const char *name, size_t n, const char *value)
{
	char *copy = xcalloc(1, n + 1);

	memcpy(copy, name, n);
	c->secrets[c->n_secrets].name = copy;
	c->secrets[c->n_secrets++].value = xstrdup(value);
}

static enum err_code read_secrets(
	struct config_cloud *c, json_t *object, const char *path, struct err *e)
{
	const char *name;
	json_t *value;

	if (json_object_size(object) > SECRETS_MAX)
		return err_set(e, ERR_INVALID, "%s.secrets: has more than %d", path, SECRETS_MAX);
	c->secrets = xcalloc(json_object_size(object), sizeof *c->secrets);
	json_object_foreach(object, name, value)
	{
		if (!json_is_string(value) || strlen(name) > NAME_MAX_BYTES)
			return err_set(
				e, ERR_INVALID, "%s.secrets.%.40s: must be a text", path, name);
		add_secret(c, name, strlen(name), json_string_value(value));
	}
	return OK;
}

/* The form in which options of an app can have them. The text is not repeated: it is a secret. */
static enum err_code read_secret_list(
	struct config_cloud *c, json_t *list, const char *path, struct err *e)
{
	size_t i;
	json_t *item;

	c->secrets = xcalloc(json_array_size(list), sizeof *c->secrets);
	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(item);
		const char *equals = text ? strchr(text, '=') : NULL;

		if (!equals || equals == text || equals - text > NAME_MAX_BYTES)
			return err_set(e, ERR_INVALID, "%s.secrets[%zu]: must be like name=value",
				path, i);
		add_secret(c, text, (size_t)(equals - text), equals + 1);
	}
	return OK;
}

static enum err_code read_nets(
	struct config_cloud *c, json_t *list, const char *path, struct err *e)
{
	char inner[CONFIG_PATH_SIZE];

	(void)snprintf(inner, sizeof inner, "%s.allow_private", path);
	return config_strings(&c->allow_private, &c->n_allow_private, list, inner, e);
}

/* What is shipped has the vendor's hosts, and nobody's house has those. */
static enum err_code check(const struct config_cloud *c, const char *path, struct err *e)
{
	bool own = strchr(c->profile, '/') != NULL, generic = !strcmp(c->profile, "generic");

	if (c->origin && !generic)
		return err_set(e, ERR_INVALID,
			"%s.origin: only for the profile \"generic\"; others have their own", path);
	if (generic && !c->origin)
		return err_set(e, ERR_INVALID,
			"%s.origin: is missing: where the vendor's cloud is, \"https://…\"", path);
	if (c->n_allow_private && !own && !generic)
		return err_set(e, ERR_INVALID,
			"%s.allow_private: only for \"generic\" or a profile of your own", path);
	return OK;
}

enum err_code config_cloud_read(
	struct config_adapter *a, json_t *object, const char *path, struct err *e)
{
	struct config_cloud *c = &a->cloud;
	json_t *nets = NULL, *secrets = NULL;
	bool listed = json_is_array(json_object_get(object, "secrets"));
	const struct config_field fields[] = {
		{ .key = "id", .type = FIELD_SLUG, .out = &a->id, .required = true },
		{ .key = "type", .type = FIELD_ENUM, .out = &a->type, .words = types },
		{ .key = "profile",
			.type = FIELD_TEXT,
			.out = &c->profile,
			.required = true,
			.min = 1,
			.max = PATH_BYTES },
		{ .key = "region", .type = FIELD_TEXT, .out = &c->region, .min = 1, .max = 40 },
		{ .key = "origin", .type = FIELD_TEXT, .out = &c->origin, .min = 9, .max = 199 },
		{ .key = "credentials",
			.type = FIELD_TEXT,
			.out = &c->credentials,
			.min = 1,
			.max = PATH_BYTES },
		{ .key = "ca_file",
			.type = FIELD_TEXT,
			.out = &c->ca_file,
			.min = 1,
			.max = PATH_BYTES },
		{ .key = "allow_private", .type = FIELD_ARRAY, .out = &nets, .max = NETS_MAX },
		{ .key = "secrets",
			.type = listed ? FIELD_ARRAY : FIELD_OBJECT,
			.out = &secrets,
			.max = SECRETS_MAX },
	};
	enum err_code r;

	a->type = xstrdup("cloud");
	r = config_read(object, path, fields, ARRAY_SIZE(fields), e);
	if (r == OK && nets)
		r = read_nets(c, nets, path, e);
	if (r == OK && secrets)
		r = (listed ? read_secret_list : read_secrets)(c, secrets, path, e);
	return r == OK ? check(c, path, e) : r;
}

void config_cloud_done(struct config_cloud *cloud)
{
	for (size_t i = 0; i < cloud->n_secrets; i++) {
		explicit_bzero(cloud->secrets[i].value, strlen(cloud->secrets[i].value));
		free(cloud->secrets[i].name);
		free(cloud->secrets[i].value);
	}
	for (char **net = cloud->allow_private; net && *net; net++)
		free(*net);
	free(cloud->secrets);
	free(cloud->allow_private);
	free(cloud->profile);
	free(cloud->region);
	free(cloud->origin);
	free(cloud->credentials);
	free(cloud->ca_file);
}
