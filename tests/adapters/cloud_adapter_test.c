/* The adapter on virtual time: a scripted cloud stands where requests leave. */
#include "adapters/cloud/cloud_adapter.h"

#include "adapters/cloud/cloud_crypto.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/http_client.h"
#include "server/worker.h"
#include "tests/support/loop_virtual.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WAY_MS = 20, SLOW_MS = 5000, CALLS_MAX = 4096 };

/* ---- where requests leave ---- */

struct http_call {
	struct loop_timer *timer;
	char method[8], url[600], headers[1500], body[600];
	bool trigger, once, cancelled;
	void (*done)(void *owner, const struct http_result *result);
	void *owner;
};

static struct {
	struct loop *loop;
	struct worker *work;
	char dir[TEMP_PATH];
	struct adapter *adapter;
	const char *(*answer)(const struct http_call *call, struct http_result *r);
	const char *slow; /* requests with this in their body take their time */
	msec token_way;   /* how long a request for a token takes; 0: as others */
	size_t calls, tokens, triggers, active, most_active;
	char urls[CALLS_MAX][120];
	msec at[CALLS_MAX];
	char value[4][2][80]; /* of the adapter's store */
	struct adapter_store store;
	/* what the engine heard */
	enum adapter_state state;
	struct err why;
	size_t seen, reports, scanned;
	struct vendor_report last;
	char last_text[216];
	struct lock_facts facts;
	struct lock_component components[COMPONENTS_MAX];
	size_t n_components;
} t;

static void on_turn(void *owner)
{
	struct http_call *call = owner;
	struct http_result r = { .status = 200, .sent = HTTP_ANSWERED, .retry_after_s = -1 };
	const char *body = t.answer(call, &r);

	t.active--;
	r.body = (struct span){ (const uint8_t *)body, strlen(body) };
	r.size = strlen(body);
	loop_timer_free(call->timer);
	call->done(call->owner, &r);
	free(call);
}

struct http_call *http_client_call(struct http_client *client,
	const struct http_call_options *options,
	void (*done)(void *owner, const struct http_result *result), void *owner)
{
	struct http_call *call = xcalloc(1, sizeof *call);
	size_t n = 0;

	(void)client;
	text_copy(call->method, sizeof call->method, options->method);
	text_copy(call->url, sizeof call->url, options->url);
	for (const char *const *h = options->headers; h && *h; h++)
		n += (size_t)snprintf(call->headers + n, sizeof call->headers - n, "%s\n", *h);
	snprintf(call->body, sizeof call->body, "%.*s", (int)options->body.size,
		options->body.data ? (const char *)options->body.data : "");
	call->trigger = options->trigger;
	call->once = options->once;
	call->done = done;
	call->owner = owner;
	call->timer = loop_timer_new(t.loop, on_turn, call);
	loop_timer_set(
		call->timer, loop_now(t.loop) + (t.slow && strstr(call->body, t.slow) ? SLOW_MS
							: t.token_way && strstr(call->url, "/token")
								? t.token_way
								: WAY_MS));
	cr_assert(lt(sz, t.calls, CALLS_MAX));
	text_copy(t.urls[t.calls], sizeof t.urls[0], options->url);
	t.at[t.calls++] = loop_now(t.loop);
	t.active++;
	t.most_active = t.active > t.most_active ? t.active : t.most_active;
	t.tokens += strstr(options->url, "token") != NULL;
	t.triggers += strstr(options->url, "/firmware/0") && options->trigger;
	return call;
}

void http_client_cancel(struct http_call *call)
{
	if (!call)
		return;
	loop_timer_free(call->timer);
	t.active--;
	free(call);
}

/* ---- the engine's side ---- */

static void on_state(
	void *owner, struct adapter *from, enum adapter_state state, const struct err *why)
{
	(void)owner;
	(void)from;
	t.state = state;
	t.why = why ? *why : (struct err){ .code = OK };
}

static void on_seen(void *owner, struct adapter *from, const struct lock_seen *seen)
{
	(void)owner;
	(void)from;
	t.seen++;
	t.facts = seen->facts;
	if (seen->facts.known & FACT_COMPONENTS) {
		t.n_components = seen->n_components;
		memcpy(t.components, seen->components, seen->n_components * sizeof *t.components);
	}
}

static void on_vendor(void *owner, struct adapter *from, const struct vendor_report *report)
{
	(void)owner;
	(void)from;
	t.reports++;
	t.last = *report;
	text_copy(t.last_text, sizeof t.last_text, report->error.text);
}

static void on_scanned(void *owner, struct adapter *from, const struct err *e)
{
	(void)owner;
	(void)from;
	(void)e;
	t.scanned++;
}

static const struct adapter_events events = {
	.state = on_state, .seen = on_seen, .vendor = on_vendor, .scanned = on_scanned
};

