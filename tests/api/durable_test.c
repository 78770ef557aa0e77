/* What an answer promises is on disk: the api with the real engine, library and store, and a
 * database thread that is held back. */
#include "server/worker.h"
#include "tests/api/support.h"
#include "tests/ota/make_image.h"
#include "tests/support/temp_dir.h"
#include "tests/support/worker_inline.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OLD = 0x11040000, NEW = 0x11070000 };

static struct world *w;
static struct loop *loop;
static struct store *store;
static struct worker *files;
static struct library *library;
static struct engine *engine;
static char dir[TEMP_PATH], path[TEMP_PATH + 16], folder[TEMP_PATH + 16];

/* --- an adapter that can do everything and does nothing --- */

static enum err_code do_nothing(struct adapter *a, struct err *e)
{
	(void)a;
	(void)e;
	return OK;
}

static void stop(struct adapter *a, void (*done)(void *owner), void *owner)
{
	(void)a;
	loop_post(loop, done, owner);
}

static void know(struct adapter *a, const char *address, const struct lock_facts *facts)
{
	(void)a;
	(void)address;
	(void)facts;
}

static void forget(struct adapter *a, const char *address)
{
	(void)a;
	(void)address;
}

static enum err_code look(struct adapter *a, const char *address, unsigned what, struct err *e)
{
	(void)a;
	(void)address;
	(void)what;
	(void)e;
	return OK;
}

static enum err_code order(struct adapter *a, const struct update_order *order_, struct err *e)
{
	(void)a;
	(void)order_;
	(void)e;
	return OK;
}

static void finish(struct adapter *a, const char *address, uint32_t delay_s)
{
	(void)a;
	(void)address;
	(void)delay_s;
}

static void cancel(struct adapter *a, const char *address, int64_t abort_until)
{
	(void)a;
	(void)address;
	(void)abort_until;
}

static void tell(const struct adapter *a, struct adapter_info *out)
{
	(void)a;
	*out = (struct adapter_info){ 0 };
}

static void end(struct adapter *a)
{
	free(a);
}

static const struct adapter_ops ops = { .type = "znp",
	.start = do_nothing,
	.stop = stop,
	.restart = do_nothing,
	.scan = do_nothing,
	.know = know,
	.forget = forget,
	.read = look,
	.update = order,
	.finish = finish,
	.cancel = cancel,
	.info = tell,
	.free = end };

/* --- the house --- */

static void committed(
	void *owner, const struct err *e, int64_t id, const struct event *events, size_t n)
{
	(void)owner;
	(void)id;
	(void)events;
	(void)n;
	cr_assert(not(e && e->code), "%s", e ? e->text : "");
}

static void put_lock(const char *id, const char *address)
{
	int64_t wall = loop_wall(loop);
	struct lock lock = { .managed = LOCK_BY_API,
		.facts = { .known = FACT_VERSION | FACT_IMAGE_KEY | FACT_MODEL | FACT_BATTERY |
				    FACT_LOCK_STATE,
			.version = OLD,
			.version_source = VERSION_QUERY,
			.manufacturer_code = 0x1234,
			.image_type = 1,
			.model = "M1",
			.lock_state = LOCK_LOCKED,
			.sleepy = true },
		.version_at = wall,
		.model_at = wall,
		.lock_state_at = wall,
		.battery = { .half_percent = 180, .decivolt = -1, .at = wall },
		.last_heard = wall,
		.created_at = wall,
		.problem = "no_contact",
		.problem_text = "It was silent." };

	(void)snprintf(lock.id, sizeof lock.id, "%s", id);
	(void)snprintf(lock.name, sizeof lock.name, "%s", id);
	(void)snprintf(lock.adapter, sizeof lock.adapter, "stick");
	(void)snprintf(lock.address, sizeof lock.address, "%s", address);
	store_commit(store, &(struct store_change){ .lock = &lock }, committed, NULL);
	loop_run_for(loop, 5);
}

