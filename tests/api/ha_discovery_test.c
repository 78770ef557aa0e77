/* Golden messages: keys and types are those of Home Assistant's MQTT integration, whose own code
 * takes them in the suite `homeassistant`. */
#include "api/ha_discovery.h"

#include "api/codec.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

static const struct ha_names names = { "lockwright", "homeassistant", "9.9", NULL };

/* Quotes as ' to be readable here. */
static void expect_json(json_t *got, const char *want)
{
	char *text = json_dumps(got, JSON_COMPACT | JSON_REAL_PRECISION(10));

	cr_assert(text != NULL);
	for (char *p = text; *p; p++)
		if (*p == '"')
			*p = '\'';
	cr_expect(eq(str, text, (char *)want));
	free(text);
	json_decref(got);
}

static json_t *lock_json(void)
{
	struct lock lock = { .id = "front-door",
		.name = "Front door",
		.adapter = "stick",
		.address = "0x0102030405060708",
		.last_heard = 1780272059999 };
	const struct lock_view view = { .lock = &lock };

	lock.facts = (struct lock_facts){ .known = FACT_VERSION | FACT_MODEL,
		.version = 0x11040000,
		.version_source = VERSION_QUERY,
		.model = "V3-BTZBE",
		.manufacturer = "Danalock" };
	lock.battery = (struct lock_battery){ .half_percent = 180, .decivolt = 59, .at = 1 };
	return codec_lock(&view);
}

static void change(json_t *lock, const char *key, json_t *value)
{
	json_object_set_new(lock, key, value);
}

static json_t *component(const char *key)
{
	json_t *lock = lock_json(), *config = ha_lock_config(&names, lock);
	json_t *found = json_incref(json_object_get(json_object_get(config, "components"), key));

	json_decref(lock);
	json_decref(config);
	return found;
}

Test(ha_discovery, the_device_is_the_lock)
{
	json_t *lock = lock_json(), *config = ha_lock_config(&names, lock);

	expect_json(json_incref(json_object_get(config, "device")),
		"{'identifiers':['lockwright_lock_front-door'],'name':'Front door',"
		"'manufacturer':'Danalock','model':'V3-BTZBE','sw_version':'17.4.0.0',"
		"'serial_number':'0x0102030405060708','via_device':'lockwright_service'}");
	json_object_del(config, "device");
	json_object_del(config, "components");
	expect_json(config, "{'origin':{'name':'Lockwright','sw_version':'9.9'},"
			    "'availability_topic':'lockwright/status','qos':1}");
	json_decref(lock);
}

Test(ha_discovery, what_is_not_known_is_left_out_since_null_would_be_refused)
{
	struct lock bare = { .id = "x" };
	const struct lock_view view = { .lock = &bare };
	json_t *lock = codec_lock(&view), *config = ha_lock_config(&names, lock);

	expect_json(json_incref(json_object_get(config, "device")),
		"{'identifiers':['lockwright_lock_x'],'name':'x','via_device':'lockwright_service'"
		"}");
	json_decref(config);
	expect_json(ha_update_state(lock),
		"{'title':'x firmware','release_summary':'','in_progress':false,"
		"'update_percentage':null}");
	json_decref(lock);
}

Test(ha_discovery, the_update_entity_has_the_class_name_and_an_install_payload)
{
	expect_json(component("firmware"),
		"{'platform':'update','unique_id':'lockwright_lock_front-door_firmware',"
		"'device_class':'firmware','state_topic':'lockwright/locks/front-door/update',"
		"'payload_install':'{\\'action\\':\\'install\\'}','display_precision':1,"
		"'command_topic':'lockwright/locks/front-door/command',"
		"'json_attributes_topic':'lockwright/locks/front-door/job'}");
}

