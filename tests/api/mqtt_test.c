#include "api/mqtt.h"

#include "api/mqtt_parts.h"
#include "server/base/text.h"
#include "tests/api/fake_mqtt.h"
#include "tests/api/support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#define CONFIG "homeassistant/device/lockwright_lock_front-door/config"
#define UPDATE "lockwright/locks/front-door/update"
#define JOB "lockwright/locks/front-door/job"
#define EVENT "lockwright/locks/front-door/event"
#define COMMAND "lockwright/locks/front-door/command"
#define INSTALL "{\"action\":\"install\"}"

static struct world *w;
static struct mqtt_front *front;

static void open_front(void)
{
	static const struct mqtt_options broker = { .host = "broker", .port = 1883 };
	const struct mqtt_front_options options = { w->api, &broker, "lockwright", "homeassistant",
		NULL };

	cr_assert(mqtt_front_new(&front, &options, NULL) == OK);
}

static void setup(void)
{
	fake_mqtt_reset();
	w = world_new(true);
	(void)text_copy(add_lock(w, "front-door")->name, LOCK_NAME_SIZE, "Front door");
	open_front();
}

static void teardown(void)
{
	mqtt_front_free(front);
	world_free(w);
	fake_mqtt_forget();
}

TestSuite(mqtt, .init = setup, .fini = teardown);

static void settle_for(msec ms)
{
	loop_run_for(w->loop, ms);
}

static void connect(void)
{
	fake_mqtt.events.connected(fake_mqtt.owner);
	settle_for(50);
}

static bool last_has(const char *topic, const char *text)
{
	const char *last = fake_mqtt_last(topic);

	return last && strstr(last, text);
}

static void busy(void)
{
	add_job(w, 17, "front-door");
	w->engine.progress = (struct progress){ .in_progress = true, .percent = -1, .rate = -1 };
}

Test(mqtt, tells_another_broker_everything_too)
{
	static const struct mqtt_options other = { .host = "other", .port = 1883 };

	connect();
	fake_mqtt_forget();
	mqtt_front_move(front, &other);
	cr_expect(eq(str, fake_mqtt.moved_to, "other"));
	connect();
	cr_expect(eq(str, fake_mqtt.sent[0].topic, "lockwright/status"));
	cr_expect(last_has(CONFIG, "\"name\":\"Front door\""));
}

Test(mqtt, says_online_first_then_everything_and_retained)
{
	connect();
	cr_expect(eq(str, fake_mqtt.sent[0].topic, "lockwright/status"));
	cr_expect(eq(str, fake_mqtt.sent[0].text, "online"));
	for (size_t i = 0; i < fake_mqtt.n; i++)
		cr_expect(fake_mqtt.sent[i].retain, "%s", fake_mqtt.sent[i].topic);
	cr_expect(last_has(CONFIG, "\"name\":\"Front door\""));
	cr_expect(last_has(UPDATE, "\"in_progress\":false"));
	cr_expect(last_has(JOB, "\"phase\":\"idle\""));
	cr_expect(last_has("homeassistant/device/lockwright_service/config", "Lockwright"));
	cr_expect(last_has("lockwright/service", "\"active\":0"));
}

Test(mqtt, the_will_and_the_goodbye_say_offline)
{
	cr_expect(eq(str, fake_mqtt.will_topic, "lockwright/status"));
	cr_expect(eq(str, fake_mqtt.will, "offline"));
	cr_expect(fake_mqtt.options.will.retain);
	connect();
	mqtt_front_free(front);
	cr_expect(eq(str, (char *)fake_mqtt_last("lockwright/status"), "offline"));
	cr_expect(fake_mqtt.freed);
	open_front();
}

Test(mqtt, nothing_is_told_before_there_is_a_connection_and_all_at_the_next_one)
{
	settle_for(5000);
	cr_expect(eq(sz, fake_mqtt.n, 0));
	connect();
	fake_mqtt.events.lost(fake_mqtt.owner, &(struct err){ ERR_IO, "mqtt_broker", "gone" });
	fake_mqtt_forget();
	settle_for(60000);
	cr_expect(eq(sz, fake_mqtt.n, 0));
	connect();
	cr_expect(eq(sz, fake_mqtt_count(CONFIG), 1));
	cr_expect(eq(sz, fake_mqtt_count(UPDATE), 1));
}