static const char *get(struct adapter_store *store, const char *key)
{
	(void)store;
	for (size_t i = 0; i < 4; i++)
		if (!strcmp(t.value[i][0], key) && t.value[i][1][0])
			return t.value[i][1];
	return NULL;
}

static void put(struct adapter_store *store, const char *key, const char *value)
{
	size_t i = 0;

	(void)store;
	while (t.value[i][0][0] && strcmp(t.value[i][0], key) != 0)
		i++;
	text_copy(t.value[i][0], sizeof t.value[i][0], key);
	text_copy(t.value[i][1], sizeof t.value[i][1], value ? value : "");
}

/* ---- the cloud ---- */

#define TOKEN(n)                                                                                   \
	"{\"success\":true,\"result\":{\"access_token\":\"access" n "\",\"refresh_token\":"        \
	"\"refresh" n "\",\"expire_time\":7200,\"uid\":\"u\"}}"

static const char list[] = "{\"success\":true,\"result\":{\"has_more\":false,\"devices\":[{\"id\":"
			   "\"lock1\",\"category\":\"ms\",\"online\":true,\"name\":\"Front\"}]}}";

static const char *ordinary(const struct http_call *call)
{
	if (strstr(call->url, "/token"))
		return t.tokens == 1 ? TOKEN("1") : t.tokens == 2 ? TOKEN("2") : TOKEN("3");
	if (strstr(call->url, "associated-users"))
		return list;
	if (strstr(call->url, "/progress"))
		return "{\"success\":true,\"result\":{\"upgrade_status\":2,\"progress\":30}}";
	if (call->trigger)
		return "{\"success\":true,\"result\":true}";
	if (strstr(call->url, "/firmware"))
		return "{\"success\":true,\"result\":[{\"type\":0,\"current_version\":\"1.0.0\","
		       "\"version\":\"2.0.0\",\"upgrade_status\":1}]}";
	if (strstr(call->url, "/status"))
		return "{\"success\":true,\"result\":[{\"code\":\"residual_electricity\",\"value\":"
		       "83}]}";
	return "{\"success\":true,\"result\":{\"is_online\":true}}";
}

static const char *good(const struct http_call *call, struct http_result *r)
{
	(void)r;
	return ordinary(call);
}

static void set_up(void)
{
	t.loop = loop_new();
	t.work = worker_new(t.loop, "work", NULL);
	t.store = (struct adapter_store){ get, put };
	t.answer = good;
	temp_dir_make(t.dir);
}

static void tear_down(void)
{
	if (t.adapter)
		t.adapter->ops->free(t.adapter);
	worker_free(t.work);
	loop_free(t.loop);
	temp_dir_remove(t.dir);
}

TestSuite(cloud_adapter, .init = set_up, .fini = tear_down, .timeout = 60);

static struct secrets secrets_of(const char *const *pairs)
{
	struct secrets s = { 0 };

	for (; *pairs; pairs += 2)
		cr_assert(secrets_put(&s, pairs[0], pairs[1]));
	return s;
}

/* The shipped profile with two requests at a time. */
static void open_doubled(struct profile **out, const char *name, struct err *e)
{
	static const char one[] = "\"concurrency\": 1";
	struct profile *p = NULL;
	char *text, *at;
	size_t i = 0;

	while (strcmp(profile_shipped_name(i), name) != 0)
		i++;
	text = xcalloc(1, profile_shipped_text(i).size + 1);
	memcpy(text, profile_shipped_text(i).data, profile_shipped_text(i).size);
	at = strstr(text, one);
	cr_assert(ne(ptr, at, NULL));
	at[sizeof one - 2] = '2';
	cr_assert(eq(int, profile_read(&p, (struct span){ (uint8_t *)text, strlen(text) }, e), OK));
	free(text);
	*out = p;
}

static enum err_code make(const char *name, const char *const *pairs, struct err *e)
{
	struct secrets secrets = secrets_of(pairs);
	struct cloud_options o = { .loop = t.loop,
		.work = t.work,
		.store = &t.store,
		.id = name,
		.secrets = &secrets,
		.token_folder = t.dir };

	if (t.slow)
		open_doubled(&o.profile, name, e);
	else
		cr_assert(eq(int, profile_open(&o.profile, name, e), OK), "%s", e->text);
	o.origin = o.profile->regions[0].origin;
	return cloud_adapter_new(&t.adapter, &o, e);
}

static void open_adapter(const char *name, const char *const *pairs)
{
	struct err e = { 0 };

	cr_assert(eq(int, make(name, pairs, &e), OK), "%s", e.text);
	t.adapter->to = &events;
	cr_assert(eq(int, t.adapter->ops->start(t.adapter, &e), OK));
	t.adapter->ops->know(t.adapter, "lock1", NULL);
}

