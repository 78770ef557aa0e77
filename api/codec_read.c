#include "api/codec.h"
#include "ota/version.h"

#include <string.h>

enum err_code codec_read_fields(
	const struct body_in *in, const struct body_field *fields, struct err *e)
{
	return body_read(in->root, in->text, fields, in->details, e);
}

enum err_code codec_refuse(
	const struct body_in *in, const char *path, const char *why, struct err *e)
{
	json_decref(*in->root);
	*in->root = NULL;
	problem_add(in->details, path, "%s", why);
	return err_because(e, ERR_INVALID, "invalid_body", "%s %s", path, why);
}

static const char not_printable[] = "must have printable ASCII characters only";

static bool is_printable(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return !*text;
}

static bool is_image_id(const char *text)
{
	return strlen(text) == SHA256_TEXT - 1 && !text[strspn(text, "0123456789abcdef")];
}

enum err_code codec_read_job(struct job_request *out, const struct body_in *in, struct err *e)
{
	struct job_request read = { 0 };
	struct body_texts force = { 0 };
	const char *version = NULL;
	int64_t priority = 0;
	const struct body_field fields[] = {
		{ "lock", BODY_TEXT, .required = true, .out = &read.lock, .min = 1, .max = 63 },
		{ "image", BODY_TEXT, .nullable = true, .out = &read.image },
		{ "version", BODY_TEXT, .nullable = true, .out = &version, .min = 1,
			.max = VENDOR_VERSION_SIZE - 1 },
		{ "component", BODY_TEXT, .nullable = true, .out = &read.component, .min = 1,
			.max = COMPONENT_ID_SIZE - 1 },
		{ "force", BODY_TEXTS, .out = &force, .max = JOB_FORCE_MAX },
		{ "reinstall", BODY_BOOL, .out = &read.reinstall },
		{ "allow_downgrade", BODY_BOOL, .out = &read.allow_downgrade },
		{ "not_before", BODY_TIME, .nullable = true, .out = &read.not_before },
		{ "priority", BODY_INT, .out = &priority, .min = -10, .max = 10 },
		{ .name = NULL },
	};
	enum err_code code = codec_read_fields(in, fields, e);

	if (code)
		return code;
	read.priority = (int8_t)priority;
	if (read.image && !is_image_id(read.image))
		return codec_refuse(
			in, "/image", "must be 64 lower-case hex digits (an image's id)", e);
	if (version && read.image)
		return codec_refuse(in, "/version", "cannot be given together with image", e);
	if (version && !is_printable(version))
		return codec_refuse(in, "/version", not_printable, e);
	/* What a file version is knows this codec, what a vendor's version is only the vendor. */
	read.has_version = version && version_parse(&read.version, version);
	read.version_text = version;
	read.n_force = force.n;
	memcpy(read.force, force.at, force.n * sizeof force.at[0]);
	*out = read;
	return OK;
}

enum err_code codec_read_token(struct token_request *out, const struct body_in *in, struct err *e)
{
	struct token_request read = { .scope = SCOPE_CONTROL };
	const char *scope = NULL;
	const struct body_field fields[] = {
		{ "name", BODY_TEXT, .required = true, .out = &read.name, .min = 1, .max = 63 },
		{ "scope", BODY_TEXT, .nullable = true, .out = &scope },
		{ .name = NULL },
	};
	enum err_code code = codec_read_fields(in, fields, e);

	if (code)
		return code;
	if (!auth_is_name(read.name))
		return codec_refuse(in, "/name", "may have letters, digits, '.', '_' and '-'", e);
	if (scope && !scope_parse(&read.scope, scope))
		return codec_refuse(in, "/scope", "must be read, control or admin", e);
	*out = read;
	return OK;
}

enum err_code codec_read_nothing(const struct body_in *in, struct err *e)
{
	const struct body_field fields[] = { { .name = NULL } };
	enum err_code code = codec_read_fields(in, fields, e);

	if (!code) {
		json_decref(*in->root);
		*in->root = NULL;
	}
	return code;
}

enum err_code codec_read_update_all(
	struct job_request *out, const struct body_in *in, struct err *e)
{
	struct job_request read = { 0 };
	struct body_texts force = { 0 };
	int64_t priority = 0;
	const struct body_field fields[] = {
		{ "force", BODY_TEXTS, .out = &force, .max = JOB_FORCE_MAX },
		{ "not_before", BODY_TIME, .nullable = true, .out = &read.not_before },
		{ "priority", BODY_INT, .out = &priority, .min = -10, .max = 10 },
		{ .name = NULL },
	};
	enum err_code code = codec_read_fields(in, fields, e);

	if (code)
		return code;
	read.priority = (int8_t)priority;
	read.n_force = force.n;
	memcpy(read.force, force.at, force.n * sizeof force.at[0]);
	*out = read;
	return OK;
}

enum err_code codec_read_version(const char **out, const struct body_in *in, struct err *e)
{
	const struct body_field fields[] = {
		{ "version", BODY_TEXT, .required = true, .out = out, .min = 1,
			.max = VENDOR_VERSION_SIZE - 1 },
		{ .name = NULL },
	};
	enum err_code code = codec_read_fields(in, fields, e);

	if (code)
		return code;
	return is_printable(*out) ? OK : codec_refuse(in, "/version", not_printable, e);
}
