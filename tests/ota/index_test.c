#include "ota/catalog.h"
#include "ota/index_split.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16
#define HEX128 HEX64 HEX64

#define ZIGBEE_OTA(more)                                                                           \
	"{\"fileName\":\"a.ota\",\"fileVersion\":17,\"fileSize\":99,\"url\":\"https://h/a.ota\","  \
	"\"imageType\":4,\"manufacturerCode\":4444,\"sha512\":\"" HEX128 "\"" more "}"
#define ZIGPY(more)                                                                                \
	"{\"binary_url\":\"https://h/b.ota\",\"file_version\":18,\"file_size\":98,"                \
	"\"image_type\":5,\"manufacturer_id\":4445,\"checksum\":\"sha3-256:" HEX64 "\"" more "}"

static struct err error;

static struct index *read_pieces(const char *json, bool local, size_t piece)
{
	struct index_reader *reader = index_reader_new(local);
	struct index *index = NULL;
	size_t n = strlen(json);
	enum err_code code = OK;

	memset(&error, 0, sizeof error);
	for (size_t at = 0; at < n && code == OK; at += piece)
		code = index_reader_feed(reader,
			(struct span){
				(const uint8_t *)json + at, n - at < piece ? n - at : piece },
			&error);
	if (code == OK)
		code = index_reader_end(reader, &index, &error);
	index_reader_free(reader);
	return code == OK ? index : NULL;
}

static struct index *read(const char *json)
{
	return read_pieces(json, false, 1 << 20);
}

static const struct index_entry *only(const struct index *index)
{
	cr_assert(index != NULL, "%s", error.text);
	cr_assert(eq(sz, index->n, 1), "%s", index->reason.text);
	return index->entries[0];
}

Test(index, an_entry_of_zigbee_ota_keeps_what_it_says)
{
	struct index *index = read("[" ZIGBEE_OTA(
		",\"modelId\":\"V3\",\"manufacturerName\":[\"A\",\"B\"],\"hardwareVersionMin\":1,"
		"\"hardwareVersionMax\":3,\"minFileVersion\":5,\"maxFileVersion\":9,"
		"\"releaseNotes\":\"https://h/notes\",\"otaHeaderString\":\"x\\u0000\\u0008y\","
		"\"force\":true,\"originalUrl\":\"https://o/\"") "]");
	const struct index_entry *e = only(index);

	cr_assert(eq(str, (char *)e->image.id, ""));
	cr_assert(eq(str, (char *)e->image.source, "index"));
	cr_assert(eq(str, (char *)e->image.name, "a.ota"));
	cr_assert(eq(u32, e->image.file_version, 17));
	cr_assert(eq(u32, e->image.size, 99));
	cr_assert(eq(u16, e->image.image_type, 4));
	cr_assert(eq(u16, e->image.manufacturer_code, 4444));
	cr_assert(eq(str, (char *)e->image.file_sha512, HEX128));
	cr_assert(eq(str, (char *)e->image.header_string, "xy"));
	cr_assert(eq(str, (char *)e->image.model, "V3"));
	cr_assert(e->image.has_hardware_range);
	cr_assert(eq(u16, e->image.hardware_min, 1));
	cr_assert(eq(u16, e->image.hardware_max, 3));
	cr_assert(e->has_min_version && e->has_max_version);
	cr_assert(eq(u32, e->min_version, 5));
	cr_assert(eq(u32, e->max_version, 9));
	cr_assert(index_list_has(e->manufacturers, "A") && index_list_has(e->manufacturers, "B"));
	cr_assert(not(index_list_has(e->manufacturers, "")));
	cr_assert(eq(str, e->notes, "https://h/notes"));
	cr_assert(eq(str, e->url, "https://h/a.ota"));
	cr_assert(not(e->strange));
	index_free(index);
}

Test(index, an_entry_of_zigpy_keeps_what_it_says)
{
	struct index *index = read("{\"x\":1,\"firmwares\":[" ZIGPY(
		",\"model_names\":[\"M1\",\"M2\"],\"manufacturer_names\":[],\"changelog\":\"new\","
		"\"min_hardware_version\":2,\"max_current_file_version\":7,\"specificity\":5") "]"
											       "}");
	const struct index_entry *e = only(index);

	cr_assert(eq(str, (char *)e->sha3_256, HEX64));
	cr_assert(eq(str, (char *)e->image.file_sha512, ""));
	cr_assert(eq(str, (char *)e->image.name, "b.ota"));
	cr_assert(eq(str, (char *)e->image.model, ""), "two models are no model");
	cr_assert(index_list_has(e->models, "M2"));
	cr_assert(e->manufacturers == NULL);
	cr_assert(eq(u16, e->image.hardware_max, UINT16_MAX));
	cr_assert(e->has_max_version && !e->has_min_version);
	cr_assert(eq(str, e->notes, "new"));
	index_free(index);
}