static const char *const tuya[] = { "access_id", "id-canary", "access_secret", "key-canary", NULL };

static bool is_up(void *arg)
{
	(void)arg;
	return t.state == ADAPTER_UP;
}

static void open_tuya(void)
{
	open_adapter("tuya", tuya);
	cr_assert(loop_run_while_not(t.loop, is_up, NULL, 30000));
}

static bool is_reported(void *arg)
{
	return t.reports >= *(const size_t *)arg;
}

/* Waits for the next report. */
static void await_report(msec limit)
{
	size_t want = t.reports + 1;

	cr_assert(loop_run_while_not(t.loop, is_reported, &want, limit), "no report");
}

static void look(unsigned what)
{
	struct err e = { 0 };

	cr_assert(eq(int, t.adapter->ops->look(t.adapter, "lock1", "0", what, &e), OK));
	await_report(300000);
}

static void pull_trigger(void)
{
	const struct vendor_order order = { .address = "lock1", .component = "0", .job = 7 };
	struct err e = { 0 };

	cr_assert(eq(int, t.adapter->ops->trigger(t.adapter, &order, &e), OK));
	await_report(300000);
}

Test(cloud_adapter, looks_at_once_and_tells_what_it_found)
{
	open_tuya();
	look(LOOK_STATUS | LOOK_VERSIONS);
	cr_assert(eq(int, t.last.step, VENDOR_LOOKED));
	cr_assert(eq(sz, t.n_components, 1));
	cr_assert(eq(str, t.components[0].available, "2.0.0"));
	look(LOOK_PROGRESS);
	cr_assert(eq(int, t.last.state, VENDOR_INSTALLING));
	cr_assert(eq(int, t.last.percent, 30));
	cr_assert(eq(sz, t.tokens, 1));
}

Test(cloud_adapter, capabilities_come_from_the_profile)
{
	open_tuya();
	cr_assert(eq(uint, t.adapter->capabilities,
		ADAPTER_VENDOR | ADAPTER_SCANS | ADAPTER_RESTARTS | ADAPTER_TRIGGERS |
			ADAPTER_OFFERS | ADAPTER_VERSIONS | ADAPTER_PERCENT));
}

/* ---- the login ---- */

static const char *expired_once(const struct http_call *call, struct http_result *r)
{
	(void)r;
	if (!strstr(call->url, "/token") && strstr(call->headers, "access1"))
		return "{\"success\":false,\"code\":1010,\"msg\":\"token is expired\"}";
	return ordinary(call);
}

Test(cloud_adapter, an_expired_token_is_renewed_once_for_all_who_wait)
{
	struct err e = { 0 };

	open_tuya();
	t.answer = expired_once;
	for (int i = 0; i < 10; i++)
		cr_assert(eq(
			int, t.adapter->ops->look(t.adapter, "lock1", NULL, LOOK_STATUS, &e), OK));
	loop_run_for(t.loop, 120000);
	cr_assert(eq(sz, t.reports, 10));
	cr_assert(eq(int, t.last.step, VENDOR_LOOKED));
	cr_assert(eq(sz, t.tokens, 2), "%zu tokens", t.tokens);
}

static void token_path(char out[600], const char *name)
{
	snprintf(out, 600, "%s/cloud-%s.json", t.dir, name);
}

static const char *saved_first(const struct http_call *call, struct http_result *r)
{
	char path[600];
	size_t size;
	uint8_t *file;

	(void)r;
	if (strstr(call->headers, "access_token: access1")) {
		token_path(path, "tuya");
		file = temp_file_read(path, &size);
		cr_assert(ne(ptr, file, NULL), "used before it was on disk");
		cr_assert(ne(ptr, memmem(file, size, "access1", 7), NULL));
		free(file);
	}
	return ordinary(call);
}

Test(cloud_adapter, a_token_is_on_disk_before_it_is_used_and_nobody_else_can_read_it)
{
	struct stat st;
	char path[600];

	t.answer = saved_first;
	open_tuya();
	token_path(path, "tuya");
	cr_assert(eq(int, stat(path, &st), 0));
	cr_assert(eq(int, (int)(st.st_mode & 0777), 0600));
}

Test(cloud_adapter, a_saved_token_is_used_again)
{
	open_tuya();
	t.adapter->ops->free(t.adapter);
	t.adapter = NULL;
	t.state = ADAPTER_STARTING;
	open_tuya();
	cr_assert(eq(sz, t.tokens, 1));
}

Test(cloud_adapter, a_tokens_file_that_others_can_read_is_refused)
{
	struct err e = { 0 };
	char path[600];

	token_path(path, "tuya");
	cr_assert(temp_file_write(path, "{}", 2));
	cr_assert(eq(int, chmod(path, 0644), 0));
	cr_assert(eq(int, make("tuya", tuya, &e), ERR_FORBIDDEN));
	cr_assert(eq(ptr, t.adapter, NULL));
}

