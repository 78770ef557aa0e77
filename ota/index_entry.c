#include "ota/index_entry.h"

#include "ota/image_file.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 64, NAME_MAX_BYTES = 64, NOTES_MAX = 1000, URL_MAX = 2000 };

/* What a key means; its name depends on the form. */
enum meaning {
	KEY_NAME,
	KEY_VERSION,
	KEY_SIZE,
	KEY_URL,
	KEY_PATH,
	KEY_TYPE,
	KEY_MANUFACTURER,
	KEY_SHA512,
	KEY_CHECKSUM,
	KEY_HEADER,
	KEY_MODEL,
	KEY_MODELS,
	KEY_MANUFACTURERS,
	KEY_NOTES,
	KEY_HARDWARE_MIN,
	KEY_HARDWARE_MAX,
	KEY_VERSION_MIN,
	KEY_VERSION_MAX,
	KEY_IDLE /* restricts nothing, and is of no use here */
};

struct key {
	const char *name;
	enum meaning meaning;
};

/* "force" would have us ignore the order of versions; only the user can ask for that. */
static const struct key zigbee_ota_keys[] = {
	{ "fileName", KEY_NAME },
	{ "fileVersion", KEY_VERSION },
	{ "fileSize", KEY_SIZE },
	{ "url", KEY_URL },
	{ "path", KEY_PATH },
	{ "imageType", KEY_TYPE },
	{ "manufacturerCode", KEY_MANUFACTURER },
	{ "sha512", KEY_SHA512 },
	{ "otaHeaderString", KEY_HEADER },
	{ "modelId", KEY_MODEL },
	{ "manufacturerName", KEY_MANUFACTURERS },
	{ "releaseNotes", KEY_NOTES },
	{ "hardwareVersionMin", KEY_HARDWARE_MIN },
	{ "hardwareVersionMax", KEY_HARDWARE_MAX },
	{ "minFileVersion", KEY_VERSION_MIN },
	{ "maxFileVersion", KEY_VERSION_MAX },
	{ "originalUrl", KEY_IDLE },
	{ "force", KEY_IDLE },
	{ NULL, KEY_IDLE },
};

static const struct key zigpy_keys[] = {
	{ "file_version", KEY_VERSION },
	{ "file_size", KEY_SIZE },
	{ "binary_url", KEY_URL },
	{ "path", KEY_PATH },
	{ "image_type", KEY_TYPE },
	{ "manufacturer_id", KEY_MANUFACTURER },
	{ "checksum", KEY_CHECKSUM },
	{ "model_names", KEY_MODELS },
	{ "manufacturer_names", KEY_MANUFACTURERS },
	{ "release_notes", KEY_NOTES },
	{ "min_hardware_version", KEY_HARDWARE_MIN },
	{ "max_hardware_version", KEY_HARDWARE_MAX },
	{ "min_current_file_version", KEY_VERSION_MIN },
	{ "max_current_file_version", KEY_VERSION_MAX },
	{ "changelog", KEY_NOTES },
	{ "specificity", KEY_IDLE },
	{ NULL, KEY_IDLE },
};

static const struct key *const keys_of[] = {
	[INDEX_ZIGBEE_OTA] = zigbee_ota_keys, [INDEX_ZIGPY] = zigpy_keys
};

struct reading {
	struct index_entry *entry;
	bool local;
	bool has_hardware_min, has_hardware_max;
	unsigned seen; /* bits of enum meaning */
	struct err *e;
};

static enum err_code wrong(const struct reading *r, const char *what)
{
	return err_because(r->e, ERR_INTEGRITY, "index_invalid", "%s", what);
}

static enum err_code number(
	const struct reading *r, const json_t *value, uint32_t max, uint32_t *out)
{
	json_int_t v = json_integer_value(value);

	if (!json_is_integer(value) || v < 0 || v > max)
		return wrong(r, "must be a whole number that its field can hold");
	*out = (uint32_t)v;
	return OK;
}

static enum err_code number16(const struct reading *r, const json_t *value, uint16_t *out)
{
	uint32_t v = 0;
	enum err_code code = number(r, value, UINT16_MAX, &v);

	if (code == OK)
		*out = (uint16_t)v;
	return code;
}

