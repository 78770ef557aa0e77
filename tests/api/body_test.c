#include "api/body.h"

#include "api/codec.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <string.h>

static struct problem_details details;
static struct err e;

static enum err_code read_job(struct job_request *out, const char *text, json_t **root)
{
	const struct body_in in = { { (const uint8_t *)text, strlen(text) }, root, &details };

	details.n = 0;
	*root = NULL;
	return codec_read_job(out, &in, &e);
}

Test(body, job_request_is_read_whole)
{
	AUTO(json_decref) json_t *root = NULL;
	struct job_request job;

	cr_assert(eq(int,
		read_job(&job,
			"{\"lock\":\"front-door\",\"image\":null,\"version\":\"17.7.0.0\","
			"\"force\":"
			"[\"battery_low\",\"model_unproven\"],\"reinstall\":true,\"allow_"
			"downgrade\":"
			"false,\"not_before\":\"2026-06-01T02:00:00+02:00\"}",
			&root),
		OK));
	cr_assert(eq(str, (char *)job.lock, "front-door"));
	cr_assert(job.image == NULL);
	cr_assert(job.has_version);
	cr_assert(eq(u32, job.version, 0x11070000));
	cr_assert(eq(sz, job.n_force, 2));
	cr_assert(eq(str, (char *)job.force[1], "model_unproven"));
	cr_assert(job.reinstall);
	cr_assert(not(job.allow_downgrade));
	cr_assert(eq(i64, job.not_before, 1780272000000));
}

struct refused {
	char body[160];
	char path[32];
	char detail[64]; /* part of it */
};

ParameterizedTestParameters(body, refused)
{
	static struct refused rows[] = {
		{ "{}", "/lock", "is missing" },
		{ "{\"lock\":7}", "/lock", "must be a string, not a number" },
		{ "{\"lock\":null}", "/lock", "must not be null" },
		{ "{\"lock\":\"\"}", "/lock", "must have 1 to 63 bytes" },
		{ "{\"lock\":\"a\",\"lokc\":1}", "/lokc", "is not known here; known: lock, image" },
		{ "{\"lock\":\"a\",\"image\":\"latest\"}", "/image", "64 lower-case hex" },
		{ "{\"lock\":\"a\",\"version\":\"o\\u0007\"}", "/version", "printable" },
		{ "{\"lock\":\"a\",\"version\":17}", "/version", "must be a string, not a number" },
		{ "{\"lock\":\"a\",\"force\":\"x\"}", "/force",
			"an array of strings, not a string" },
		{ "{\"lock\":\"a\",\"force\":[\"x\",1]}", "/force/1", "must be a string" },
		{ "{\"lock\":\"a\",\"force\":[1,2,3,4,5,6,7,8,9]}", "/force", "at most 8 items" },
		{ "{\"lock\":\"a\",\"reinstall\":1}", "/reinstall", "must be true or false" },
		{ "{\"lock\":\"a\",\"reinstall\":null}", "/reinstall", "must not be null" },
		{ "{\"lock\":\"a\",\"not_before\":\"soon\"}", "/not_before", "a time like" },
		{ "{\"lock\":\"a\",\"not_before\":1.5}", "/not_before", "a time, not a fraction" },
	};

	return cr_make_param_array(struct refused, rows, ARRAY_SIZE(rows));
}

ParameterizedTest(struct refused *row, body, refused)
{
	struct job_request job = { .lock = "untouched" };
	json_t *root;

	cr_assert(eq(int, read_job(&job, row->body, &root), ERR_INVALID), "%s", row->body);
	cr_assert(eq(str, e.reason, "invalid_body"));
	cr_assert(root == NULL);
	cr_assert(eq(str, (char *)job.lock, "untouched"));
	cr_assert(eq(str, details.at[0].path, row->path), "%s", row->body);
	cr_assert(strstr(details.at[0].detail, row->detail) != NULL, "%s: %s", row->body,
		details.at[0].detail);
	cr_assert(strstr(e.text, row->path) != NULL, "%s", e.text);
}