static const char *const utec[] = { "client_id", "c", "client_secret", "s", "access_token",
	"access1", "refresh_token", "refresh1", NULL };

static const char *utec_refused(const struct http_call *call, struct http_result *r)
{
	if (strstr(call->url, "oauth.u-tec.com")) {
		r->status = 400;
		return "{\"error\":\"invalid_grant\"}";
	}
	return "{\"payload\":{\"error\":{\"code\":\"INVALID_TOKEN\"}}}";
}

Test(cloud_adapter, a_refused_refresh_asks_for_a_person_and_is_not_repeated)
{
	t.answer = utec_refused;
	open_adapter("utec", utec);
	loop_run_for(t.loop, 5000);
	cr_assert(eq(int, t.state, ADAPTER_STARTING));
	cr_assert(ne(ptr, strstr(t.why.text, "log in"), NULL), "%s", t.why.text);
	cr_assert(eq(sz, t.tokens, 1));
	loop_run_for(t.loop, 3600000);
	cr_assert(eq(sz, t.tokens, 1), "%zu", t.tokens);
	look(LOOK_STATUS);
	cr_assert(eq(int, t.last.step, VENDOR_NO_ANSWER));
	cr_assert(eq(int, t.last.class, VENDOR_AUTH_EXPIRED));
}

static const char *utec_renewed(const struct http_call *call, struct http_result *r)
{
	(void)r;
	if (strstr(call->url, "oauth.u-tec.com"))
		return "{\"access_token\":\"access2\",\"refresh_token\":\"refresh2\",\"expires_"
		       "in\":"
		       "3600}";
	if (strstr(call->headers, "Bearer access1") && strstr(call->body, "Query"))
		return "{\"payload\":{\"error\":{\"code\":\"INVALID_TOKEN\"}}}";
	return "{\"payload\":{\"devices\":[]}}";
}

Test(cloud_adapter, a_late_refusal_of_the_old_token_leaves_the_new_one_alone)
{
	struct err e = { 0 };

	t.slow = "late-lock";
	t.answer = utec_renewed;
	open_adapter("utec", utec);
	cr_assert(loop_run_while_not(t.loop, is_up, NULL, 30000));
	cr_assert(eq(int, t.adapter->ops->look(t.adapter, "late-lock", NULL, LOOK_STATUS, &e), OK));
	cr_assert(eq(int, t.adapter->ops->look(t.adapter, "lock1", NULL, LOOK_STATUS, &e), OK));
	loop_run_for(t.loop, 60000);
	cr_assert(eq(sz, t.most_active, 2));
	cr_assert(eq(sz, t.reports, 2));
	cr_assert(eq(int, t.last.step, VENDOR_LOOKED));
	cr_assert(eq(sz, t.tokens, 1), "%zu renewals", t.tokens);
}

static const char *utec_good(const struct http_call *call, struct http_result *r)
{
	if (!strstr(call->headers, "Bearer access9"))
		return utec_refused(call, r);
	return "{\"payload\":{\"devices\":[]}}";
}

Test(cloud_adapter, a_login_by_the_command_line_is_noticed)
{
	static const char file[] = "{\"profile\":\"utec\",\"origin\":\"https://api.u-tec.com\","
				   "\"generation\":5,\"access_token\":\"access9\","
				   "\"refresh_token\":\"refresh9\",\"got_at\":0,\"ends_at\":0}";
	char path[600];

	t.answer = utec_good;
	open_adapter("utec", utec);
	loop_run_for(t.loop, 5000);
	cr_assert(eq(int, t.state, ADAPTER_STARTING));
	token_path(path, "utec");
	cr_assert(temp_file_write(path, file, sizeof file - 1));
	cr_assert(eq(int, chmod(path, 0600), 0));
	cr_assert(loop_run_while_not(t.loop, is_up, NULL, 60000));
}

static void write_login(int generation, const char *word, int64_t at)
{
	char path[600], file[400];
	int n = snprintf(file, sizeof file,
		"{\"profile\":\"utec\",\"origin\":\"https://api.u-tec.com\",\"generation\":%d,"
		"\"access_token\":\"%s\",\"refresh_token\":\"r\",\"got_at\":%lld,\"ends_at\":0}",
		generation, word, (long long)at);

	token_path(path, "utec");
	cr_assert(temp_file_write(path, file, (size_t)n));
	cr_assert(eq(int, chmod(path, 0600), 0));
}

