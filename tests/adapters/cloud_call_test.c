/* Operations against answers as vendors document them, without a network. */
#include "adapters/cloud/call.h"
#include "adapters/cloud/secrets.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

static struct profile *profile;
static struct cloud_call *call;

static void done(void)
{
	cloud_call_free(call);
	profile_free(profile);
}

TestSuite(cloud_call, .fini = done);

static void begin(const char *name, enum cloud_op op)
{
	struct call_args args = { .device_id = "lock1",
		.module = "0",
		.target = "2.0.0",
		.job_id = "17",
		.vendor_job = "op-9",
		.uuid = "00000000-0000-4000-8000-000000000001" };
	struct err e = { 0 };

	cr_assert(eq(int, profile_open(&profile, name, &e), OK), "%s", e.text);
	args.origin = profile->regions[0].origin;
	cr_assert(eq(int, cloud_call_new(&call, profile, op, &args, &e), OK));
	cr_assert(eq(int, cloud_call_step(call, NULL), CALL_SEND));
}

static enum call_step answer_with(unsigned status, const char *body)
{
	struct cloud_answer answer = { .sent = HTTP_ANSWERED,
		.status = status,
		.retry_after_s = -1,
		.body = { (const uint8_t *)body, strlen(body) } };

	return cloud_call_step(call, &answer);
}

static void expect_request(const char *method, const char *url, const char *body)
{
	const struct cloud_request *r = cloud_call_request(call);
	char *made = request_url(r);

	cr_assert(eq(str, (char *)r->method, (char *)method));
	cr_assert(eq(str, made, (char *)url));
	cr_assert(eq(str, r->body ? r->body : "", (char *)body));
	secret_text_free(made);
}

static const struct call_result *result(void)
{
	return cloud_call_result(call);
}

#define TUYA "https://openapi.tuyacn.com"

Test(cloud_call, tuya_status_comes_from_two_answers)
{
	begin("tuya", OP_STATUS);
	expect_request("GET", TUYA "/v2.0/cloud/thing/lock1", "");
	cr_assert(eq(int,
		answer_with(200, "{\"success\":true,\"result\":{\"is_online\":true,\"product_id\":"
				 "\"p1\",\"local_key\":\"canary\"}}"),
		CALL_SEND));
	expect_request("GET", TUYA "/v1.0/iot-03/devices/lock1/status", "");
	cr_assert(eq(int,
		answer_with(200, "{\"success\":true,\"result\":[{\"code\":\"residual_electricity\","
				 "\"value\":83},{\"code\":\"lock_motor_state\",\"value\":true}]}"),
		CALL_DONE));
	cr_assert(eq(int, result()->online, 1));
	cr_assert(eq(int, result()->battery_pct, 83));
	cr_assert(eq(int, result()->battery_low, -1));
	cr_assert(eq(int, result()->locked, 0));
	cr_assert(eq(str, (char *)result()->model, "p1"));
}

Test(cloud_call, tuya_firmware_is_a_list_or_an_object_with_type_or_channel)
{
	begin("tuya", OP_CHECK);
	cr_assert(eq(int,
		answer_with(200,
			"{\"success\":true,\"result\":[{\"type\":0,\"type_desc\":\"Wi-Fi "
			"module\",\"current_version\":\"1.0.0\",\"version\":\"2.0.0\",\"upgrade_"
			"status\":1,\"timeout\":600},{\"channel\":9,\"current_version\":\"1.1.1\","
			"\"version\":\"1.1.1\",\"upgrade_status\":0,\"can_upgrade\":false,"
			"\"remind\":"
			"\"battery\\u202e low\"}]}"),
		CALL_DONE));
	cr_assert(eq(sz, result()->n_components, 2));
	cr_assert(eq(str, (char *)result()->components[0].id, "0"));
	cr_assert(eq(str, (char *)result()->components[0].label, "Wi-Fi module"));
	cr_assert(eq(str, (char *)result()->components[0].installed, "1.0.0"));
	cr_assert(eq(str, (char *)result()->components[0].available, "2.0.0"));
	cr_assert(eq(int, result()->components[0].state, VENDOR_AVAILABLE));
	cr_assert(eq(u32, result()->components[0].timeout_s, 600));
	cr_assert(not(result()->components[0].blocked));
	cr_assert(eq(str, (char *)result()->components[1].id, "9"));
	cr_assert(eq(str, (char *)result()->components[1].available, ""));
	cr_assert(result()->components[1].blocked);
	cr_assert(eq(str, (char *)result()->components[1].why, "battery low"));
	done();
	begin("tuya", OP_CHECK);
	cr_assert(eq(int,
		answer_with(200, "{\"success\":true,\"result\":{\"channel\":0,\"current_version\":"
				 "\"1.0\",\"upgrade_status\":7}}"),
		CALL_DONE));
	cr_assert(eq(sz, result()->n_components, 1));
	cr_assert(eq(int, result()->components[0].state, VENDOR_TIMED_OUT));
}