static void start_engine(void)
{
	const struct engine_options options = { .loop = loop,
		.store = store,
		.library = library,
		.give_up_after_s = 604800,
		.transfers_per_adapter = 2 };
	struct adapter *stick = calloc(1, sizeof *stick);
	struct store_contents contents = { 0 };

	cr_assert(eq(int, store_load(store, loop_wall(loop), &contents, NULL), OK));
	engine = engine_new(&options, &contents);
	store_contents_done(&contents);
	stick->ops = &ops;
	stick->capabilities = ADAPTER_TRANSFERS | ADAPTER_READS | ADAPTER_SCANS | ADAPTER_RESTARTS;
	(void)snprintf(stick->id, sizeof stick->id, "stick");
	engine_add_adapter(engine, stick);
	engine_start(engine);
	stick->state = ADAPTER_UP;
	stick->to->state(stick->owner, stick, ADAPTER_UP, &stick->why);
	loop_run_for(loop, 5);
}

static unsigned upload(uint32_t version)
{
	uint8_t image[MADE_MAX];
	const struct made_image made = { .manufacturer = 0x1234,
		.type = 1,
		.version = version,
		.string = "made",
		.body = { (const uint8_t *)"\0\0\4\0\0\0body", 10 } };
	unsigned status;

	ask_size = make_image(image, &made);
	status = ask(w, "POST /api/v1/firmware?name=made.ota", (char *)image,
		"Content-Type: application/octet-stream", NULL);
	ask_size = 0;
	return status;
}

static void setup(void)
{
	struct api_options options = { .auth_none = true, .loopback_only = true };
	struct err e = { 0 };

	temp_dir_make(dir);
	(void)snprintf(path, sizeof path, "%s/db.sqlite", dir);
	(void)snprintf(folder, sizeof folder, "%s/images", dir);
	loop = loop_new();
	files = worker_new(loop, "work", NULL);
	cr_assert(eq(int, store_open(&store, path, loop, &e), OK), "%s", e.text);
	put_lock("back", "0x00124b0000000002");
	put_lock("front", "0x00124b0000000001");
	cr_assert(eq(int, library_new(&library, folder, files, store, NULL, 0, &e), OK), "%s",
		e.text);
	start_engine();
	options.loop = loop;
	options.engine = engine;
	options.store = store;
	options.library = library;
	w = world_of(&options);
	cr_assert(eq(uint, upload(NEW), 201), "%s", w->reply.body);
}

static void teardown(void)
{
	worker_release();
	loop_run_for(loop, 10);
	api_free(w->api);
	engine_free(engine);
	library_free(library);
	worker_free(files);
	store_close(store);
	temp_dir_remove(dir);
}

TestSuite(durable, .init = setup, .fini = teardown, .timeout = 60);

/* What somebody else sees meanwhile. */
static char *seen(const char *line)
{
	struct world other = *w;

	other.reply = (struct http_reply){ 0 };
	other.json = NULL;
	ask_local(&other, geteuid(), line, NULL);
	cr_assert(eq(int, other.reply.answers, 1), "%s", line);
	json_decref(other.json);
	return other.reply.body;
}

/* While the database is held there is neither an answer nor anything to see; after so many
 * batches of it there are both. */
static void promise(
	const char *line, const char *body, unsigned status, int batches, const char *look_at)
{
	char *before = seen(look_at), *now;

	worker_hold("db");
	ask_local(w, geteuid(), line, body);
	for (int i = 0; i < batches; i++) {
		loop_run_for(loop, 50);
		cr_expect(eq(int, w->reply.answers, 0), "%s: answered before it was on disk", line);
		now = seen(look_at);
		cr_expect(eq(str, now, before), "%s: seen before it was on disk: %s\n%s", line, now,
			before);
		free(now);
		worker_step();
	}
	loop_run_for(loop, 50);
	cr_expect(eq(int, w->reply.answers, 1), "%s", line);
	cr_expect(eq(uint, w->reply.status, status), "%s: %s", line, w->reply.body);
	now = seen(look_at);
	cr_expect(ne(str, now, before), "%s: nothing to see", line);
	free(now);
	free(before);
	worker_release();
	loop_run_for(loop, 50);
}