/* Somebody took the old file away before: what is new begins at 1. */
Test(cloud_adapter, a_login_is_noticed_also_when_the_old_one_was_deleted)
{
	t.answer = utec_good;
	write_login(5, "access1", loop_wall(t.loop));
	open_adapter("utec", utec);
	loop_run_for(t.loop, 5000);
	cr_assert(eq(int, t.state, ADAPTER_STARTING));
	write_login(1, "access9", loop_wall(t.loop));
	cr_assert(loop_run_while_not(t.loop, is_up, NULL, 60000));
}

/* ---- limits ---- */

static const char *too_many(const struct http_call *call, struct http_result *r)
{
	if (!strstr(call->url, "/firmware"))
		return ordinary(call);
	r->status = 429;
	r->retry_after_s = 120;
	return "";
}

Test(cloud_adapter, a_429_silences_the_account_as_long_as_it_asks)
{
	msec then;

	open_tuya();
	loop_run_for(t.loop, 60000);
	t.answer = too_many;
	look(LOOK_VERSIONS);
	cr_assert(eq(int, t.last.class, VENDOR_RATE_LIMITED));
	cr_assert(eq(i64, t.last.retry_after_s, 120));
	then = loop_now(t.loop);
	t.answer = good;
	t.calls = 0;
	look(LOOK_VERSIONS); /* told at once, without a request */
	cr_assert(eq(int, t.last.class, VENDOR_RATE_LIMITED));
	loop_run_until(t.loop, then + 119000);
	cr_assert(eq(sz, t.calls, 0));
	loop_run_until(t.loop, then + 121000);
	look(LOOK_VERSIONS);
	cr_assert(eq(int, t.last.step, VENDOR_LOOKED));
}

Test(cloud_adapter, five_hundred_locks_keep_to_rate_and_budget)
{
	char address[24];

	open_tuya();
	for (int i = 0; i < 500; i++) {
		snprintf(address, sizeof address, "bf%03d", i);
		t.adapter->ops->know(t.adapter, address, NULL);
	}
	t.calls = 0;
	loop_run_for(t.loop, 86400000);
	cr_assert(lt(sz, 900, t.calls), "%zu calls", t.calls);
	cr_assert(le(sz, t.calls, 1400), "%zu calls", t.calls);
	cr_assert(eq(sz, t.most_active, 1));
	for (size_t i = 4; i < t.calls; i++) /* burst 3, then one a second */
		cr_assert(ge(u64, t.at[i] - t.at[i - 4], 900), "at call %zu", i);
}

Test(cloud_adapter, a_restart_does_not_make_a_new_day)
{
	char spent[80];
	struct err e = { 0 };

	snprintf(spent, sizeof spent, "%lld 2000", (long long)loop_wall(t.loop) / 86400000);
	put(&t.store, "spent", spent);
	open_adapter("tuya", tuya);
	loop_run_for(t.loop, 60000);
	cr_assert(eq(sz, t.calls, 0));
	cr_assert(eq(int, t.adapter->ops->look(t.adapter, "lock1", NULL, LOOK_STATUS, &e), OK));
	await_report(60000);
	cr_assert(eq(int, t.last.class, VENDOR_RATE_LIMITED));
	loop_run_for(t.loop, 2 * 86400000);
	cr_assert(eq(int, t.state, ADAPTER_UP));
}

Test(cloud_adapter, without_a_budget_a_running_update_is_still_followed)
{
	char spent[80];
	struct err e = { 0 };
	size_t followed = 0;

	open_tuya();
	loop_run_for(t.loop, 60000);
	t.adapter->ops->free(t.adapter);
	t.adapter = NULL;
	snprintf(spent, sizeof spent, "%lld 2000", (long long)loop_wall(t.loop) / 86400000);
	put(&t.store, "spent", spent);
	open_adapter("tuya", tuya);
	for (int i = 0; i < 40; i++) { /* every 30 s */
		cr_assert(eq(
			int, t.adapter->ops->look(t.adapter, "lock1", "0", LOOK_PROGRESS, &e), OK));
		await_report(20000);
		followed += t.last.step == VENDOR_LOOKED;
		loop_run_for(t.loop, 30000);
	}
	cr_assert(ge(sz, followed, 9)); /* every two minutes */
	cr_assert(le(sz, followed, 11));
}

static const char *short_lived(const struct http_call *call, struct http_result *r)
{
	(void)r;
	if (strstr(call->url, "/token"))
		return "{\"success\":true,\"result\":{\"access_token\":\"a\",\"refresh_token\":"
		       "\"r\",\"expire_time\":40}}";
	return ordinary(call);
}

Test(cloud_adapter, a_token_with_a_short_life_is_not_asked_for_all_the_time)
{
	t.answer = short_lived;
	open_tuya();
	loop_run_for(t.loop, 600000);
	look(LOOK_STATUS);
	cr_assert(eq(int, t.last.step, VENDOR_LOOKED));
	cr_assert(le(sz, t.tokens, 40));
}

