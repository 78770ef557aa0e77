#include "api/integrations.h"

#include "api/auth.h"
#include "api/context.h"
#include "api/ha_discovery.h"
#include "server/base/text.h"
#include "tests/api/support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

static struct world *w;

static void init(void)
{
	w = world_new(true);
	add_lock(w, "front-door");
}

static void fini(void)
{
	world_free(w);
}

TestSuite(integrations, .init = init, .fini = fini, .timeout = 20);

static bool shown(msec days_later)
{
	return integrations_show(
		&w->api->integrations, loop_wall(w->loop) + days_later * 24 * 3600 * 1000);
}

Test(integrations, one_comes_is_kept_and_goes)
{
	cr_assert(not(shown(0)));
	cr_assert(eq(uint, ask(w, "PUT /api/v1/integrations/01JABC", "{}", NULL), 200));
	cr_expect(eq(str, (char *)text_of(w, "id"), "01JABC"));
	cr_expect(eq(str, (char *)text_of(w, "token"), "anonymous"));
	cr_assert(shown(0));
	cr_assert(eq(uint, ask(w, "PUT /api/v1/integrations/01JABC", NULL, NULL), 200));
	cr_expect(eq(sz, w->api->integrations.n, 1), "said again, not once more");
	cr_assert(eq(uint, ask(w, "DELETE /api/v1/integrations/01JABC", NULL, NULL), 204));
	cr_assert(eq(uint, ask(w, "DELETE /api/v1/integrations/01JABC", NULL, NULL), 404));
	cr_assert(not(shown(0)));
}

Test(integrations, a_restart_forgets_none)
{
	struct integrations again = { 0 };

	ask(w, "PUT /api/v1/integrations/one", NULL, NULL);
	ask(w, "PUT /api/v1/integrations/two", NULL, NULL);
	cr_assert(integrations_load(&again, NULL, NULL) == OK);
	cr_assert(eq(sz, again.n, 2));
	cr_expect(eq(str, again.at[1].id, "two"));
	cr_expect(eq(str, again.at[1].principal, "anonymous"));
	cr_expect(integrations_show(&again, loop_wall(w->loop)));
}

Test(integrations, what_is_no_list_is_none)
{
	static const char *const texts[] = { "", "{", "7", "[7]", "[{}]",
		"[{\"id\":\"a b\",\"principal\":\"x\",\"seen_at\":1}]",
		"[{\"id\":\"a\",\"principal\":\"x\",\"seen_at\":\"1\"}]" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct integrations again = { 0 };

		w->api->integrations.values->put(NULL, "list", texts[i]);
		cr_assert(integrations_load(&again, NULL, NULL) == OK);
		cr_expect(eq(sz, again.n, 0), "%s", texts[i]);
	}
}

Test(integrations, a_month_of_silence_is_a_goodbye)
{
	ask(w, "PUT /api/v1/integrations/one", NULL, NULL);
	cr_expect(shown(29));
	cr_expect(not(shown(31)));
	cr_expect(shown(-4000), "a clock that was wrong");
}

Test(integrations, its_token_takes_it_along)
{
	struct token token = { .name = "ha" };

	ask(w, "PUT /api/v1/integrations/one", NULL, NULL);
	(void)text_copy(w->api->integrations.at[0].principal, 64, "ha");
	(void)auth_add(&w->api->auth, &token);
	ask(w, "PUT /api/v1/integrations/two", NULL, NULL);
	cr_assert(eq(uint, ask_local(w, 0, "DELETE /api/v1/tokens/ha", NULL), 204));
	cr_assert(eq(sz, w->api->integrations.n, 1));
	cr_expect(eq(str, w->api->integrations.at[0].id, "two"));
}

Test(integrations, there_are_never_too_many)
{
	char line[64];

	for (int i = 0; i < INTEGRATIONS_MAX; i++) {
		(void)snprintf(line, sizeof line, "PUT /api/v1/integrations/%d", i);
		cr_assert(eq(uint, ask(w, line, NULL, NULL), 200));
	}
	cr_assert(eq(uint, ask(w, "PUT /api/v1/integrations/more", NULL, NULL), 409));
	cr_expect(eq(str, (char *)text_of(w, "code"), "too_many_integrations"));
	cr_assert(eq(uint, ask(w, "PUT /api/v1/integrations/0", NULL, NULL), 200));
	w->api->integrations.at[3].seen_at = 1; /* long ago */
	cr_assert(eq(uint, ask(w, "PUT /api/v1/integrations/more", NULL, NULL), 200));
}

Test(integrations, nonsense_is_refused)
{
	cr_expect(eq(uint, ask(w, "PUT /api/v1/integrations/a.b", NULL, NULL), 400));
	cr_expect(eq(uint, ask(w, "PUT /api/v1/integrations/a", "{\"b\":1}", NULL), 400));
	cr_expect(eq(sz, w->api->integrations.n, 0));
}

Test(integrations, the_answer_names_the_devices_that_go)
{
	const struct ha_names names = { "house/lw", "homeassistant", "1", NULL };

	ask(w, "PUT /api/v1/integrations/one", NULL, NULL);
	cr_expect(strstr(w->reply.body, "\"mqtt_devices\":[]") != NULL, "no MQTT");
	w->api->mqtt = &names;
	ask(w, "PUT /api/v1/integrations/one", NULL, NULL);
	cr_expect(strstr(w->reply.body, "[\"house_lw_lock_front-door\"]") != NULL, "%s",
		w->reply.body);
}