Test(index, what_makes_no_sense_is_skipped_and_the_reason_kept)
{
	static const char *const bad[] = { "{}", ZIGBEE_OTA(",\"fileVersion\":1"),
		ZIGBEE_OTA(",\"hardwareVersionMin\":70000"), ZIGBEE_OTA(",\"minFileVersion\":-1"),
		ZIGBEE_OTA(",\"minFileVersion\":1.5"), ZIGBEE_OTA(",\"modelId\":7"),
		ZIGBEE_OTA(",\"modelId\":\"a\\u0000b\""), ZIGBEE_OTA(",\"modelId\":\"\""),
		ZIGBEE_OTA(",\"modelId\":\"" HEX128 "\""), ZIGBEE_OTA(",\"manufacturerName\":[7]"),
		ZIGBEE_OTA(",\"path\":\"/etc/passwd\""),
		"{\"fileVersion\":1,\"imageType\":1,\"manufacturerCode\":1,\"url\":\"https://h/\"}",
		"{\"fileVersion\":1,\"imageType\":1,\"manufacturerCode\":1,\"sha512\":\"" HEX128
		"\"}",
		"{\"fileVersion\":1,\"imageType\":1,\"manufacturerCode\":1,\"sha512\":\"" HEX64
		"\",\"url\":\"https://h/\"}" };
	char json[4096];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct index *index;

		(void)snprintf(json, sizeof json, "[%s,%s]", bad[i], ZIGBEE_OTA(""));
		index = read(json);
		(void)only(index);
		cr_assert(eq(sz, index->skipped, 1), "%s", bad[i]);
		cr_assert(eq(str, index->reason.reason, "index_invalid"));
		cr_assert(eq(u32, index->entries[0]->place, 1));
		index_free(index);
	}
}

Test(index, a_key_we_do_not_know_marks_a_public_entry_and_refuses_a_local_index)
{
	const char *json = "[" ZIGBEE_OTA(",\"manufacturerNames\":[\"A\"]") "]";
	struct index *index = read(json);

	cr_assert(only(index)->strange);
	index_free(index);
	cr_assert(read_pieces(json, true, 100) == NULL);
	cr_assert(strstr(error.text, "manufacturerNames") != NULL, "%s", error.text);
	cr_assert(strstr(error.text, "entry 0") != NULL, "%s", error.text);
}

Test(index, a_local_index_may_name_paths)
{
	struct index *index = read_pieces(
		"[{\"fileVersion\":1,\"imageType\":1,\"manufacturerCode\":1,\"sha512\":\"" HEX128
		"\",\"url\":\"images/x.ota\"}]",
		true, 100);

	cr_assert(eq(str, only(index)->url, "images/x.ota"));
	index_free(index);
}

Test(index, what_is_no_index_is_refused)
{
	static const char *const bad[] = { "", "x", "{}", "[", "[}", "null", "7", "[1]", "[{}",
		"[{}{}]", "[1{}]", "[{},]", "[{}]x", "[{}] []", "{\"firmwares\":{}}",
		"{\"firmwares\":[{}],\"firmwares\":[]}", "{\"others\":[{}]}",
		"{\"firmwares\":[{}],\"others\":[{}]}", "<html><body>sorry</body></html>", "[null]",
		"[[{}]]", "{\"firmwares\":[[{}]]}", "[\"{}\"]" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert(read(bad[i]) == NULL, "%s", bad[i]);
		cr_assert(eq(str, error.reason, "index_invalid"), "%s", bad[i]);
	}
}

Test(index, pieces_do_not_matter)
{
	const char *json = " [ " ZIGBEE_OTA(
		",\"releaseNotes\":\"a \\\"}]{[\\\\\"") " ,\n\n " ZIGBEE_OTA("") " ] ";

	for (size_t piece = 1; piece < 40; piece++) {
		struct index *index = read_pieces(json, false, piece);

		cr_assert(index != NULL, "%s", error.text);
		cr_assert(eq(sz, index->n, 2));
		cr_assert(eq(str, index->entries[0]->notes, "a \"}]{[\\"));
		index_free(index);
	}
}

static enum err_code ignore(void *owner, const char *json, size_t n, struct err *e)
{
	(void)owner;
	(void)json;
	(void)n;
	(void)e;
	return OK;
}

static enum err_code feed_many(const char *head, const char *again, size_t times)
{
	struct index_split split;
	enum err_code code;

