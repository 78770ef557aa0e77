#include "api/codec.h"
#include "tests/api/support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

/* Locks of vendors over REST, and the vendors' own messages. */

#define KEY "00112233445566778899aabbccddeeff0011223344556677"

static struct world *w;
static struct lock *bolt;

static void setup(void)
{
	w = world_new(false);
	(void)add_vendor(w, "tuya");
	(void)add_adapter(w, "stick");
	bolt = add_lock(w, "bolt");
	strcpy(bolt->adapter, "tuya");
	bolt->facts.known = FACT_ONLINE | FACT_COMPONENTS;
	bolt->facts.online = true;
	bolt->n_components = 2;
	bolt->components[0] = (struct lock_component){ .id = "0", .installed = "V1.0" };
	bolt->components[1] =
		(struct lock_component){ .id = "9", .installed = "1.1", .available = "1.2" };
}

static void teardown(void)
{
	world_free(w);
}

TestSuite(vendor_api, .init = setup, .fini = teardown);

static char first_body[512];

/* 401 and always the same words. */
static void refused(const char *line, const char *body)
{
	cr_assert(eq(uint, ask(w, line, body, NULL), 401), "%s", line);
	if (!first_body[0])
		memcpy(first_body, w->reply.body, w->reply.size);
	cr_assert(eq(sz, w->reply.size, strlen(first_body)), "%s", line);
	cr_assert(eq(int, memcmp(first_body, w->reply.body, w->reply.size), 0), "%s", line);
}

Test(vendor_api, a_message_with_the_key_needs_no_token)
{
	cr_assert(eq(uint,
		ask(w, "POST /api/v1/hooks/tuya/" KEY, "good",
			"Content-Type: application/x-www-form-urlencoded", "X-Mark: signed", NULL),
		204));
	cr_assert(eq(str, w->engine.called, "hook tuya 4 signed"));
}

Test(vendor_api, every_refusal_says_the_same)
{
	refused("POST /api/v1/hooks/tuya/" KEY, "bad");
	w->engine.called[0] = '\0';
	refused("POST /api/v1/hooks/tuya/" KEY "0", "good");
	refused("POST /api/v1/hooks/tuya/1", "good");
	refused("POST /api/v1/hooks/tuya/00112233445566778899aabbccddeeff0011223344556678", "good");
	refused("POST /api/v1/hooks/stick/" KEY, "good");
	refused("POST /api/v1/hooks/none/" KEY, "good");
	cr_assert(eq(str, w->engine.called, ""), "and the engine did not hear of it");
}

Test(vendor_api, the_address_is_for_those_who_control)
{
	cr_assert(eq(uint, ask(w, "GET /api/v1/adapters/tuya/hook", NULL, NULL), 401));
	cr_assert(eq(uint,
		ask(w, "GET /api/v1/adapters/tuya/hook", NULL, w->token[SCOPE_READ], NULL), 403));
	cr_assert(eq(uint,
		ask(w, "GET /api/v1/adapters/tuya/hook", NULL, w->token[SCOPE_CONTROL], NULL),
		200));
	cr_assert(eq(str, (char *)text_of(w, "path"), "/api/v1/hooks/tuya/" KEY));
	cr_assert(eq(uint,
		ask(w, "GET /api/v1/adapters/stick/hook", NULL, w->token[SCOPE_CONTROL], NULL),
		404));
}

static json_t *capability(const char *name)
{
	return json_object_get(json_object_get(w->json, "capabilities"), name);
}

Test(vendor_api, versions_are_the_vendors_words_and_none_is_invented)
{
	json_t *list, *guide;

	cr_assert(
		eq(uint, ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL), 200));
	cr_assert(eq(str, (char *)text_of(w, "installed_version"), "V1.0"));
	cr_assert(eq(str, (char *)text_of(w, "latest_version"), "V1.0"));
	cr_assert(holds_null(json_object_get(w->json, "installed_file_version")));
	cr_assert(holds_true(json_object_get(w->json, "online")));
	list = json_object_get(w->json, "components");
	cr_assert(eq(sz, json_array_size(list), 2));
	cr_assert(eq(str,
		(char *)json_string_value(
			json_object_get(json_array_get(list, 1), "latest_version")),
		"1.2"));
	cr_assert(not(holds_true(capability("can_trigger"))));
	cr_assert(holds_true(capability("reports_version")));
	cr_assert(strstr(json_string_value(capability("why")), "app") != NULL);
	guide = json_object_get(w->json, "guide");
	cr_assert(eq(str, (char *)json_string_value(json_object_get(guide, "app")), "Bolt App"));
	cr_assert(eq(sz, json_array_size(json_object_get(guide, "steps")), 2));
}