static const char *quota_401(const struct http_call *call, struct http_result *r)
{
	(void)call;
	r->status = 401;
	return "{\"message\":\"Unauthorized\"}";
}

static const char *switchbot_good(const struct http_call *call, struct http_result *r)
{
	(void)r;
	if (strstr(call->url, "status"))
		return "{\"statusCode\":100,\"body\":{\"version\":\"V6.3\",\"battery\":80}}";
	return "{\"statusCode\":100,\"body\":{\"deviceList\":[]}}";
}

Test(cloud_adapter, a_401_after_successes_is_first_taken_for_a_quota)
{
	static const char *const pairs[] = { "token", "a", "secret", "b", NULL };

	t.answer = switchbot_good;
	open_adapter("switchbot", pairs);
	cr_assert(loop_run_while_not(t.loop, is_up, NULL, 30000));
	loop_run_for(t.loop, 60000);
	t.answer = quota_401;
	look(LOOK_STATUS);
	cr_assert(eq(int, t.last.class, VENDOR_RATE_LIMITED));
	cr_assert(eq(int, t.state, ADAPTER_UP));
	loop_run_for(t.loop, 15 * 60000 + 1000);
	look(LOOK_STATUS);
	cr_assert(eq(int, t.last.class, VENDOR_AUTH_CONFIG));
	cr_assert(eq(int, t.state, ADAPTER_STARTING));
}

/* ---- the clock ---- */

static const char *slow_clock(const struct http_call *call, struct http_result *r)
{
	static char body[120];
	const char *at = strstr(call->headers, "\nt: ");
	long long sent = at ? atoll(at + 4) : 0;
	long long now = (long long)loop_wall(t.loop) + 20 * 60000;

	(void)r;
	if (sent > now - 300000 && sent < now + 300000)
		return ordinary(call);
	snprintf(body, sizeof body, "{\"success\":false,\"code\":1013,\"t\":%lld}", now);
	return body;
}

Test(cloud_adapter, a_clock_that_is_slow_is_learned_from_the_cloud_and_told)
{
	struct adapter_info info;

	t.answer = slow_clock;
	open_tuya();
	t.adapter->ops->info(t.adapter, &info);
	cr_assert(ne(ptr, (void *)info.warning, NULL));
	look(LOOK_STATUS);
	cr_assert(eq(int, t.last.step, VENDOR_LOOKED));
}

/* ---- the trigger ---- */

static const char *lost(const struct http_call *call, struct http_result *r)
{
	if (!call->trigger || strstr(call->url, "/token"))
		return ordinary(call);
	r->status = 0;
	r->sent = HTTP_MAYBE_SENT;
	(void)err_set(&r->err, ERR_IO, "connection lost");
	return "";
}

static const char *unsent(const struct http_call *call, struct http_result *r)
{
	const char *body = lost(call, r);

	r->sent = r->err.code ? HTTP_NOT_SENT : r->sent;
	return body;
}

static const char *offline(const struct http_call *call, struct http_result *r)
{
	(void)r;
	if (call->trigger && !strstr(call->url, "/token"))
		return "{\"success\":false,\"code\":2001,\"msg\":\"offline\"}";
	return ordinary(call);
}

Test(cloud_adapter, a_trigger_goes_once_whatever_becomes_of_it)
{
	static const struct {
		const char *(*answer)(const struct http_call *call, struct http_result *r);
		enum vendor_step step;
		enum vendor_class class;
	} rows[] = {
		{ good, VENDOR_ACCEPTED, VENDOR_OK },
		{ lost, VENDOR_AMBIGUOUS, VENDOR_NO_NET },
		{ unsent, VENDOR_REFUSED, VENDOR_NO_NET },
		{ offline, VENDOR_REFUSED, VENDOR_DEVICE_OFFLINE },
	};

	open_tuya();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		t.triggers = 0;
		t.answer = rows[i].answer;
		pull_trigger();
		loop_run_for(t.loop, 120000);
		cr_assert(eq(int, t.last.step, rows[i].step), "row %zu", i);
		cr_assert(eq(int, t.last.class, rows[i].class), "row %zu", i);
		cr_assert(eq(sz, t.triggers, 1), "row %zu", i);
	}
}

Test(cloud_adapter, a_trigger_refused_for_its_token_goes_again_with_a_new_one)
{
	open_tuya();
	t.answer = expired_once;
	pull_trigger();
	cr_assert(eq(int, t.last.step, VENDOR_ACCEPTED));
	cr_assert(eq(sz, t.triggers, 2));
	cr_assert(eq(sz, t.tokens, 2));
}

