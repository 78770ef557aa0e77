#include "adapters/cloud/profile.h"

#include "adapters/cloud/profile_private.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char format[] = "cloud-profile/1";

enum err_code profile_text(
	const char **out, const json_t *object, const char *path, const char *key, struct err *e)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value) || json_string_length(value) > 1024)
		return err_set(e, ERR_INVALID, "%s%s%s: must be a text%s", path, *path ? "." : "",
			key, value ? "" : " and is missing");
	*out = json_string_value(value);
	return OK;
}

enum err_code profile_object(
	const json_t **out, const json_t *object, const char *path, const char *key, struct err *e)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_object(value))
		return err_set(e, ERR_INVALID, "%s%s%s: must be an object%s", path,
			*path ? "." : "", key, value ? "" : " and is missing");
	*out = value;
	return OK;
}

enum err_code profile_number(
	uint32_t *out, const json_t *object, const char *path, uint32_t max, struct err *e)
{
	const json_t *value = json_object_get(object, strrchr(path, '.') + 1);

	if (!value)
		return OK;
	if (!json_is_integer(value) || json_integer_value(value) < 1 ||
		json_integer_value(value) > max)
		return err_set(
			e, ERR_INVALID, "%s: must be a whole number from 1 to %u", path, max);
	*out = (uint32_t)json_integer_value(value);
	return OK;
}

enum err_code profile_known(
	const json_t *object, const char *path, const char *const *keys, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		size_t i = 0;

		while (keys[i] && strcmp(keys[i], key) != 0)
			i++;
		if (!keys[i])
			return err_set(e, ERR_INVALID, "%s%s%.40s: is not known", path,
				*path ? "." : "", key);
	}
	return OK;
}

/* No user, no path, nothing that hides another host. */
bool profile_origin_is_valid(const char *text)
{
	const char *host = text + 8;
	size_t n, left;

	if (strncmp(text, "https://", 8) != 0 || strlen(text) >= PROFILE_ORIGIN_SIZE)
		return false;
	n = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
	left = strspn(host + n + (host[n] == ':'), "0123456789");
	if (host[n] == ':')
		return n > 0 && left > 0 && left <= 5 && !host[n + 1 + left];
	return n > 0 && !host[n];
}

static enum err_code read_regions(struct profile *p, struct err *e)
{
	const json_t *regions = NULL;
	const char *name;
	json_t *origin;
	enum err_code r = profile_object(&regions, p->root, "", "regions", e);

	if (r != OK)
		return r;
	if (!json_object_size(regions) || json_object_size(regions) > PROFILE_REGIONS_MAX)
		return err_set(e, ERR_INVALID, "regions: must be 1 to %d", PROFILE_REGIONS_MAX);
	json_object_foreach((json_t *)regions, name, origin)
	{
		struct profile_region *region = &p->regions[p->n_regions++];

		if (!json_is_string(origin) || !profile_origin_is_valid(json_string_value(origin)))
			return err_set(e, ERR_INVALID,
				"regions.%.40s: must be like \"https://api.vendor.example\", in "
				"lower "
				"case, without a path",
				name);
		region->name = name;
		(void)text_copy(region->origin, sizeof region->origin, json_string_value(origin));
	}
	return OK;
}

static enum err_code read_secret_names(struct profile *p, const json_t *auth, struct err *e)
{
	const json_t *names = json_object_get(auth, "secrets");

	if (!json_is_array(names) || json_array_size(names) > PROFILE_SECRETS_MAX)
		return err_set(e, ERR_INVALID, "auth.secrets: must be a list of at most %d names",
			PROFILE_SECRETS_MAX);
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (!name || !*name || strlen(name) >= SECRET_NAME_SIZE ||
			strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
			return err_set(e, ERR_INVALID,
				"auth.secrets[%zu]: must be a name of a-z, 0-9 and _", i);
		p->secrets[p->n_secrets++] = name;
	}
	return OK;
}

static enum err_code read_token_url(struct profile *p, struct err *e)
{
	static const char *const urls[] = { "authorize_url", "token_url" };
	const char *url = "";

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		char origin[1025];
		size_t n;
		enum err_code r = profile_text(&url, p->options, "auth.options", urls[i], e);

		if (r != OK)
			return r;
		n = strncmp(url, "https://", 8) ? 0 : 8 + strcspn(url + 8, "/");
		(void)snprintf(origin, sizeof origin, "%.*s", (int)n, url);
		if (!profile_origin_is_valid(origin) || url[n] != '/' || strpbrk(url + n, "?# \\"))
			return err_set(e, ERR_INVALID,
				"auth.options.%s: must be an https address without a query",
				urls[i]);
		(void)text_copy(p->token_origin, sizeof p->token_origin, origin);
	}
	return OK;
}

static enum err_code read_auth(struct profile *p, struct err *e)
{
	static const char *const keys[] = { "scheme", "secrets", "options", NULL };
	const json_t *auth = NULL;
	const char *scheme = "";
	enum err_code r = profile_object(&auth, p->root, "", "auth", e);

	if (r == OK)
		r = profile_known(auth, "auth", keys, e);
	if (r == OK)
		r = profile_text(&scheme, auth, "auth", "scheme", e);
	if (r == OK && !sign_scheme_read(&p->scheme, scheme))
		r = err_set(e, ERR_INVALID, "auth.scheme: \"%.40s\" is not built in", scheme);
	if (r == OK && json_object_get(auth, "options"))
		r = profile_object(&p->options, auth, "auth", "options", e);
	if (r == OK)
		r = read_secret_names(p, auth, e);
	if (r == OK)
		r = sign_check(p->scheme, p->options, e);
	return r == OK && p->scheme == SIGN_OAUTH2 ? read_token_url(p, e) : r;
}