Test(ha_discovery, phase_has_all_the_phases_a_lock_can_show)
{
	json_t *phase = component("phase");

	expect_json(json_incref(json_object_get(phase, "options")),
		"['idle','queued','checking','waiting','transferring','applying','verifying',"
		"'succeeded','failed','cancelled']");
	cr_expect(
		eq(str, (char *)json_string_value(json_object_get(phase, "device_class")), "enum"));
	json_decref(phase);
}

Test(ha_discovery, results_are_events_and_buttons_say_what_they_ask)
{
	expect_json(component("result"),
		"{'platform':'event','unique_id':'lockwright_lock_front-door_result',"
		"'name':'Update result','icon':'mdi:clipboard-check-outline',"
		"'state_topic':'lockwright/locks/front-door/event',"
		"'event_types':['succeeded','failed','cancelled']}");
	expect_json(component("cancel"),
		"{'platform':'button','unique_id':'lockwright_lock_front-door_cancel',"
		"'name':'Cancel update','entity_category':'config','icon':'mdi:cancel',"
		"'payload_press':'{\\'action\\':\\'cancel\\'}',"
		"'command_topic':'lockwright/locks/front-door/command'}");
}

Test(ha_discovery, every_entity_has_a_unique_id_a_platform_and_a_topic)
{
	json_t *lock = lock_json(), *config = ha_lock_config(&names, lock);
	json_t *each, *seen = json_object();
	const char *key;

	json_object_foreach(json_object_get(config, "components"), key, each)
	{
		const char *id = json_string_value(json_object_get(each, "unique_id"));

		cr_expect(json_object_get(seen, id) == NULL);
		json_object_set_new(seen, id, json_integer(1));
		cr_expect(json_object_get(each, "platform") != NULL);
		cr_expect(json_object_get(each, "state_topic") ||
			  json_object_get(each, "command_topic"));
	}
	cr_expect(eq(sz, json_object_size(seen), 8));
	json_decref(seen);
	json_decref(config);
	json_decref(lock);
}

Test(ha_discovery, in_progress_without_a_number_is_null_and_a_number_only_in_progress)
{
	json_t *lock = lock_json();

	change(lock, "latest_version", json_string("17.7.0.0"));
	change(lock, "in_progress", json_boolean(true));
	expect_json(ha_update_state(lock),
		"{'installed_version':'17.4.0.0','latest_version':'17.7.0.0',"
		"'title':'V3-BTZBE firmware','release_summary':'','in_progress':true,"
		"'update_percentage':null}");
	change(lock, "update_percentage", json_real(41.7));
	change(lock, "release_url", json_string("https://example.org/notes"));
	change(lock, "release_summary", json_string("Better."));
	expect_json(ha_update_state(lock),
		"{'installed_version':'17.4.0.0','latest_version':'17.7.0.0',"
		"'title':'V3-BTZBE firmware','release_url':'https://example.org/notes',"
		"'release_summary':'Better.','in_progress':true,'update_percentage':41.7}");
	change(lock, "in_progress", json_boolean(false));
	expect_json(ha_update_state(lock),
		"{'installed_version':'17.4.0.0','latest_version':'17.7.0.0',"
		"'title':'V3-BTZBE firmware','release_url':'https://example.org/notes',"
		"'release_summary':'Better.','in_progress':false,'update_percentage':null}");
	json_decref(lock);
}

Test(ha_discovery, the_job_tells_why_and_its_times_move_in_steps)
{
	const struct err fine = { .code = OK };
	json_t *lock = lock_json();

	change(lock, "phase", json_string("waiting"));
	change(lock, "waiting_for", json_string("wake"));
	change(lock, "eta", json_string("2026-06-01T00:00:19.999Z"));
	expect_json(ha_job_state(lock, &fine),
		"{'phase':'waiting','waiting_for':'wake','job_id':null,'problem':false,"
		"'error_code':null,'error_message':null,'advice':null,'escalate':false,"
		"'installed_file_version':'0x11040000','latest_file_version':'0x11040000',"
		"'version_source':'query','battery_percent':90,'battery_voltage':5.9,"
		"'eta':'2026-06-01T00:00:10.000Z','last_heard':'2026-06-01T00:00:00.000Z'}");
	json_decref(lock);
}

