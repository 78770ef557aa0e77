#include "adapters/zigbee/zigbee_adapter.h"
#include "adapters/zigbee/znp/znp_radio.h"
#include "ota/engine.h"
#include "ota/library.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/sim/sim.h"
#include "tests/support/loop_virtual.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything but the front door in one process: engine, store, Zigbee adapter, ZNP radio, and a
 * simulated stick with a sleepy lock behind it. */

static uint8_t bytes[4096];
static struct image image = { .id = "image",
	.manufacturer_code = 0x1234,
	.image_type = 1,
	.file_version = 0x01000100,
	.size = sizeof bytes,
	.name = "lock.ota" };

size_t library_count(const struct library *library)
{
	(void)library;
	return 1;
}

const struct image *library_at(const struct library *library, size_t i)
{
	(void)library;
	(void)i;
	return &image;
}

const struct image *library_find(const struct library *library, const char *id)
{
	(void)library;
	return strcmp(id, image.id) == 0 ? &image : NULL;
}

void library_load(struct library *library, const char *id,
	void (*done)(void *owner, const struct err *e, uint8_t *data, size_t size), void *owner)
{
	(void)library;
	(void)id;
	done(owner, NULL, xmemdup(bytes, sizeof bytes), sizeof bytes);
}

static const char *get(struct adapter_store *store, const char *key)
{
	(void)store;
	(void)key;
	return NULL;
}

static void put(struct adapter_store *store, const char *key, const char *value)
{
	(void)store;
	(void)key;
	(void)value;
}

static struct adapter_store memory = { get, put };
static char dir[TEMP_PATH], path[TEMP_PATH + 16];
static struct loop *loop;
static struct store *store;
static struct engine *engine;
static struct sim_network *network;
static struct sim_lock *lock;
static struct sim_znp *znp;
static struct job last;
static bool radio_timing; /* else a whole transfer takes no time at all */

static void build_image(void)
{
	static const uint8_t head[] = { 0x1E, 0xF1, 0xEE, 0x0B, 0x00, 0x01, 0x38, 0x00, 0x00, 0x00,
		0x34, 0x12, 0x01, 0x00, 0x00, 0x01, 0x00, 0x01, 0x02, 0x00 };

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7);
	memset(bytes, 0, 62);
	memcpy(bytes, head, sizeof head);
	for (size_t i = 0; i < 4; i++) {
		bytes[52 + i] = (uint8_t)(sizeof bytes >> 8 * i);
		bytes[58 + i] = (uint8_t)((sizeof bytes - 62) >> 8 * i);
	}
}

static void build_house(enum sim_install install)
{
	network = sim_network_new(loop, &(struct sim_network_options){ .channel = 15,
						.pan_id = 0x4402,
						.ext_pan_id = 0xA2BA38A8B5E683A0,
						.coordinator = 0x00124B001E17EFA8,
						.radio_timing = radio_timing,
						.seed = 1 });
	lock = sim_lock_new(network, &(struct sim_lock_options){ .ieee = 0x0102030405060708,
					     .address = 0x3A5C,
					     .manufacturer_code = 0x1234,
					     .image_type = 1,
					     .version = 0x01000000,
					     .hardware_version = 0xFFFF,
					     .model = "Lock",
					     .manufacturer = "Maker",
					     .sleepy = true,
					     .install = install,
					     .battery_half_percent = 200,
					     .battery_decivolt = 60 });
	znp = sim_znp_new(network, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 });
}

static void build_engine(void)
{
	struct engine_options options = { .loop = loop,
		.store = store,
		.library = (struct library *)&image,
		.give_up_after_s = 604800,
		.upgrade_delay_s = 5,
		.transfers_per_adapter = 2 };
	struct radio_options radio = {
		.loop = loop, .stream = sim_znp_factory(znp), .store = &memory, .adopt = true
	};
	struct store_contents contents = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, store_load(store, loop_wall(loop), &contents, &e), OK));
	engine = engine_new(&options, &contents);
	store_contents_done(&contents);
	engine_add_adapter(engine, zigbee_adapter_new(&(struct zigbee_options){ .loop = loop,
					   .radio = znp_radio_new(&radio),
					   .store = &memory,
					   .id = "stick",
					   .type = "znp" }));
	cr_assert(eq(int,
		engine_config_lock(engine, "front", "Front", "stick", "0x0102030405060708", &e),
		OK));
	engine_start(engine);
}