/* Whole or not at all: half a model name restricts to another model. */
static const char *text(const json_t *value, size_t max)
{
	const char *s = json_string_value(value);
	size_t n = json_string_length(value);

	return s && n && n <= max && strlen(s) == n ? s : NULL;
}

static enum err_code take_text(const struct reading *r, const json_t *value, size_t max, char **out)
{
	const char *s = text(value, max);

	if (!s)
		return wrong(r, "must be a text of a bearable length");
	free(*out);
	*out = xstrdup(s);
	return OK;
}

/* A missing list and an empty one mean the same: any. */
static enum err_code take_list(const struct reading *r, const json_t *value, char **out)
{
	size_t n = json_is_array(value) ? json_array_size(value) : 1, used = 0;
	char *list;

	if (!n)
		return OK;
	if (n > LIST_MAX)
		return wrong(r, "has too many names");
	list = xcalloc(n * (NAME_MAX_BYTES + 1) + 1, 1);
	for (size_t i = 0; i < n; i++) {
		const char *s = text(
			json_is_array(value) ? json_array_get(value, i) : value, NAME_MAX_BYTES);

		if (!s) {
			free(list);
			return wrong(r, "must be a text, or a list of them, of a bearable length");
		}
		memcpy(list + used, s, strlen(s) + 1);
		used += strlen(s) + 1;
	}
	free(*out);
	*out = xmemdup(list, used + 1);
	free(list);
	return OK;
}

static enum err_code take_digest(
	const struct reading *r, const json_t *value, const char *prefix, char *out, size_t size)
{
	const char *s = text(value, size + strlen(prefix));

	if (!s || strncmp(s, prefix, strlen(prefix)) != 0)
		return wrong(r, "is no digest of the expected kind");
	s += strlen(prefix);
	if (strlen(s) != size - 1 || strspn(s, "0123456789abcdef") != size - 1)
		return wrong(r, "is no digest in lower-case hex digits");
	(void)text_copy(out, size, s);
	return OK;
}

/* The header string is raw bytes in some files; only what can be shown is kept. */
static void take_header(struct image *image, const json_t *value)
{
	const char *s = json_string_value(value);
	size_t n = json_string_length(value), used = 0;

	for (size_t i = 0; s && i < n && used + 1 < sizeof image->header_string; i++)
		if (s[i] >= ' ' && s[i] <= '~')
			image->header_string[used++] = s[i];
	image->header_string[used] = '\0';
}

static enum err_code take_url(const struct reading *r, const json_t *value, bool path)
{
	const char *s = text(value, URL_MAX);
	bool address = s && strstr(s, "://");

	if (!s || (path && address) || (!r->local && (path || !address)))
		return wrong(r, r->local ? "must be an address or a path"
					 : "must be an address; paths are for local indexes");
	return take_text(r, value, URL_MAX, &r->entry->url);
}

static enum err_code take_hardware(struct reading *r, const json_t *value, bool max)
{
	struct image *image = &r->entry->image;

	image->has_hardware_range = true;
	*(max ? &r->has_hardware_max : &r->has_hardware_min) = true;
	return number16(r, value, max ? &image->hardware_max : &image->hardware_min);
}

static enum err_code take_bound(struct reading *r, const json_t *value, bool max)
{
	struct index_entry *entry = r->entry;

	*(max ? &entry->has_max_version : &entry->has_min_version) = true;
	return number(r, value, UINT32_MAX, max ? &entry->max_version : &entry->min_version);
}

static enum err_code take_name(const struct reading *r, const json_t *value)
{
	const char *s = text(value, URL_MAX);

	if (!s)
		return wrong(r, "must be a text");
	image_name(r->entry->image.name, s);
	return OK;
}

/* NOLINTNEXTLINE(readability-function-size): a line for each key */
static enum err_code take(struct reading *r, enum meaning meaning, const json_t *value)
{
	struct index_entry *entry = r->entry;