static enum err_code read_limits(struct profile *p, struct err *e)
{
	static const char *const keys[] = { "rps", "burst", "daily", "concurrency", "timeout_ms",
		"max_body", NULL };
	const json_t *limits = json_object_get(p->root, "limits"), *rps;
	struct profile_limits *l = &p->limits;
	enum err_code r;

	*l = (struct profile_limits){ 1, 3, 2000, 1, 10000, 262144 };
	if (!limits)
		return OK;
	r = profile_object(&limits, p->root, "", "limits", e);
	if (r == OK)
		r = profile_known(limits, "limits", keys, e);
	if (r == OK)
		r = profile_number(&l->burst, limits, "limits.burst", 50, e);
	if (r == OK)
		r = profile_number(&l->daily, limits, "limits.daily", 10000000, e);
	if (r == OK)
		r = profile_number(&l->concurrency, limits, "limits.concurrency", 4, e);
	if (r == OK)
		r = profile_number(&l->timeout_ms, limits, "limits.timeout_ms", 60000, e);
	if (r == OK)
		r = profile_number(&l->max_body, limits, "limits.max_body", 4 << 20, e);
	rps = json_object_get(limits, "rps");
	if (r == OK && rps) {
		l->rps = json_number_value(rps);
		if (!(l->rps >= 0.001 && l->rps <= 100))
			r = err_set(
				e, ERR_INVALID, "limits.rps: must be a number from 0.001 to 100");
	}
	return r;
}

static enum err_code read_capabilities(struct profile *p, struct err *e)
{
	static const char *const keys[] = { "can_list", "can_check", "can_trigger", "can_progress",
		"can_pin_version", "reports_version", "reports_battery", "reports_online",
		"webhooks", NULL };
	const json_t *c = NULL;
	enum err_code r = profile_object(&c, p->root, "", "capabilities", e);

	if (r == OK)
		r = profile_known(c, "capabilities", keys, e);
	if (r != OK)
		return r;
	p->can_check = json_is_true(json_object_get(c, "can_check"));
	p->can_trigger = json_is_true(json_object_get(c, "can_trigger"));
	p->can_progress = json_is_true(json_object_get(c, "can_progress"));
	p->can_pin = json_is_true(json_object_get(c, "can_pin_version"));
	p->reports_version = json_is_true(json_object_get(c, "reports_version"));
	return OK;
}

static enum err_code read_guide(struct profile *p, struct err *e)
{
	static const char *const keys[] = { "app", "steps", "text_key", "evidence", NULL };
	const json_t *guide = NULL;
	enum err_code r;

	if (!json_object_get(p->root, "guide"))
		return OK;
	r = profile_object(&guide, p->root, "", "guide", e);
	if (r == OK)
		r = profile_known(guide, "guide", keys, e);
	if (r == OK)
		r = profile_text(&p->app, guide, "guide", "app", e);
	if (r == OK && json_object_get(guide, "steps"))
		r = profile_text(&p->steps, guide, "guide", "steps", e);
	return r;
}

static enum err_code read_head(struct profile *p, struct err *e)
{
	static const char *const keys[] = { "profile", "id", "regions", "auth", "limits",
		"envelope", "errors", "capabilities", "guide", "webhook", "ops", NULL };
	const char *text = "";
	enum err_code r;

	if (!json_is_object(p->root))
		return err_set(e, ERR_INVALID, "a profile is an object");
	r = profile_text(&text, p->root, "", "profile", e);
	if (r == OK && strcmp(text, format) != 0)
		r = err_set(e, ERR_INVALID, "profile: must be \"%s\"", format);
	if (r == OK)
		r = profile_known(p->root, "", keys, e);
	if (r == OK)
		r = profile_text(&text, p->root, "", "id", e);
	if (r == OK && (strlen(text) >= sizeof p->id || !text_is_slug(text)))
		r = err_set(
			e, ERR_INVALID, "id: must be 1 to %zu of a-z, 0-9 and -", sizeof p->id - 1);
	if (r == OK)
		(void)text_copy(p->id, sizeof p->id, text);
	return r;
}

enum err_code profile_read(struct profile **out, struct span text, struct err *e)
{
	static enum err_code (*const steps[])(struct profile *, struct err *) = { read_head,
		read_regions, read_auth, read_limits, read_capabilities, read_guide,
		profile_read_envelope, profile_read_hook, profile_read_ops };
	static const struct json_bounds bounds = { PROFILE_SIZE_MAX, PROFILE_DEPTH_MAX,
		PROFILE_VALUES_MAX };
	AUTO(profile_free) struct profile *p = xcalloc(1, sizeof *p);
	enum err_code r = OK;

	p->root = cloud_json_parse(text, &bounds, true, e);
	if (!p->root)
		return e ? e->code : ERR_INVALID;
	for (size_t i = 0; r == OK && i < ARRAY_SIZE(steps); i++)
		r = steps[i](p, e);
	if (r == OK)
		*out = TAKE(p);
	return r;
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	json_decref(profile->root);
	free(profile);
}

const struct profile_region *profile_region(const struct profile *profile, const char *name)
{
	if (!name || !*name)
		return profile->n_regions == 1 ? &profile->regions[0] : NULL;
	for (size_t i = 0; i < profile->n_regions; i++)
		if (!strcmp(profile->regions[i].name, name))
			return &profile->regions[i];
	return NULL;
}