static void begin(enum sim_install install)
{
	struct err e = { 0 };

	build_image();
	temp_dir_make(dir);
	(void)snprintf(path, sizeof path, "%s/db.sqlite", dir);
	loop = loop_new();
	cr_assert(eq(int, store_open(&store, path, loop, &e), OK), "%s", e.text);
	build_house(install);
	build_engine();
}

static void created(void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	(void)owner;
	(void)answer;
	cr_assert(ne(ptr, (void *)job, NULL), "%s", e ? e->text : "");
	last = *job;
}

static void got(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	(void)owner;
	(void)e;
	(void)more;
	if (n)
		last = jobs[0];
}

static bool is_over(void *arg)
{
	(void)arg;
	store_job(store, last.id, got, NULL);
	return job_is_over(last.phase);
}

static void ask(void)
{
	struct job_request request = { .lock = "front", .image = "image", .requested_by = "test" };

	engine_create_job(engine, &request, created, NULL);
	loop_run_for(loop, 100);
}

/* Minute by minute, because is_over() asks the store. */
static void run_to_the_end(unsigned hours)
{
	for (unsigned i = 0; i < hours * 60 && !is_over(NULL); i++)
		loop_run_for(loop, 60000);
}

static void stopped(void *owner)
{
	*(bool *)owner = true;
}

static void end(void)
{
	bool done = false;

	engine_stop(engine, stopped, &done);
	loop_run_for(loop, 6000);
	cr_assert(done);
	engine_free(engine);
	store_close(store);
	sim_znp_free(znp);
	sim_network_free(network);
	loop_free(loop);
	temp_dir_remove(dir);
}

TestSuite(engine_sim, .timeout = 120);

Test(engine_sim, sleepy_lock_is_updated_and_proves_it)
{
	struct sim_lock_state state;

	begin(SIM_INSTALLS);
	loop_run_for(loop, 60000);
	ask();
	sim_lock_press_key(lock);
	run_to_the_end(2);
	sim_lock_state(lock, &state);
	cr_assert(eq(str, (char *)job_phase_name(last.phase), "succeeded"), "%s", last.error.text);
	cr_assert(eq(str, last.evidence, "verified_by_version"));
	cr_assert(eq(u32, state.version, image.file_version));
	end();
}

Test(engine_sim, lock_that_keeps_its_version_is_found_out)
{
	begin(SIM_KEEPS_OLD);
	loop_run_for(loop, 60000);
	ask();
	sim_lock_press_key(lock);
	run_to_the_end(26);
	cr_assert(eq(str, last.outcome, "version_unchanged"));
	end();
}

Test(engine_sim, lock_that_rejects_the_image)
{
	begin(SIM_REJECTS_IMAGE);
	loop_run_for(loop, 60000);
	ask();
	sim_lock_press_key(lock);
	run_to_the_end(2);
	cr_assert(eq(str, last.outcome, "invalid_image"));
	end();
}

Test(engine_sim, lock_that_never_returns)
{
	begin(SIM_NEVER_RETURNS);
	loop_run_for(loop, 60000);
	ask();
	sim_lock_press_key(lock);
	run_to_the_end(26);
	cr_assert(eq(str, last.outcome, "never_returned"));
	end();
}

/* kill -9: the engine is freed without a word, with its adapter; lock and stick live on. */
Test(engine_sim, restart_in_mid_transfer_goes_on_where_the_lock_is)
{
	struct sim_lock_state before, after;

	radio_timing = true;
	begin(SIM_INSTALLS);
	loop_run_for(loop, 60000);
	ask();
	sim_lock_press_key(lock);
	do {
		loop_run_for(loop, 100);
		sim_lock_state(lock, &before);
	} while (before.offset < 1000 && !is_over(NULL));
	cr_assert(lt(u32, before.offset, sizeof bytes));
	engine_free(engine);
	loop_run_for(loop, 2000);
	build_engine();
	run_to_the_end(2);
	sim_lock_state(lock, &after);
	cr_assert(eq(str, last.outcome, "updated"), "%s", last.error.text);
	cr_assert(eq(u32, last.attempt, 1));
	cr_assert(le(u32, after.blocks, before.blocks + (sizeof bytes - before.offset) / 30 + 3));
	end();
}
