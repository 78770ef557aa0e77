#include "api/codec.h"

#include "api/reply.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

/* Good until the eighth call after it. */
static char *dump(json_t *json, const char *name)
{
	static char texts[8][1024];
	static unsigned next;
	char *out = texts[next++ % 8];
	size_t n = json_dumpb(json_object_get(json, name), out, 1023,
		JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(10));

	out[n] = '\0';
	if (!n)
		(void)text_copy(out, 1024, "absent");
	return out;
}

#define IS(json, name, text) cr_expect(eq(str, dump(json, name), text), name)

static struct lock bare_lock(void)
{
	struct lock lock = { .id = "front-door", .adapter = "stick", .managed = LOCK_BY_SCAN };

	lock.battery = (struct lock_battery){ .half_percent = -1, .decivolt = -1 };
	return lock;
}

Test(codec, lock_before_first_contact_is_null_not_absent)
{
	struct lock lock = bare_lock();
	const struct lock_view view = { .lock = &lock };
	json_t *json = codec_lock(&view);
	static const char *const nulls[] = { "model", "manufacturer", "sw_build",
		"installed_version", "installed_file_version", "latest_version",
		"latest_file_version", "update_percentage", "waiting_for", "eta", "job_id",
		"battery_percent", "battery_voltage", "battery_alarm", "min_battery_percent",
		"lock_state", "last_heard", "release_summary", "release_url", "error_code",
		"error_message", "network" };

	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
		cr_expect(eq(str, dump(json, nulls[i]), "null"), "%s", nulls[i]);
	IS(json, "version_source", "\"none\"");
	IS(json, "phase", "\"idle\"");
	IS(json, "in_progress", "false");
	IS(json, "problem", "false");
	IS(json, "managed", "\"scan\"");
	IS(json, "name", "\"front-door\"");
	IS(json, "not_offered", "[]");
	cr_expect(strstr(dump(json, "advice"), "wake the lock") != NULL);
	json_decref(json);
}

static struct lock known_lock(void)
{
	struct lock lock = bare_lock();

	lock.facts = (struct lock_facts){ .known = FACT_VERSION | FACT_MODEL | FACT_LOCK_STATE |
						   FACT_NETWORK | FACT_IMAGE_KEY,
		.version = 0x11070000,
		.version_source = VERSION_QUERY,
		.manufacturer_code = 0x115c,
		.model = "V3-BTZB",
		.sw_build = "",
		.lock_state = LOCK_LOCKED,
		.network_address = 0x1a2b,
		.parent = 0,
		.endpoint = 1,
		.lqi = 0,
		.sleepy = true };
	lock.battery = (struct lock_battery){ .half_percent = 99, .decivolt = 58, .at = 1 };
	return lock;
}

Test(codec, lock_shows_what_it_knows)
{
	struct lock lock = known_lock();
	const struct lock_view view = { .lock = &lock };
	json_t *json = codec_lock(&view);

	IS(json, "installed_version", "\"17.7.0.0\"");
	IS(json, "installed_file_version", "\"0x11070000\"");
	IS(json, "latest_version", "\"17.7.0.0\"");
	IS(json, "version_source", "\"query\"");
	IS(json, "battery_percent", "49");
	IS(json, "battery_voltage", "5.8");
	IS(json, "battery_alarm", "false");
	IS(json, "lock_state", "\"locked\"");
	IS(json, "title", "\"V3-BTZB firmware\"");
	IS(json, "sw_build", "null");
	IS(json, "advice", "null");
	IS(json, "network",
		"{\"address\":\"0x1a2b\",\"endpoint\":1,\"parent\":\"0x0000\",\"lqi\":null,"
		"\"sleepy\":true}");
	json_decref(json);
}

Test(codec, lock_mirrors_its_active_job)
{
	struct lock lock = known_lock();
	const struct job job = {
		.id = 17, .phase = JOB_WAITING, .waiting_for = WAIT_WAKE, .to_version = 0x11080000
	};
	const struct lock_view view = { .lock = &lock,
		.job = &job,
		.progress = { .in_progress = true, .percent = 41.79, .eta = 1780272000000 } };
	json_t *json = codec_lock(&view);

	IS(json, "phase", "\"waiting\"");
	IS(json, "waiting_for", "\"wake\"");
	IS(json, "in_progress", "true");
	IS(json, "update_percentage", "41.7");
	IS(json, "eta", "\"2026-06-01T00:00:00.000Z\"");
	IS(json, "job_id", "17");
	IS(json, "latest_version", "\"17.8.0.0\"");
	json_decref(json);
}

Test(codec, last_failure_stays_on_the_lock_with_advice)
{
	struct lock lock = known_lock();
	const struct lock_view view = { .lock = &lock };
	json_t *json;

	(void)text_copy(lock.problem, sizeof lock.problem, "version_unchanged");
	(void)text_copy(lock.problem_text, sizeof lock.problem_text, "Still 17.7.0.0.");
	json = codec_lock(&view);
	IS(json, "problem", "true");
	IS(json, "error_code", "\"version_unchanged\"");
	IS(json, "error_message", "\"Still 17.7.0.0.\"");
	cr_expect(strlen(dump(json, "advice")) > 10);
	json_decref(json);
}