Test(body, all_mistakes_are_named_up_to_a_limit)
{
	struct job_request job;
	json_t *root;

	cr_assert(read_job(&job, "{\"a\":1,\"b\":2,\"force\":3}", &root) != OK);
	cr_assert(eq(sz, details.n, 4), "two unknown, one wrong, one missing");
	cr_assert(
		read_job(&job,
			"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1}",
			&root) != OK);
	cr_assert(eq(sz, details.n, PROBLEM_DETAILS_MAX));
}

ParameterizedTestParameters(body, no_json)
{
	static struct refused rows[] = {
		{ "{\"lock\":", "", "" },
		{ "{\"lock\":\"a\",\"lock\":\"b\"}", "", "" },
		{ "{} {}", "", "" },
		{ "{\"lock\":\"a\\u0000b\"}", "", "" },
		{ "{\"lock\":\"\xff\"}", "", "" },
		{ "[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]", "", "" },
	};

	return cr_make_param_array(struct refused, rows, ARRAY_SIZE(rows));
}

ParameterizedTest(struct refused *row, body, no_json)
{
	struct job_request job;
	json_t *root;

	cr_assert(eq(int, read_job(&job, row->body, &root), ERR_INVALID));
	cr_assert(eq(str, e.reason, "invalid_json"), "%s", row->body);
}

Test(body, other_values_than_objects_are_refused)
{
	struct job_request job;
	json_t *root;

	cr_assert(eq(int, read_job(&job, "[1]", &root), ERR_INVALID));
	cr_assert(eq(str, e.text, "The body must be a JSON object."));
}

static enum err_code read_lock(struct lock_patch *out, const char *text, json_t **root)
{
	const struct body_in in = { { (const uint8_t *)text, strlen(text) }, root, &details };

	details.n = 0;
	return codec_read_lock(out, &in, &e);
}

Test(body, absent_members_of_a_lock_change_nothing)
{
	AUTO(json_decref) json_t *root = NULL;
	struct lock_patch patch;

	cr_assert(eq(int, read_lock(&patch, "{}", &root), OK));
	cr_assert(patch.name == NULL && patch.adapter == NULL && patch.address == NULL);
	cr_assert(eq(int, patch.min_battery_percent, -1));
	cr_assert(not(patch.dismiss_problem));
}

Test(body, change_of_a_lock_without_a_body_is_refused)
{
	AUTO(json_decref) json_t *root = NULL;
	struct lock_patch patch;

	cr_assert(eq(int, read_lock(&patch, "", &root), ERR_INVALID));
	cr_assert(eq(ptr, root, NULL));
}

Test(body, whole_number_may_be_written_as_a_fraction)
{
	AUTO(json_decref) json_t *root = NULL;
	struct lock_patch patch;

	cr_assert(eq(int, read_lock(&patch, "{\"min_battery_percent\":60.0}", &root), OK));
	cr_assert(eq(int, patch.min_battery_percent, 60));
	json_decref(root);
	root = NULL;
	cr_assert(eq(int, read_lock(&patch, "{\"min_battery_percent\":60.5}", &root), ERR_INVALID));
	cr_assert(
		eq(int, read_lock(&patch, "{\"min_battery_percent\":6e300}", &root), ERR_INVALID));
}

Test(body, null_battery_limit_is_the_default_again)
{
	AUTO(json_decref) json_t *root = NULL;
	struct lock_patch patch;

	cr_assert(eq(int, read_lock(&patch, "{\"min_battery_percent\":null}", &root), OK));
	cr_assert(eq(int, patch.min_battery_percent, 0));
	cr_assert(eq(int, read_lock(&patch, "{\"min_battery_percent\":101}", &root), ERR_INVALID));
	cr_assert(eq(str, details.at[0].detail, "must be from 0 to 100, is 101"));
}