/* An integration comes, or goes. */
static void integration(bool comes)
{
	cr_assert(lt(uint,
		ask(w, comes ? "PUT /api/v1/integrations/one" : "DELETE /api/v1/integrations/one",
			NULL, NULL),
		300));
}

Test(mqtt, a_lock_that_an_integration_shows_has_no_device_here)
{
	connect();
	integration(true);
	fake_mqtt_forget();
	settle_for(1500);
	cr_expect(eq(str, (char *)fake_mqtt_last(CONFIG), ""));
	cr_expect(fake_mqtt_last(UPDATE) == NULL, "what others may read of it stays");
	cr_expect(fake_mqtt_last("homeassistant/device/lockwright_service/config") == NULL);
	fake_mqtt_forget();
	settle_for(300000);
	cr_expect(eq(sz, fake_mqtt.n, 0), "taken away once");
	integration(false);
	settle_for(1500);
	cr_expect(last_has(CONFIG, "\"name\":\"Front door\""));
}

Test(mqtt, a_connection_never_shows_what_an_integration_shows)
{
	mqtt_front_free(front);
	integration(true);
	fake_mqtt_forget();
	open_front(); /* as after a restart */
	connect();
	cr_expect(eq(sz, fake_mqtt_count(CONFIG), 1));
	cr_expect(eq(str, (char *)fake_mqtt_last(CONFIG), ""));
	cr_expect(last_has(UPDATE, "\"in_progress\":false"));
}

Test(mqtt, what_did_not_change_is_not_told_again)
{
	connect();
	fake_mqtt_forget();
	settle_for(300000);
	cr_expect(eq(sz, fake_mqtt.n, 0));
}

Test(mqtt, progress_is_told_once_a_second_at_most)
{
	connect();
	busy();
	fake_mqtt_forget();
	for (int i = 0; i < 100; i++) {
		w->engine.progress.percent = i;
		settle_for(100);
	}
	cr_expect(ge(sz, fake_mqtt_count(UPDATE), 9));
	cr_expect(le(sz, fake_mqtt_count(UPDATE), 11));
	cr_expect(last_has(UPDATE, "\"update_percentage\":9"));
}

Test(mqtt, the_state_of_a_busy_lock_is_repeated)
{
	connect();
	busy();
	settle_for(2000);
	fake_mqtt_forget();
	settle_for(FRONT_REPEAT);
	cr_expect(eq(sz, fake_mqtt_count(UPDATE), 1));
}

Test(mqtt, a_wait_that_grew_old_is_found_without_an_event)
{
	connect();
	busy();
	settle_for(2000);
	cr_expect(last_has(UPDATE, "\"in_progress\":true"));
	w->engine.progress.in_progress = false;
	settle_for(2000);
	cr_expect(last_has(UPDATE, "\"in_progress\":false"));
}

Test(mqtt, home_assistants_birth_brings_everything_again)
{
	connect();
	fake_mqtt_forget();
	fake_mqtt_receive("homeassistant/status", "offline", false);
	fake_mqtt_receive("homeassistant/status", "online", true); /* an old one */
	settle_for(50);
	cr_expect(eq(sz, fake_mqtt.n, 0));
	fake_mqtt_receive("homeassistant/status", "online", false);
	settle_for(50);
	cr_expect(eq(sz, fake_mqtt_count(CONFIG), 1));
	cr_expect(eq(sz, fake_mqtt_count(JOB), 1));
	cr_expect(eq(sz, fake_mqtt_count("homeassistant/device/lockwright_service/config"), 1));
}

Test(mqtt, install_is_a_job_of_mqtt)
{
	connect();
	add_job(w, 17, "front-door");
	fake_mqtt_receive(COMMAND, INSTALL, false);
	cr_expect(eq(str, w->engine.request_lock, "front-door"));
	cr_expect(eq(str, w->engine.request_by, "mqtt"));
	cr_expect(not(w->engine.request.has_version));
	cr_expect(eq(sz, w->engine.request.n_force, 0));
	cr_expect(not(w->engine.request.allow_downgrade));
	fake_mqtt_receive(COMMAND, "{\"action\":\"install\",\"version\":\"17.7.0.0\"}", false);
	cr_expect(eq(u32, w->engine.request.version, 0x11070000));
}