	index_split_begin(&split, ignore, NULL);
	code = index_split_feed(
		&split, (struct span){ (const uint8_t *)head, strlen(head) }, &error);
	for (size_t i = 0; i < times && code == OK; i++)
		code = index_split_feed(
			&split, (struct span){ (const uint8_t *)again, strlen(again) }, &error);
	index_split_done(&split);
	return code;
}

Test(index, what_grows_has_a_bound)
{
	cr_assert(eq(int, feed_many("[", "{},", INDEX_ENTRIES_MAX), OK));
	cr_assert(eq(int, feed_many("[", "{},", INDEX_ENTRIES_MAX + 1), ERR_TOO_LARGE));
	cr_assert(eq(int, feed_many("[{\"a\":\"", "x", INDEX_ENTRY_MAX), ERR_TOO_LARGE));
	cr_assert(eq(int, feed_many("[", "[", INDEX_FRAME_MAX), ERR_TOO_LARGE));
	cr_assert(eq(int, feed_many("[", "1,", INDEX_FRAME_MAX), ERR_TOO_LARGE));
	cr_assert(eq(int, feed_many("[", " ", 10 * INDEX_FRAME_MAX), OK));
}

static char *real_index(size_t *size)
{
	const char *folder = getenv("LOCKWRIGHT_TEST_FIRMWARE");
	char path[4096];
	char *text = calloc(1, 1 << 20);
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/index.json", folder ? folder : "");
	f = fopen(path, "r");
	*size = f ? fread(text, 1, (1 << 20) - 1, f) : 0;
	if (f)
		fclose(f);
	if (!*size && getenv("CI"))
		cr_fatal("the real index is missing: LOCKWRIGHT_TEST_FIRMWARE");
	return text;
}

Test(index, brackets_in_brackets_have_a_bound)
{
	char deep[6000] = "[" ZIGBEE_OTA(",\"originalUrl\":");
	char *at = strstr(deep, ":}");

	cr_assert(at != NULL);
	memset(++at, '[', 2000);
	memset(at + 2000, ']', 2000);
	memcpy(at + 4000, "}]", 3);
	cr_assert(read(deep) == NULL);
	cr_assert(eq(str, error.reason, "index_too_large"));
	memcpy(at, "[[[1]]]}]", 10);
	struct index *index = read(deep);

	cr_assert(eq(u32, only(index)->image.file_version, 17));
	index_free(index);
}

Test(index, every_entry_of_the_real_index_is_understood)
{
	size_t size, with_model = 0, with_names = 0, with_range = 0, with_bound = 0;
	char *json = real_index(&size);
	struct index *index = size ? read(json) : NULL;

	if (!size)
		cr_skip_test("no real firmware here");
	cr_assert(index != NULL, "%s", error.text);
	cr_assert(eq(sz, index->n, 897));
	cr_assert(eq(sz, index->skipped, 0), "%s", index->reason.text);
	for (size_t i = 0; i < index->n; i++) {
		const struct index_entry *e = index->entries[i];

		cr_assert(not(e->strange));
		with_model += e->models != NULL;
		with_names += e->manufacturers != NULL;
		with_range += e->image.has_hardware_range;
		with_bound += e->has_min_version;
	}
	cr_assert(eq(sz, with_model, 225));
	cr_assert(eq(sz, with_names, 121));
	cr_assert(eq(sz, with_range, 46));
	cr_assert(eq(sz, with_bound, 33));
	index_free(index);
	free(json);
}

Test(index, the_catalog_finds_by_product_in_order_and_by_digest)
{
	struct catalog catalog = { 0 };
	const struct index_entry *found[8];
	struct image image = { .manufacturer_code = 4444, .image_type = 4 };

	catalog_put(&catalog, 1, read("[" ZIGBEE_OTA(",\"modelId\":\"second\"") "]"));
	catalog_put(
		&catalog, 0, read("[" ZIGBEE_OTA(",\"modelId\":\"first\"") "," ZIGBEE_OTA("") "]"));
	cr_assert(eq(sz, catalog_find(&catalog, 4444, 4, found, 8), 3));
	cr_assert(eq(str, (char *)found[0]->image.model, "first"));
	cr_assert(eq(str, (char *)found[2]->image.model, "second"));
	cr_assert(eq(sz, catalog_find(&catalog, 4444, 4, found, 2), 2));
	cr_assert(eq(sz, catalog_find(&catalog, 4444, 5, found, 8), 0));
	cr_assert(catalog_says(&catalog, &image) == NULL, "no digest is no digest");
	text_copy(image.file_sha512, sizeof image.file_sha512, HEX128);
	cr_assert(eq(str, (char *)catalog_says(&catalog, &image)->image.model, "first"));
	catalog_put(&catalog, 0, read("[]"));
	cr_assert(eq(str, (char *)catalog_says(&catalog, &image)->image.model, "second"));
	catalog_done(&catalog);
}