/* The engine takes an order for lost after a minute, and somebody may then give it again. */
Test(cloud_adapter, an_order_that_waits_too_long_for_its_token_never_leaves)
{
	open_tuya();
	t.answer = expired_once;
	t.token_way = 50000;
	pull_trigger();
	cr_assert(eq(int, t.last.step, VENDOR_REFUSED));
	cr_assert(eq(int, t.last.class, VENDOR_NO_NET));
	loop_run_for(t.loop, 120000);
	cr_assert(eq(sz, t.triggers, 1)); /* the one that was refused for its token */
	cr_assert(eq(sz, t.reports, 1));
}

static bool operations_end; /* the vendor loses the next order */

static const char *generic_cloud(const struct http_call *call, struct http_result *r)
{
	if (call->trigger && operations_end)
		return lost(call, r);
	if (call->trigger)
		return "{\"accepted\":true,\"operation_id\":\"op1\"}";
	if (strstr(call->url, "/operations/"))
		return "{\"percent\":100,\"state\":\"error\"}";
	if (strstr(call->url, "/firmware"))
		return "{\"components\":[{\"name\":\"0\",\"installed\":\"1\",\"available\":\"2\","
		       "\"status\":\"running\"}]}";
	return strstr(call->url, "cursor") ? "{\"devices\":[]}" : "{\"online\":true}";
}

Test(cloud_adapter, the_number_of_an_update_before_is_not_taken_for_this_one)
{
	static const char *const pairs[] = { "key_id", "a", "key_secret", "b", NULL };

	operations_end = false;
	t.answer = generic_cloud;
	open_adapter("generic", pairs);
	cr_assert(loop_run_while_not(t.loop, is_up, NULL, 30000));
	pull_trigger();
	look(LOOK_PROGRESS);
	cr_assert(eq(int, t.last.state, VENDOR_FAILED));
	operations_end = true;
	pull_trigger();
	cr_assert(eq(int, t.last.step, VENDOR_AMBIGUOUS));
	look(LOOK_PROGRESS);
	cr_assert(eq(int, t.last.state, VENDOR_INSTALLING));
}

static const char *flaky(const struct http_call *call, struct http_result *r)
{
	static unsigned n;

	if (strstr(call->url, "/firmware") && n++ < 2) {
		r->status = 502;
		return "<html>";
	}
	return ordinary(call);
}

Test(cloud_adapter, a_read_that_fails_in_passing_is_tried_again)
{
	open_tuya();
	t.answer = flaky;
	look(LOOK_VERSIONS);
	cr_assert(eq(int, t.last.step, VENDOR_LOOKED));
}

Test(cloud_adapter, no_secret_is_in_what_it_says)
{
	open_tuya();
	t.answer = offline;
	pull_trigger();
	cr_assert(eq(ptr, strstr(t.last_text, "canary"), NULL));
	cr_assert(ne(ptr, strstr(t.last_text, "2001"), NULL), "%s", t.last_text);
	cr_assert(eq(ptr, strstr(t.last_text, "msg"), NULL));
}

/* ---- messages of the vendor ---- */

static const char nuki_body[] = "{\"feature\":\"DEVICE_MASTERDATA\",\"smartlockId\":17938216461}";

static const char *signature(const void *arg, const char *name)
{
	return !strcasecmp(name, "X-Nuki-Signature-SHA256") ? arg : NULL;
}

static const char *nuki_good(const struct http_call *call, struct http_result *r)
{
	(void)r;
	return strstr(call->url, "/smartlock/") ? "{\"firmwareVersion\":199430,\"serverState\":0}"
						: "[]";
}

Test(cloud_adapter, a_proven_message_brings_a_look_and_a_changed_one_nothing)
{
	static const char *const pairs[] = { "api_token", "x", "webhook_secret", "nuki-demo-secret",
		NULL };
	static const char sign[] =
		"0b36a222295e452b4eb94c8b14d20fd8a79a38a26406b2f6670710f7afe15a8a";
	struct vendor_hook hook = { .body = { (const uint8_t *)nuki_body, sizeof nuki_body - 1 },
		.header = signature,
		.arg = sign };

	t.answer = nuki_good;
	open_adapter("nuki", pairs);
	t.adapter->ops->know(t.adapter, "17938216461", NULL);
	cr_assert(loop_run_while_not(t.loop, is_up, NULL, 30000));
	loop_run_for(t.loop, 30000);
	t.calls = 0;
	cr_assert(t.adapter->ops->hook(t.adapter, &hook));
	loop_run_for(t.loop, 3000);
	cr_assert(eq(sz, t.calls, 1));
	cr_assert(ne(ptr, strstr(t.urls[0], "/smartlock/17938216461"), NULL));
	cr_assert(eq(str, t.components[0].installed, "3.11.6"));
	hook.body.size--;
	cr_assert(not(t.adapter->ops->hook(t.adapter, &hook)));
	hook.body.size++;
	hook.arg = "0b36";
	cr_assert(not(t.adapter->ops->hook(t.adapter, &hook)));
	hook.arg = NULL;
	cr_assert(not(t.adapter->ops->hook(t.adapter, &hook)));
	loop_run_for(t.loop, 3000);
	cr_assert(eq(sz, t.calls, 1));
}