Test(ha_discovery, a_refused_command_is_a_problem_unless_the_lock_has_one_itself)
{
	struct err refused;
	json_t *lock = lock_json(), *job;

	(void)err_because(&refused, ERR_NOT_FOUND, "no_image", "There is nothing newer.");
	job = ha_job_state(lock, &refused);
	cr_expect(json_object_get(job, "problem") == json_true());
	cr_expect(
		eq(str, (char *)json_string_value(json_object_get(job, "error_code")), "no_image"));
	cr_expect(json_string_length(json_object_get(job, "advice")) > 10);
	json_decref(job);
	change(lock, "problem", json_boolean(true));
	change(lock, "error_code", json_string("battery_low"));
	job = ha_job_state(lock, &refused);
	cr_expect(eq(
		str, (char *)json_string_value(json_object_get(job, "error_code")), "battery_low"));
	json_decref(job);
	json_decref(lock);
}

static struct event over(const char *phase, const char *code, const char *text)
{
	struct event event = { .kind = EVENT_JOB, .job = 17, .at = 1780272000000 };

	(void)text_copy(event.phase, sizeof event.phase, phase);
	(void)text_copy(event.code, sizeof event.code, code);
	(void)text_copy(event.text, sizeof event.text, text);
	return event;
}

Test(ha_discovery, a_result_says_what_became_of_the_job)
{
	const struct event done = over("succeeded", "updated", "Updated.");
	const struct event failed = over("failed", "no_contact", "Nobody answered.");
	json_t *json = ha_result(&failed);

	expect_json(ha_result(&done),
		"{'event_type':'succeeded','job_id':17,'summary':'Updated.','outcome':'updated',"
		"'at':'2026-06-01T00:00:00.000Z','error_code':null,'error_message':null,"
		"'advice':null,'escalate':false}");
	cr_expect(
		eq(str, (char *)json_string_value(json_object_get(json, "event_type")), "failed"));
	cr_expect(eq(
		str, (char *)json_string_value(json_object_get(json, "error_code")), "no_contact"));
	cr_expect(json_string_value(json_object_get(json, "advice")) != NULL);
	json_decref(json);
}

static json_t *adapters(const char *error)
{
	return json_pack("[{s:s,s:s,s:o}]", "id", "stick", "state", error ? "refused" : "up",
		"error",
		error ? json_pack("{s:s,s:s}", "code", error, "detail", "It is not ours.")
		      : json_null());
}

Test(ha_discovery, the_service_shows_its_adapters)
{
	json_t *list = adapters(NULL), *config = ha_service_config(&names, list);
	json_t *components = json_object_get(config, "components");

	expect_json(json_incref(json_object_get(components, "adapter_stick")),
		"{'platform':'binary_sensor','unique_id':'lockwright_service_adapter_stick',"
		"'name':'Adapter stick','device_class':'connectivity',"
		"'entity_category':'diagnostic','value_template':'{{ 'ON' if "
		"value_json.adapters['stick'] == 'up' else 'OFF' }}',"
		"'state_topic':'lockwright/service'}");
	cr_expect(eq(sz, json_object_size(components), 3));
	json_decref(config);
	json_decref(list);
}

Test(ha_discovery, an_adapter_in_error_is_the_services_problem)
{
	json_t *good = adapters(NULL), *bad = adapters("foreign_network");
	struct ha_service service = { .active = 2, .adapters = good };
	json_t *state = ha_service_state(&service);

	cr_expect(json_object_get(state, "problem") == json_false());
	json_decref(state);
	service.adapters = bad;
	state = ha_service_state(&service);
	cr_expect(json_object_get(state, "problem") == json_true());
	cr_expect(eq(str, (char *)json_string_value(json_object_get(state, "error_code")),
		"foreign_network"));
	json_decref(state);
	json_decref(good);
	json_decref(bad);
}