	switch (meaning) {
	case KEY_NAME:
		return take_name(r, value);
	case KEY_VERSION:
		return number(r, value, UINT32_MAX, &entry->image.file_version);
	case KEY_SIZE:
		return number(r, value, IMAGE_FILE_MAX, &entry->image.size);
	case KEY_URL:
	case KEY_PATH:
		return take_url(r, value, meaning == KEY_PATH);
	case KEY_TYPE:
		return number16(r, value, &entry->image.image_type);
	case KEY_MANUFACTURER:
		return number16(r, value, &entry->image.manufacturer_code);
	case KEY_SHA512:
		return take_digest(r, value, "", entry->image.file_sha512, SHA512_TEXT);
	case KEY_CHECKSUM:
		return take_digest(r, value, "sha3-256:", entry->sha3_256, SHA256_TEXT);
	case KEY_HEADER:
		take_header(&entry->image, value);
		return OK;
	case KEY_MODEL:
	case KEY_MODELS:
		return take_list(r, value, &entry->models);
	case KEY_MANUFACTURERS:
		return take_list(r, value, &entry->manufacturers);
	case KEY_NOTES:
		/* Not worth losing a firmware for. */
		return text(value, NOTES_MAX) ? take_text(r, value, NOTES_MAX, &entry->notes) : OK;
	case KEY_HARDWARE_MIN:
	case KEY_HARDWARE_MAX:
		return take_hardware(r, value, meaning == KEY_HARDWARE_MAX);
	case KEY_VERSION_MIN:
	case KEY_VERSION_MAX:
		return take_bound(r, value, meaning == KEY_VERSION_MAX);
	case KEY_IDLE:
		break;
	}
	return OK;
}

static const struct key *find(const struct key *keys, const char *name)
{
	while (keys->name && strcmp(keys->name, name) != 0)
		keys++;
	return keys->name ? keys : NULL;
}

static enum err_code take_member(
	struct reading *r, const struct key *keys, const char *name, const json_t *value)
{
	const struct key *key = find(keys, name);

	if (key) {
		r->seen |= 1U << key->meaning;
		return json_is_null(value) ? OK : take(r, key->meaning, value);
	}
	r->entry->strange = true;
	return r->local ? wrong(r, "is not known; a restriction with a typo would be lost") : OK;
}

static enum err_code check_whole(struct reading *r)
{
	const unsigned needed = 1U << KEY_VERSION | 1U << KEY_TYPE | 1U << KEY_MANUFACTURER;
	struct index_entry *entry = r->entry;

	if ((r->seen & needed) != needed)
		return wrong(r, "the version, image type or manufacturer is missing");
	if (!entry->url)
		return wrong(r, "the address of the file is missing");
	if (!entry->image.file_sha512[0] && !entry->sha3_256[0])
		return wrong(r, "the digest of the file is missing");
	if (entry->image.has_hardware_range && !r->has_hardware_max)
		entry->image.hardware_max = UINT16_MAX;
	if (!entry->image.name[0])
		image_name(entry->image.name, entry->url);
	if (entry->models && strlen(entry->models) < sizeof entry->image.model &&
		!entry->models[strlen(entry->models) + 1])
		(void)text_copy(entry->image.model, sizeof entry->image.model, entry->models);
	(void)text_copy(entry->image.source, sizeof entry->image.source, "index");
	return OK;
}

static enum err_code read_object(struct reading *r, enum index_form form, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		if (take_member(r, keys_of[form], name, value) != OK)
			return err_prefix(r->e, "%.40s: ", name);
	}
	return check_whole(r);
}

/* NOLINTNEXTLINE(readability-function-size): a form, its trust, its text */
enum err_code index_entry_read(
	struct index_entry **out, enum index_form form, bool local, struct span json, struct err *e)
{
	struct err why = { 0 };
	struct reading r = { .local = local, .e = &why };
	json_error_t where;
	json_t *object = json_loadb((const char *)json.data, json.size,
		JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);

	if (!object)
		return err_because(
			e, ERR_INTEGRITY, "index_invalid", "no JSON: %.120s", where.text);
	r.entry = xcalloc(1, sizeof *r.entry);
	(void)read_object(&r, form, object);
	json_decref(object);
	if (why.code) {
		index_entry_free(r.entry);
		if (e)
			*e = why;
		return why.code;
	}
	*out = r.entry;
	return OK;
}

void index_entry_free(struct index_entry *entry)
{
	if (!entry)
		return;
	free(entry->url);
	free(entry->notes);
	free(entry->models);
	free(entry->manufacturers);
	free(entry);
}