Test(vendor_api, no_key_helps_a_hub_that_is_away)
{
	struct job *job = add_job(w, 18, "bolt");

	job->vendor = true;
	job->phase = JOB_WAITING;
	job->waiting_for = WAIT_WAKE;
	(void)err_because(&job->error, ERR_CONFLICT, "lock_offline", "It is away.");
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(str, (char *)text_of(w, "action"), "press_key"));
	(void)err_because(&job->error, ERR_CONFLICT, "gateway_offline", "The hub is away.");
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(holds_null(json_object_get(w->json, "action")));
}

Test(vendor_api, a_version_that_somebody_confirmed_is_shown_as_such)
{
	bolt->components[0].installed[0] = '\0';
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(holds_null(json_object_get(w->json, "installed_version")));
	cr_assert(eq(str, (char *)text_of(w, "version_source"), "none"));
	strcpy(bolt->attested_text, "2.0");
	strcpy(bolt->attested_part, "0");
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(str, (char *)text_of(w, "installed_version"), "2.0"));
	cr_assert(eq(str, (char *)text_of(w, "latest_version"), "2.0"));
	cr_assert(eq(str, (char *)text_of(w, "version_source"), "attested"));
	strcpy(bolt->components[0].installed, "1.9");
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(str, (char *)text_of(w, "installed_version"), "1.9"));
	cr_assert(eq(str, (char *)text_of(w, "version_source"), "cloud"));
	bolt->n_components = 0;
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(str, (char *)text_of(w, "installed_version"), "2.0"));
}

Test(vendor_api, a_skipped_version_is_not_offered)
{
	strcpy(bolt->components[0].available, "2.0");
	strcpy(bolt->policy.skipped_text, "V2.0");
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(str, (char *)text_of(w, "latest_version"), "V1.0"));
	cr_assert(eq(str, (char *)text_of(w, "skipped_version"), "V2.0"));
	bolt->policy.skipped_text[0] = '\0';
	strcpy(bolt->policy.pinned_text, "1.5");
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(str, (char *)text_of(w, "latest_version"), "V1.0"));
	bolt->policy.pinned_text[0] = '\0';
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(eq(str, (char *)text_of(w, "latest_version"), "2.0"));
}

Test(vendor_api, being_guided_is_advice_and_no_problem)
{
	struct job *job = add_job(w, 18, "bolt");
	json_t *actions;

	job->vendor = job->guided = true;
	job->phase = JOB_WAITING;
	job->waiting_for = WAIT_USER;
	(void)err_because(&job->error, ERR_CONFLICT, "follow_guide", "Start it in the app.");
	(void)ask(w, "GET /api/v1/locks/bolt", NULL, w->token[SCOPE_READ], NULL);
	cr_assert(not(holds_true(json_object_get(w->json, "problem"))));
	cr_assert(eq(str, (char *)text_of(w, "advice"), "Start it in the app."));
	(void)ask(w, "GET /api/v1/jobs/18", NULL, w->token[SCOPE_READ], NULL);
	actions = json_object_get(w->json, "actions");
	cr_assert(eq(sz, json_array_size(actions), 3));
	cr_assert(eq(str, (char *)json_string_value(json_array_get(actions, 0)), "cancel"));
	cr_assert(eq(str, (char *)json_string_value(json_array_get(actions, 1)), "started"));
	cr_assert(eq(str, (char *)json_string_value(json_array_get(actions, 2)), "confirm"));
	cr_assert(holds_null(json_object_get(w->json, "to_version")));
}

Test(vendor_api, a_request_carries_component_and_version_as_they_are)
{
	(void)add_job(w, 18, "bolt");
	cr_assert(eq(uint,
		ask(w, "POST /api/v1/jobs",
			"{\"lock\":\"bolt\",\"component\":\"9\",\"version\":\"V1.2-b\"}",
			w->token[SCOPE_CONTROL], NULL),
		202));
	cr_assert(not(w->engine.request.has_version));
}