Test(ha_discovery, topics_there_and_back)
{
	char topic[HA_TOPIC_SIZE], lock[LOCK_ID_SIZE];
	const struct ha_names deep = { "house/cellar", "ha", "1", NULL };
	enum ha_topic which;

	for (int i = 0; i < HA_LOCK_TOPICS; i++) {
		ha_lock_topic(topic, &deep, "front-door", (enum ha_topic)i);
		cr_expect(ha_parse_topic(lock, &which, &deep, topic));
		cr_expect(eq(str, lock, "front-door"));
		cr_expect(eq(int, which, i));
	}
	ha_lock_config_topic(topic, &deep, "front-door");
	cr_expect(eq(str, topic, "ha/device/house_cellar_lock_front-door/config"));
	ha_service_config_topic(topic, &deep);
	cr_expect(eq(str, topic, "ha/device/house_cellar_service/config"));
}

Test(ha_discovery, foreign_topics_are_not_ours)
{
	static const char *const foreign[] = { "", "lockwright", "lockwright/locks/",
		"lockwright/locks/x", "lockwright/locks/x/", "lockwright/locks/x/commands",
		"lockwright/locks/../command", "lockwright/locks/X/command",
		"lockwright/locks//command", "lockwright/locks/a/b/command",
		"lockwrigh/locks/x/command",
		("lockwright/locks/"
		 "0123456789012345678901234567890123456789012345678901234567890123/command") };
	char lock[LOCK_ID_SIZE];
	enum ha_topic which;

	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		cr_expect(not(ha_parse_topic(lock, &which, &names, foreign[i])), "%s", foreign[i]);
}

Test(ha_discovery, the_longest_names_that_are_allowed_fit)
{
	char longest[HA_BASE_MAX + 1], id[LOCK_ID_SIZE], topic[HA_TOPIC_SIZE];
	const struct ha_names wide = { longest, longest, "9.9", NULL };
	size_t n;

	memset(longest, 'b', HA_BASE_MAX);
	longest[HA_BASE_MAX] = '\0';
	memset(id, 'l', 63);
	id[63] = '\0';
	ha_lock_config_topic(topic, &wide, id);
	n = strlen(topic);
	cr_assert(eq(str, topic + n - 15, "llllllll/config"));
	cr_assert(eq(sz, n,
		2 * HA_BASE_MAX + strlen("/device/") + strlen("_lock_") + 63 + strlen("/config")));
}

static json_t *guided_config(void)
{
	json_t *lock = lock_json(), *config, *components;

	change(lock, "guide", json_pack("{s:s,s:[s]}", "app", "Bolt App", "steps", "Open it."));
	config = ha_lock_config(&names, lock);
	components = json_incref(json_object_get(config, "components"));
	json_decref(config);
	json_decref(lock);
	return components;
}

static const char *text_at(const json_t *components, const char *key, const char *name)
{
	return json_string_value(json_object_get(json_object_get(components, key), name));
}

Test(ha_discovery, what_only_an_app_can_update_has_no_install_button_but_a_guide)
{
	json_t *config = guided_config();

	cr_assert(text_at(config, "firmware", "command_topic") == NULL);
	cr_assert(text_at(config, "firmware", "payload_install") == NULL);
	cr_assert(text_at(config, "firmware", "state_topic") != NULL);
	cr_assert(eq(str, (char *)text_at(config, "guide", "payload_press"),
		"{\"action\":\"install\"}"));
	cr_assert(eq(str, (char *)text_at(config, "started", "payload_press"),
		"{\"action\":\"started\"}"));
	cr_assert(text_at(config, "guide", "command_topic") != NULL);
	json_decref(config);
}

Test(ha_discovery, others_have_no_guide)
{
	json_t *guide = component("guide");

	cr_assert(guide == NULL);
}