Test(mqtt, after_an_install_in_progress_is_insisted_on)
{
	connect();
	busy();
	fake_mqtt_forget();
	fake_mqtt_receive(COMMAND, INSTALL, false);
	settle_for(FRONT_INSIST + 2000);
	cr_expect(ge(sz, fake_mqtt_count(UPDATE), 5));
	cr_expect(last_has(UPDATE, "\"in_progress\":true"));
}

Test(mqtt, a_retained_command_is_not_done)
{
	connect();
	fake_mqtt_receive(COMMAND, INSTALL, true);
	cr_expect(eq(str, w->engine.request_lock, ""));
}

Test(mqtt, hostile_commands_do_nothing)
{
	static const char *const payloads[] = { "", "{", "install", "{\"action\":\"unlock\"}",
		"{\"action\":\"install\",\"force\":[\"battery_low\"]}", "\xff\xfe" };

	connect();
	for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
		fake_mqtt_receive(COMMAND, payloads[i], false);
		settle_for(5000);
	}
	fake_mqtt_receive("lockwright/locks/other/command", INSTALL, false);
	fake_mqtt_receive("lockwright/locks/front-door/command/more", INSTALL, false);
	cr_expect(eq(str, w->engine.request_lock, ""));
	cr_expect(eq(str, w->engine.called, ""));
}

Test(mqtt, nothing_is_done_before_the_service_is_ready)
{
	connect();
	api_set_ready(w->api, false);
	fake_mqtt_receive(COMMAND, INSTALL, false);
	cr_expect(eq(str, w->engine.request_lock, ""));
}

Test(mqtt, cancel_check_and_dismiss)
{
	connect();
	fake_mqtt_receive(COMMAND, "{\"action\":\"cancel\"}", false);
	cr_expect(eq(str, w->engine.called, ""), "no job, nothing to cancel");
	add_job(w, 17, "front-door");
	fake_mqtt_receive(COMMAND, "{\"action\":\"cancel\"}", false);
	cr_expect(eq(str, w->engine.called, "cancel 17"));
	fake_mqtt_receive(COMMAND, "{\"action\":\"check\"}", false);
	cr_expect(eq(str, w->engine.called, "check front-door"));
	fake_mqtt_receive(COMMAND, "{\"action\":\"dismiss\"}", false);
	cr_expect(w->engine.patch.dismiss_problem);
}

Test(mqtt, a_flood_of_commands_is_cut)
{
	unsigned asked = 0;

	connect();
	for (int i = 0; i < 100; i++) {
		w->engine.called[0] = '\0';
		fake_mqtt_receive(COMMAND, "{\"action\":\"check\"}", false);
		asked += w->engine.called[0] != '\0';
	}
	cr_expect(eq(u32, asked, FRONT_COMMANDS_MAX));
	settle_for(FRONT_COMMAND_WINDOW);
	w->engine.called[0] = '\0';
	fake_mqtt_receive(COMMAND, "{\"action\":\"check\"}", false);
	cr_expect(eq(str, w->engine.called, "check front-door"));
}

static void refuse_install(void)
{
	w->engine.fails = (struct err){ ERR_NOT_FOUND, "no_image", "There is nothing newer." };
	fake_mqtt_receive(COMMAND, INSTALL, false);
	settle_for(50);
}

Test(mqtt, a_refused_install_is_a_problem_and_an_event)
{
	connect();
	refuse_install();
	cr_expect(last_has(JOB, "\"problem\":true"));
	cr_expect(last_has(JOB, "There is nothing newer."));
	cr_expect(last_has(EVENT, "\"event_type\":\"failed\""));
	cr_expect(last_has(EVENT, "\"outcome\":\"refused\""));
	cr_expect(last_has(UPDATE, "\"in_progress\":false"));
}

Test(mqtt, the_refusal_is_over_with_the_next_command_that_works)
{
	connect();
	refuse_install();
	add_job(w, 17, "front-door");
	fake_mqtt_receive(COMMAND, INSTALL, false);
	settle_for(50);
	cr_expect(last_has(JOB, "\"problem\":false"));
}

Test(mqtt, a_cancel_that_comes_too_late_is_no_failed_update)
{
	connect();
	busy();
	w->engine.fails = (struct err){ ERR_CONFLICT, "too_late", "It is being installed." };
	fake_mqtt_receive(COMMAND, "{\"action\":\"cancel\"}", false);
	settle_for(2000);
	cr_expect(last_has(JOB, "\"problem\":false"));
	cr_expect(eq(sz, fake_mqtt_count(EVENT), 0));
}