Test(cloud_call, tuya_trigger_has_no_body_and_is_one)
{
	begin("tuya", OP_TRIGGER);
	expect_request("POST", TUYA "/v2.0/cloud/thing/lock1/firmware/0", "");
	cr_assert(cloud_call_request(call)->trigger);
	cr_assert(eq(int, answer_with(200, "{\"success\":true,\"result\":true}"), CALL_DONE));
	cr_assert(result()->accepted);
}

Test(cloud_call, what_a_refusal_is_and_what_is_not)
{
	static const struct {
		enum http_sent sent;
		unsigned status;
		const char *body;
		bool refusal;
	} rows[] = {
		{ HTTP_NOT_SENT, 0, NULL, true },
		{ HTTP_MAYBE_SENT, 0, NULL, false },
		{ HTTP_ANSWERED, 502, "<html>", false },
		{ HTTP_ANSWERED, 200, "{\"success\":tr", false },
		{ HTTP_ANSWERED, 200, "{\"success\":false,\"code\":2001}", true },
		{ HTTP_ANSWERED, 200, "{\"success\":false,\"code\":1113}", true },
		{ HTTP_ANSWERED, 200, "{\"success\":false,\"code\":500}", false },
		{ HTTP_ANSWERED, 200, "{\"success\":false,\"code\":99}", false },
		{ HTTP_ANSWERED, 200, "{\"success\":true,\"result\":false}", false },
		{ HTTP_ANSWERED, 429, "", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cloud_answer answer = {
			.sent = rows[i].sent, .status = rows[i].status, .retry_after_s = -1
		};

		if (rows[i].sent != HTTP_ANSWERED)
			(void)err_set(&answer.err, ERR_IO, "connection lost");
		else
			answer.body = (struct span){ (const uint8_t *)rows[i].body,
				strlen(rows[i].body) };
		begin("tuya", OP_TRIGGER);
		cr_assert(eq(int, cloud_call_step(call, &answer), CALL_FAIL), "row %zu", i);
		cr_assert(eq(int, verdict_is_refusal(cloud_call_verdict(call), &answer),
				  rows[i].refusal),
			"row %zu", i);
		done();
		call = NULL;
		profile = NULL;
	}
}

Test(cloud_call, tuya_lists_page_by_page_and_only_locks)
{
	begin("tuya", OP_LIST);
	expect_request(
		"GET", TUYA "/v1.0/iot-01/associated-users/devices?last_row_key=&size=50", "");
	cr_assert(eq(int,
		answer_with(200,
			"{\"success\":true,\"result\":{\"has_more\":true,\"last_row_key\":\"k 1\","
			"\"devices\":[{\"id\":\"a\",\"name\":\"Front\",\"category\":\"ms\","
			"\"online\":true},{\"id\":\"b\",\"category\":\"dj\"}]}}"),
		CALL_SEND));
	expect_request(
		"GET", TUYA "/v1.0/iot-01/associated-users/devices?last_row_key=k%201&size=50", "");
	/* A cloud that turns in circles is left. */
	cr_assert(eq(int,
		answer_with(200,
			"{\"success\":true,\"result\":{\"has_more\":true,\"last_row_key\":\"k 1\","
			"\"devices\":[{\"id\":\"c\",\"category\":\"videolock\"}]}}"),
		CALL_DONE));
	cr_assert(eq(sz, result()->n_locks, 2));
	cr_assert(eq(str, (char *)result()->locks[0].id, "a"));
	cr_assert(eq(str, (char *)result()->locks[0].name, "Front"));
	cr_assert(eq(int, result()->locks[1].online, -1));
}

Test(cloud_call, aqara_takes_the_newest_released_firmware_of_the_model)
{
	begin("aqara", OP_CHECK);
	cr_assert(eq(int,
		answer_with(200, "{\"code\":0,\"result\":{\"data\":[{\"did\":\"other\",\"model\":"
				 "\"m0\"},{\"did\":\"lock1\",\"model\":\"aqara.lock.m1\","
				 "\"firmwareVersion\":\"0.0.0_0040\"}]}}"),
		CALL_SEND));
	expect_request("POST", "https://open-cn.aqara.com/v3.0/open/api",
		"{\"intent\":\"query.ota.firmware\",\"data\":{\"model\":\"aqara.lock.m1\"}}");
	cr_assert(eq(int,
		answer_with(200,
			"{\"code\":0,\"result\":[{\"firmwareVersion\":\"0.0.0_0042\",\"state\":2,"
			"\"releaseTime\":\"1600000000000\"},{\"firmwareVersion\":\"0.0.0_0044\","
			"\"state\":2,\"releaseTime\":\"1700000000000\",\"updateLog\":\"fixes\"},"
			"{\"firmwareVersion\":\"0.0.0_0050\",\"state\":1,\"releaseTime\":"
			"\"1800000000000\"}]}"),
		CALL_DONE));
	cr_assert(eq(sz, result()->n_components, 1));
	cr_assert(eq(str, (char *)result()->components[0].id, "main"));
	cr_assert(eq(str, (char *)result()->components[0].installed, "0.0.0_0040"));
	cr_assert(eq(str, (char *)result()->components[0].available, "0.0.0_0044"));
	cr_assert(eq(str, (char *)result()->components[0].notes, "fixes"));
	cr_assert(eq(int, result()->components[0].state, VENDOR_AVAILABLE));
}

Test(cloud_call, aqara_refuses_a_device_inside_a_good_answer)
{
	begin("aqara", OP_TRIGGER);
	cr_assert(eq(int, answer_with(200, "{\"code\":0,\"result\":[]}"), CALL_DONE));
	cr_assert(result()->accepted);
	done();
	begin("aqara", OP_TRIGGER);
	cr_assert(eq(int,
		answer_with(200, "{\"code\":0,\"result\":[{\"did\":\"lock1\",\"code\":602}]}"),
		CALL_FAIL));
	cr_assert(eq(int, cloud_call_verdict(call)->class, VENDOR_DEVICE_OFFLINE));
	cr_assert(eq(str, (char *)cloud_call_verdict(call)->code, "602"));
}

Test(cloud_call, aqara_pages_are_numbers)
{
	begin("aqara", OP_LIST);
	expect_request("POST", "https://open-cn.aqara.com/v3.0/open/api",
		"{\"intent\":\"query.device.info\",\"data\":{\"dids\":[],\"positionId\":\"\","
		"\"pageNum\":1,\"pageSize\":50}}");
	cr_assert(eq(int,
		answer_with(200, "{\"code\":0,\"result\":{\"totalCount\":51,\"data\":[{\"did\":"
				 "\"a\",\"state\":1}]}}"),
		CALL_SEND));
	expect_request("POST", "https://open-cn.aqara.com/v3.0/open/api",
		"{\"intent\":\"query.device.info\",\"data\":{\"dids\":[],\"positionId\":\"\","
		"\"pageNum\":2,\"pageSize\":50}}");
	cr_assert(eq(int,
		answer_with(200, "{\"code\":0,\"result\":{\"totalCount\":51,\"data\":[{\"did\":"
				 "\"b\",\"state\":0}]}}"),
		CALL_DONE));
	cr_assert(eq(sz, result()->n_locks, 2));
	cr_assert(eq(int, result()->locks[1].online, 0));
}

Test(cloud_call, utec_letters_may_be_large_or_small_and_jammed_is_not_known)
{
	begin("utec", OP_STATUS);
	cr_assert(eq(int,
		answer_with(200,
			"{\"payload\":{\"devices\":[{\"id\":\"lock1\",\"states\":["
			"{\"capability\":\"st.healthcheck\",\"name\":\"Status\",\"value\":"
			"\"Online\"},"
			"{\"capability\":\"st.Lock\",\"name\":\"lockState\",\"value\":\"Jammed\"},"
			"{\"capability\":\"st.batteryLevel\",\"name\":\"level\",\"value\":4}]}]}}"),
		CALL_DONE));
	cr_assert(eq(int, result()->online, 1));
	cr_assert(eq(int, result()->locked, -1));
	cr_assert(eq(int, result()->battery_pct, 70));
	cr_assert(eq(int, result()->battery_step, 4));
	cr_assert(eq(sz, result()->n_components, 0));
}

Test(cloud_call, utec_says_in_a_200_that_the_token_is_over)
{
	begin("utec", OP_LIST);
	cr_assert(
		eq(int, answer_with(200, "{\"payload\":{\"error\":{\"code\":\"INVALID_TOKEN\"}}}"),
			CALL_FAIL));
	cr_assert(eq(int, cloud_call_verdict(call)->class, VENDOR_AUTH_EXPIRED));
	/* After a refresh the same request goes again. */
	expect_request("POST", "https://api.u-tec.com/action", cloud_call_request(call)->body);
	cr_assert(eq(int,
		answer_with(
			200, "{\"payload\":{\"devices\":[{\"id\":\"AA:BB\",\"name\":\"Door\"}]}}"),
		CALL_DONE));
	cr_assert(eq(sz, result()->n_locks, 1));
}

Test(cloud_call, nuki_packs_its_version)
{
	begin("nuki", OP_STATUS);
	cr_assert(eq(int,
		answer_with(200,
			"{\"firmwareVersion\":199430,\"serverState\":0,\"state\":{\"state\":"
			"1,\"batteryCritical\":false,\"batteryCharge\":58}}"),
		CALL_DONE));
	cr_assert(eq(str, (char *)result()->components[0].installed, "3.11.6"));
	cr_assert(eq(int, result()->locked, 1));
	cr_assert(eq(int, result()->battery_low, 0));
	done();
	begin("nuki", OP_LIST);
	cr_assert(eq(int, answer_with(200, "[{\"smartlockId\":17938216461,\"name\":\"N\"}]"),
		CALL_DONE));
	cr_assert(eq(str, (char *)result()->locks[0].id, "17938216461"));
}

Test(cloud_call, ttlock_sends_forms_and_drops_the_image)
{
	begin("ttlock", OP_CHECK);
	cr_assert(eq(sz, cloud_call_request(call)->n_form, 1));
	cr_assert(eq(str, cloud_call_request(call)->form[0].value, "lock1"));
	cr_assert(eq(int,
		answer_with(200, "{\"needUpgrade\":1,\"version\":\"6.4\",\"firmwareInfo\":"
				 "{\"firmwareRevision\":\"6.3\"},\"firmwarePackage\":\"AAAA\"}"),
		CALL_DONE));
	cr_assert(eq(str, (char *)result()->components[0].available, "6.4"));
	cr_assert(eq(int, result()->components[0].state, VENDOR_AVAILABLE));
}

Test(cloud_call, generic_has_an_idempotency_key_a_version_and_an_operation)
{
	const struct cloud_request *r;

	begin("generic", OP_TRIGGER);
	r = cloud_call_request(call);
	cr_assert(eq(str, r->headers[0], "Idempotency-Key: 17"));
	cr_assert(eq(str, r->body, "{\"component\":\"0\",\"version\":\"2.0.0\"}"));
	cr_assert(eq(
		int, answer_with(202, "{\"accepted\":true,\"operation_id\":\"op-1\"}"), CALL_DONE));
	cr_assert(eq(str, (char *)result()->vendor_job, "op-1"));
	done();
	begin("generic", OP_PROGRESS);
	cr_assert(eq(int, answer_with(200, "{\"percent\":430,\"state\":\"dreaming\"}"), CALL_DONE));
	cr_assert(eq(int, result()->percent, -1));
	cr_assert(eq(int, result()->state, VENDOR_UNKNOWN));
}

Test(cloud_call, an_id_that_would_change_the_path_is_not_sent)
{
	static const char *const ids[] = { "../token", "a/b", "a?b=1", "a#b", "a%2fb", "..",
		"a\rb" };
	struct err e;

	cr_assert(eq(int, profile_open(&profile, "nuki", &e), OK));
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct call_args args = { .origin = "https://x.example",
			.device_id = ids[i] };

		cr_assert(eq(int, cloud_call_new(&call, profile, OP_STATUS, &args, &e), OK));
		cr_assert(eq(int, cloud_call_step(call, NULL), CALL_FAIL), "%s", ids[i]);
		cr_assert(eq(int, cloud_call_verdict(call)->class, VENDOR_BAD_REQUEST));
		cloud_call_free(call);
	}
	call = NULL;
}

Test(cloud_call, strange_answers_are_the_clouds_fault)
{
	static const char *const bodies[] = { "", "null", "[]", "7", "\"x\"",
		"{\"success\":\"yes\"}", "{\"success\":true", "{\"n\":1e400}",
		"{\"a\":99999999999999999999}", "{\"success\":false}", "<html><body>",
		"{\"a\":\"\\u0000\"}" };

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		begin("tuya", OP_CHECK);
		cr_assert(eq(int, answer_with(200, bodies[i]), CALL_FAIL), "%s", bodies[i]);
		cr_assert(cloud_call_verdict(call)->class == VENDOR_ERROR ||
			  cloud_call_verdict(call)->class == VENDOR_STRANGE);
		done();
	}
	call = NULL;
	profile = NULL;
}

Test(cloud_call, of_equal_keys_the_last_one_holds)
{
	begin("generic", OP_STATUS);
	cr_assert(eq(int, answer_with(200, "{\"battery\":10,\"battery\":90}"), CALL_DONE));
	cr_assert(eq(int, result()->battery_pct, 90));
}