Test(codec, offer_names_image_and_why_others_are_not)
{
	struct lock lock = known_lock();
	const struct image image = { .file_version = 0x11090000, .size = 1000, .name = "a.ota" };
	const struct image other = { .file_version = 0x110a0000, .name = "b.ota" };
	const struct lock_view view = { .lock = &lock,
		.offer = { .image = &image,
			.n_not_offered = 1,
			.not_offered = { { &other, "model_unproven", NULL } } } };
	json_t *json = codec_lock(&view);

	IS(json, "latest_version", "\"17.9.0.0\"");
	IS(json, "release_summary", "\"17.9.0.0 from a.ota, 1000 bytes.\"");
	cr_expect(strstr(dump(json, "not_offered"), "\"reason\":\"model_unproven\"") != NULL);
	json_decref(json);
}

Test(codec, what_an_index_says_of_a_release_is_shown_as_address_or_text)
{
	struct lock lock = known_lock();
	struct index_entry entry = {
		.image = { .file_version = 0x11090000, .size = 1000, .name = "a.ota" },
		.notes = (char *)"https://example.org/notes"
	};
	const struct lock_view view = { .lock = &lock,
		.offer = { .image = &entry.image, .says = &entry } };
	json_t *json = codec_lock(&view);

	IS(json, "image", "null");
	IS(json, "latest_version", "\"17.9.0.0\"");
	IS(json, "release_url", "\"https://example.org/notes\"");
	IS(json, "release_summary", "\"17.9.0.0 from a.ota, 1000 bytes.\"");
	json_decref(json);
	entry.notes = (char *)"Better motor.";
	json = codec_lock(&view);
	IS(json, "release_url", "null");
	IS(json, "release_summary", "\"17.9.0.0 from a.ota, 1000 bytes. Better motor.\"");
	json_decref(json);
}

Test(codec, names_of_foreign_devices_cannot_break_the_json)
{
	struct lock lock = known_lock();
	const struct lock_view view = { .lock = &lock };
	json_t *json;

	memcpy(lock.facts.model, "V3\xff\"\x01", 6);
	json = codec_lock(&view);
	IS(json, "model", "\"V3?\\\"\\u0001\"");
	json_decref(json);
}

Test(codec, active_job_shows_volatile_progress_and_final_one_does_not)
{
	struct job job = { .id = 9,
		.phase = JOB_TRANSFERRING,
		.bytes_done = 100,
		.bytes_total = 1000,
		.status = -1,
		.repeats = 2 };
	struct job_view view = { .job = &job,
		.active = true,
		.progress = { .in_progress = true,
			.percent = 50,
			.rate = 62.55,
			.bytes_done = 500,
			.block_size = 50,
			.repeats = 3 } };
	json_t *json = codec_job(&view);

	IS(json, "bytes_done", "500");
	IS(json, "rate_bytes_s", "62.5");
	IS(json, "update_percentage", "50.0");
	IS(json, "repeats", "3");
	IS(json, "error", "null");
	IS(json, "from_version", "null");
	IS(json, "final", "false");
	json_decref(json);
	job.phase = JOB_SUCCEEDED;
	view.active = false;
	json = codec_job(&view);
	IS(json, "bytes_done", "100");
	IS(json, "rate_bytes_s", "null");
	IS(json, "update_percentage", "null");
	IS(json, "in_progress", "false");
	IS(json, "final", "true");
	json_decref(json);
}

Test(codec, failed_job_says_what_the_lock_answered)
{
	struct job job = { .id = 9, .phase = JOB_FAILED, .status = 0x96, .space = "ota_end" };
	const struct job_view view = { .job = &job };
	json_t *json, *error;

	(void)err_because(&job.error, ERR_REFUSED, "invalid_image", "The lock refused it.");
	json = codec_job(&view);
	error = json_object_get(json, "error");
	IS(error, "code", "\"invalid_image\"");
	IS(error, "detail", "\"The lock refused it.\"");
	IS(error, "status", "{\"space\":\"ota_end\",\"code\":150,\"name\":\"INVALID_IMAGE\"}");
	json_decref(json);
}

Test(codec, only_auth_and_ping_are_understood)
{
	static const struct {
		const char *text;
		int type;
	} rows[] = {
		{ "{\"type\":\"ping\"}", CLIENT_PING },
		{ "{\"type\":\"auth\",\"token\":\"lw_x\"}", CLIENT_AUTH },
		{ "{\"type\":\"auth\"}", CLIENT_UNKNOWN },
		{ "{\"type\":\"auth\",\"token\":1}", CLIENT_UNKNOWN },
		{ "{\"type\":7}", CLIENT_UNKNOWN },
		{ "[]", CLIENT_UNKNOWN },
		{ "", CLIENT_UNKNOWN },
		{ "\xff", CLIENT_UNKNOWN },
	};
	struct client_message message;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		codec_client_message(&message, rows[i].text, strlen(rows[i].text));
		cr_expect(eq(int, (int)message.type, rows[i].type), "%s", rows[i].text);
	}
}