static struct event ended(void)
{
	struct event event = { .seq = 1, .kind = EVENT_JOB, .job = 17 };

	(void)text_copy(event.lock, sizeof event.lock, "front-door");
	(void)text_copy(event.phase, sizeof event.phase, "succeeded");
	(void)text_copy(event.text, sizeof event.text, "Updated.");
	return event;
}

Test(mqtt, a_result_is_told_once_unretained_and_after_the_states)
{
	const struct event event = ended();
	size_t last;

	connect();
	fake_mqtt_forget();
	(void)text_copy(w->engine.locks[0].name, LOCK_NAME_SIZE, "Renamed");
	announce(w, &event);
	settle_for(5000);
	cr_expect(eq(sz, fake_mqtt_count(EVENT), 1));
	cr_expect(last_has(EVENT, "\"summary\":\"Updated.\""));
	last = fake_mqtt.n - 1;
	cr_expect(eq(str, fake_mqtt.sent[last].topic, EVENT));
	cr_expect(not(fake_mqtt.sent[last].retain));
	cr_expect(last_has(CONFIG, "Renamed"));
}

Test(mqtt, results_wait_for_the_broker_and_the_oldest_gives_way)
{
	struct event event = ended();

	for (int i = 0; i < FRONT_RESULTS_MAX + 5; i++) {
		event.job = i;
		announce(w, &event);
	}
	settle_for(1000);
	connect();
	settle_for(1000);
	cr_expect(eq(sz, fake_mqtt_count(EVENT), FRONT_RESULTS_MAX));
	cr_expect(last_has(EVENT, "\"job_id\":36"));
}

Test(mqtt, without_room_it_waits_and_tells_what_is_true_then)
{
	fake_mqtt.room = 4;
	connect();
	cr_expect(eq(sz, fake_mqtt.n, 4));
	(void)text_copy(w->engine.locks[0].name, LOCK_NAME_SIZE, "Back door");
	settle_for(60000);
	cr_expect(eq(sz, fake_mqtt.n, 4));
	fake_mqtt.room = 100;
	fake_mqtt.events.drained(fake_mqtt.owner);
	settle_for(50);
	cr_expect(last_has(UPDATE, "in_progress"));
	settle_for(60000);
	cr_expect(last_has(CONFIG, "Back door"));
}

Test(mqtt, a_removed_lock_takes_its_device_along)
{
	struct event event = { .seq = 1, .kind = EVENT_LOCK };

	connect();
	(void)text_copy(event.lock, sizeof event.lock, "front-door");
	(void)text_copy(event.code, sizeof event.code, "removed");
	w->engine.n_locks = 0;
	announce(w, &event);
	settle_for(50);
	cr_expect(eq(str, (char *)fake_mqtt_last(CONFIG), ""));
	cr_expect(eq(str, (char *)fake_mqtt_last(UPDATE), ""));
	cr_expect(eq(str, (char *)fake_mqtt_last(JOB), ""));
	fake_mqtt_forget();
	fake_mqtt_receive("homeassistant/status", "online", false);
	settle_for(50);
	cr_expect(eq(sz, fake_mqtt_count(CONFIG), 0));
}

Test(mqtt, what_an_earlier_run_left_behind_is_cleared)
{
	connect();
	fake_mqtt_receive("lockwright/locks/old-one/update", "{}", true);
	fake_mqtt_receive(UPDATE, "{}", true);
	fake_mqtt_forget();
	settle_for(50);
	cr_expect(eq(str,
		(char *)fake_mqtt_last("homeassistant/device/lockwright_lock_old-one/config"), ""));
	cr_expect(eq(sz, fake_mqtt_count(CONFIG), 0));
}

Test(mqtt, a_flood_of_strange_locks_is_bounded)
{
	connect();
	fake_mqtt.room = 0;
	for (int i = 0; i < 3 * FRONT_LOCKS_MAX; i++) {
		char topic[80];

		(void)snprintf(topic, sizeof topic, "lockwright/locks/x%d/update", i);
		fake_mqtt_receive(topic, "{}", true);
	}
	cr_expect(eq(sz, front->n_locks, FRONT_LOCKS_MAX));
}