Test(durable, locks)
{
	promise("PUT /api/v1/locks/side",
		"{\"adapter\":\"stick\",\"address\":\"0x00124b0000000003\"}", 201, 1,
		"GET /api/v1/locks");
	promise("PUT /api/v1/locks/side", "{\"name\":\"Side door\"}", 200, 1,
		"GET /api/v1/locks/side");
	promise("PATCH /api/v1/locks/front", "{\"priority\":3,\"auto_update\":\"notify\"}", 200, 1,
		"GET /api/v1/locks/front");
	promise("POST /api/v1/locks/front/dismiss", NULL, 200, 1, "GET /api/v1/locks/front");
	promise("DELETE /api/v1/locks/back", NULL, 204, 1, "GET /api/v1/locks");
}

Test(durable, pause)
{
	promise("PATCH /api/v1/policy", "{\"paused\":true}", 200, 1, "GET /api/v1/policy");
	promise("PATCH /api/v1/policy", "{\"paused\":false}", 200, 1, "GET /api/v1/policy");
}

Test(durable, the_same_pause_twice_is_not_answered_sooner)
{
	worker_hold("db");
	ask(w, "PATCH /api/v1/policy", "{\"paused\":true}", NULL);
	ask(w, "PATCH /api/v1/policy", "{\"paused\":true}", NULL);
	loop_run_for(loop, 50);
	cr_expect(eq(int, w->reply.answers, 0));
	worker_release();
	loop_run_for(loop, 50);
	cr_expect(engine_is_paused(engine));
}

Test(durable, tokens)
{
	promise("POST /api/v1/tokens", "{\"name\":\"curl\",\"scope\":\"read\"}", 201, 1,
		"GET /api/v1/tokens");
	/* It is gone at once for all that ask: the only promise that is kept early. */
	worker_hold("db");
	ask_local(w, geteuid(), "DELETE /api/v1/tokens/curl", NULL);
	loop_run_for(loop, 50);
	cr_expect(eq(int, w->reply.answers, 0));
	worker_release();
	loop_run_for(loop, 50);
	cr_expect(eq(uint, w->reply.status, 204));
}

Test(durable, firmware)
{
	char line[128];

	(void)snprintf(line, sizeof line, "DELETE /api/v1/firmware/%s", library_at(library, 0)->id);
	promise(line, NULL, 204, 1, "GET /api/v1/firmware");
}

Test(durable, jobs)
{
	static const char front[] = "GET /api/v1/locks/front";

	promise("POST /api/v1/jobs", "{\"lock\":\"front\"}", 202, 1, front);
	promise("POST /api/v1/jobs/1/cancel", NULL, 200, 1, front);
	/* They look for the old job first. */
	promise("POST /api/v1/jobs/1/retry", NULL, 202, 2, front);
	promise("POST /api/v1/jobs/2/cancel", NULL, 200, 1, front);
	promise("POST /api/v1/jobs/2/verify", NULL, 202, 2, front);
	promise("POST /api/v1/jobs/3/cancel", NULL, 200, 1, front);
	promise("POST /api/v1/jobs/3/confirm", "{\"version\":\"17.7.0.0\"}", 202, 2, front);
}

Test(durable, update_of_all)
{
	promise("POST /api/v1/update-all", "{}", 202, 1, "GET /api/v1/locks");
}

Test(durable, an_upload)
{
	char *before = seen("GET /api/v1/firmware"), *now;

	worker_hold("db");
	(void)upload(NEW + 1);
	loop_run_for(loop, 50);
	cr_expect(eq(int, w->reply.answers, 0));
	now = seen("GET /api/v1/firmware");
	cr_expect(eq(str, now, before));
	free(now);
	worker_release();
	loop_run_for(loop, 50);
	cr_expect(eq(uint, w->reply.status, 201));
	now = seen("GET /api/v1/firmware");
	cr_expect(ne(str, now, before));
	free(now);
	free(before);
}
