#include "tests/ota/engine_house.h"

#include "adapters/zigbee/ezsp/ezsp_radio.h"
#include "adapters/zigbee/zigbee_adapter.h"
#include "adapters/zigbee/znp/znp_radio.h"
#include "ota/library.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct house house;
static struct house_options options;
static uint8_t bytes[HOUSE_IMAGE_SIZE];
static struct image image = { .id = "image",
	.manufacturer_code = 0x1234,
	.image_type = 1,
	.file_version = HOUSE_NEW,
	.size = sizeof bytes,
	.name = "lock.ota" };
static char dir[TEMP_PATH], path[TEMP_PATH + 16];

/* --- a library of one image --- */

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
	struct err e;

	(void)library;
	(void)id;
	err_because(&e, ERR_NOT_FOUND, "image_missing", "the file is gone");
	if (house.image_gone)
		done(owner, &e, NULL, 0);
	else
		done(owner, NULL, xmemdup(bytes, sizeof bytes), sizeof bytes);
}

/* --- an adapter's memory --- */

static char pin[256];

static const char *get(struct adapter_store *store, const char *key)
{
	(void)store;
	return strcmp(key, "network") == 0 && pin[0] ? pin : NULL;
}

static void put(struct adapter_store *store, const char *key, const char *value)
{
	(void)store;
	if (strcmp(key, "network") == 0)
		text_copy(pin, sizeof pin, value);
}

static struct adapter_store memory = { get, put };

/* --- the house --- */

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

const uint8_t *house_image(void)
{
	return bytes;
}

static struct sim_stick make_stick(void)
{
	if (options.ezsp)
		return sim_ezsp_stick(sim_ezsp_new(
			house.network, &(struct sim_ezsp_options){ .version = options.ezsp }));
	return sim_znp_stick(
		sim_znp_new(house.network, &(struct sim_znp_options){ .stack = options.stack }));
}

void house_begin(const struct house_options *o)
{
	struct err e = { 0 };

	memset(&house, 0, sizeof house);
	pin[0] = '\0';
	options = *o;
	build_image();
	temp_dir_make(dir);
	(void)snprintf(path, sizeof path, "%s/db.sqlite", dir);
	house.loop = loop_new();
	cr_assert(eq(int, store_open(&house.store, path, house.loop, &e), OK), "%s", e.text);
	house.network = sim_network_new(house.loop, &(struct sim_network_options){ .channel = 15,
							    .pan_id = 0x4402,
							    .ext_pan_id = 0xA2BA38A8B5E683A0,
							    .coordinator = 0x00124B001E17EFA8,
							    .radio_timing = options.radio_timing,
							    .seed = options.seed ? options.seed : 1,
							    .loss = options.loss });
	house.stick = make_stick();
}

static uint64_t ieee_of(size_t lock)
{
	return 0x0102030405060708 + lock;
}

struct sim_lock *house_add(struct sim_lock_options o)
{
	o.ieee = ieee_of(house.n_locks);
	o.address = (uint16_t)(0x3A5C + house.n_locks);
	o.manufacturer_code = image.manufacturer_code;
	o.image_type = image.image_type;
	o.version = HOUSE_OLD;
	o.hardware_version = 0xFFFF;
	o.model = "Lock";
	o.manufacturer = "Maker";
	o.sleepy = true;
	if (!o.battery_half_percent)
		o.battery_half_percent = 200;
	if (!o.battery_decivolt)
		o.battery_decivolt = 60;
	house.locks[house.n_locks] = sim_lock_new(house.network, &o);
	return house.locks[house.n_locks++];
}

const char *house_name(size_t lock)
{
	static const char *const names[HOUSE_LOCKS] = { "lock-0", "lock-1", "lock-2", "lock-3" };

	return names[lock];
}

void house_start(void)
{
	struct engine_options engine = { .loop = house.loop,
		.store = house.store,
		.library = (struct library *)&image,
		.give_up_after_s = 604800,
		.upgrade_delay_s = 5,
		.transfers_per_adapter = 2,
		.defaults = options.defaults };
	struct radio_options radio = { .loop = house.loop,
		.stream = house.stick.kind->factory(house.stick.self),
		.store = &memory,
		.adopt = true,
		.may_restart = true };
	struct store_contents contents = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, store_load(house.store, loop_wall(house.loop), &contents, &e), OK));
	house.engine = engine_new(&engine, &contents);
	store_contents_done(&contents);
	engine_add_adapter(house.engine,
		zigbee_adapter_new(&(struct zigbee_options){ .loop = house.loop,
			.radio = options.ezsp ? ezsp_radio_new(&radio) : znp_radio_new(&radio),
			.store = &memory,
			.id = "stick",
			.type = options.ezsp ? "ezsp" : "znp" }));
	for (size_t i = 0; i < house.n_locks; i++) {
		char address[ADDRESS_SIZE];

		(void)snprintf(address, sizeof address, "0x%016" PRIx64, ieee_of(i));
		cr_assert(eq(int,
			engine_config_lock(
				house.engine, house_name(i), house_name(i), "stick", address, &e),
			OK));
	}
	engine_start(house.engine);
}

void house_kill(void)
{
	engine_free(house.engine);
	house.engine = NULL;
}

static void stopped(void *owner)
{
	*(bool *)owner = true;
}

void house_end(void)
{
	bool done = false;

	engine_stop(house.engine, stopped, &done);
	loop_run_for(house.loop, 6000);
	cr_assert(done);
	engine_free(house.engine);
	store_close(house.store);
	house.stick.kind->free(house.stick.self);
	sim_network_free(house.network);
	loop_free(house.loop);
	temp_dir_remove(dir);
}

void house_run(msec duration)
{
	loop_run_for(house.loop, duration);
}

/* --- jobs --- */

static int64_t made;

static void created(void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	(void)owner;
	(void)e;
	(void)answer;
	made = job ? job->id : 0;
}

int64_t house_ask(const struct job_request *request)
{
	made = -1;
	engine_create_job(house.engine, request, created, NULL);
	loop_run_for(house.loop, 100);
	return made < 0 ? 0 : made;
}

int64_t house_update(size_t lock)
{
	int64_t id = house_ask(&(struct job_request){
		.lock = house_name(lock), .image = "image", .requested_by = "test" });

	cr_assert(lt(i64, 0, id));
	return id;
}

static void got(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	(void)e;
	(void)more;
	if (n)
		*(struct job *)owner = jobs[0];
}

struct job house_job(int64_t id)
{
	struct job job = { .id = 0 };

	store_job(house.store, id, got, &job);
	loop_run_for(house.loop, 10);
	return job;
}

struct job house_wait(int64_t id, unsigned hours)
{
	struct job job = house_job(id);

	for (unsigned i = 0; i < hours * 60 && !job_is_over(job.phase); i++) {
		loop_run_for(house.loop, HOUSE_MINUTE);
		job = house_job(id);
	}
	return job;
}