Test(cloud_adapter, many_messages_bring_one_look_soon)
{
	static const char *const pairs[] = { "api_token", "x", "webhook_secret", "nuki-demo-secret",
		NULL };
	static const char sign[] =
		"0b36a222295e452b4eb94c8b14d20fd8a79a38a26406b2f6670710f7afe15a8a";
	const struct vendor_hook hook = { .body = { (const uint8_t *)nuki_body,
						  sizeof nuki_body - 1 },
		.header = signature,
		.arg = sign };

	t.answer = nuki_good;
	open_adapter("nuki", pairs);
	t.adapter->ops->know(t.adapter, "17938216461", NULL);
	cr_assert(loop_run_while_not(t.loop, is_up, NULL, 30000));
	loop_run_for(t.loop, 30000);
	cr_assert(t.adapter->ops->hook(t.adapter, &hook));
	loop_run_for(t.loop, 1000);
	t.calls = 0;
	for (int i = 0; i < 1000; i++)
		cr_assert(t.adapter->ops->hook(t.adapter, &hook));
	loop_run_for(t.loop, 60000);
	cr_assert(eq(sz, t.calls, 1));
}

/* ---- the end ---- */

static void on_stopped(void *owner)
{
	*(bool *)owner = true;
}

Test(cloud_adapter, stops_in_the_middle_of_everything)
{
	bool stopped = false;
	struct err e = { 0 };

	open_tuya();
	cr_assert(eq(int, t.adapter->ops->look(t.adapter, "lock1", NULL, LOOK_STATUS, &e), OK));
	loop_run_for(t.loop, 5);
	t.adapter->ops->stop(t.adapter, on_stopped, &stopped);
	cr_assert(not(stopped));
	loop_run_for(t.loop, 1000);
	cr_assert(stopped);
	cr_assert(eq(int, t.state, ADAPTER_STOPPED));
	cr_assert(eq(sz, t.active, 0));
}

Test(cloud_adapter, stops_while_it_asks_for_a_token_and_starts_again)
{
	bool stopped = false;
	struct err e = { 0 };

	t.token_way = 5000;
	open_adapter("tuya", tuya);
	loop_run_for(t.loop, 1000);
	cr_assert(eq(sz, t.tokens, 1));
	t.adapter->ops->stop(t.adapter, on_stopped, &stopped);
	loop_run_for(t.loop, 1000);
	cr_assert(stopped);
	cr_assert(eq(int, t.adapter->ops->start(t.adapter, &e), OK));
	cr_assert(loop_run_while_not(t.loop, is_up, NULL, 30000));
	cr_assert(eq(sz, t.tokens, 2));
}

static const char *utec_outdated(const struct http_call *call, struct http_result *r)
{
	if (strstr(call->headers, "Bearer access1"))
		return "{\"payload\":{\"error\":{\"code\":\"INVALID_TOKEN\"}}}";
	return utec_renewed(call, r);
}

/* The cloud has spent the refresh token already: without its answer a person must log in again. */
Test(cloud_adapter, waits_for_the_answer_to_a_token_that_works_once)
{
	bool stopped = false;
	char path[600];
	size_t size = 0;
	uint8_t *file;

	t.token_way = 2000;
	t.answer = utec_outdated;
	open_adapter("utec", utec);
	loop_run_for(t.loop, 1000);
	cr_assert(eq(sz, t.tokens, 1));
	t.adapter->ops->stop(t.adapter, on_stopped, &stopped);
	loop_run_for(t.loop, 500);
	cr_assert(not(stopped));
	loop_run_for(t.loop, 2000);
	cr_assert(stopped);
	token_path(path, "utec");
	file = temp_file_read(path, &size);
	cr_assert(ne(ptr, file, NULL));
	cr_assert(ne(ptr, memmem(file, size, "refresh2", 8), NULL));
	free(file);
	cr_assert(eq(sz, t.active, 0));
}

Test(cloud_adapter, stops_without_asking_again_when_a_token_is_refused)
{
	bool stopped = false;

	t.token_way = 2000;
	t.answer = utec_refused;
	open_adapter("utec", utec);
	loop_run_for(t.loop, 1000);
	t.adapter->ops->stop(t.adapter, on_stopped, &stopped);
	loop_run_for(t.loop, 10000);
	cr_assert(stopped);
	cr_assert(eq(sz, t.tokens, 1));
	cr_assert(eq(sz, t.reports, 0));
}
