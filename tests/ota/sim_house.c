#include "tests/ota/sim_house.h"

#include "adapters/zigbee/ezsp/ezsp_radio.h"
#include "adapters/zigbee/zigbee_adapter.h"
#include "adapters/zigbee/znp/znp_radio.h"
#include "ota/library.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/support/loop_virtual.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

enum { MINUTE = 60000 };

static uint8_t bytes[HOUSE_IMAGE_SIZE];
static struct image image = { .id = "image",
	.manufacturer_code = 0x1234,
	.image_type = 1,
	.file_version = HOUSE_NEW,
	.size = sizeof bytes,
	.name = "lock.ota" };
static char dir[TEMP_PATH], path[TEMP_PATH + 16];
static struct sim_house *here; /* whose memory the adapter asks for */

/* --- a library with one image --- */

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

const uint8_t *sim_house_image(void)
{
	return bytes;
}

static void make_image(void)
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

/* --- what an adapter remembers --- */

static const char *get(struct adapter_store *store, const char *key)
{
	(void)store;
	return strcmp(key, "network") == 0 && here->pin[0] ? here->pin : NULL;
}

static void put(struct adapter_store *store, const char *key, const char *value)
{
	(void)store;
	if (strcmp(key, "network") == 0)
		text_copy(here->pin, sizeof here->pin, value);
}

static struct adapter_store memory = { get, put };

/* --- the world --- */

static struct sim_stick make_stick(const struct sim_house *h)
{
	struct sim_znp_options znp = { .stack = SIM_ZSTACK_3X0, .form = h->options.form };
	struct sim_ezsp_options ezsp = { .version = h->options.ezsp_version,
		.form = h->options.form };

	if (h->options.family == SIM_FAMILY_EZSP)
		return sim_ezsp_stick(sim_ezsp_new(h->network, &ezsp));
	return sim_znp_stick(sim_znp_new(h->network, &znp));
}

static void make_world(struct sim_house *h)
{
	h->network = sim_network_new(h->loop, &(struct sim_network_options){ .channel = 15,
						      .pan_id = 0x4402,
						      .ext_pan_id = 0xA2BA38A8B5E683A0,
						      .coordinator = 0x00124B001E17EFA8,
						      .radio_timing = h->options.radio_timing,
						      .seed = 1 });
	h->lock = sim_lock_new(
		h->network, &(struct sim_lock_options){ .ieee = 0x0102030405060708,
				    .address = 0x3A5C,
				    .parent = h->options.behind_router ? 0x1112131415161718 : 0,
				    .manufacturer_code = 0x1234,
				    .image_type = 1,
				    .version = 0x01000000,
				    .hardware_version = 0xFFFF,
				    .model = "Lock",
				    .manufacturer = "Maker",
				    .sleepy = true,
				    .install = h->options.install,
				    .battery_half_percent = 200,
				    .battery_decivolt = 60 });
	h->stick = make_stick(h);
	h->stick.kind->stats(h->stick.self, &h->before);
}

void sim_house_build(struct sim_house *h, const struct sim_house_options *options)
{
	struct err e = { 0 };

	*h = (struct sim_house){ .options = *options };
	here = h;
	make_image();
	temp_dir_make(dir);
	(void)snprintf(path, sizeof path, "%s/db.sqlite", dir);
	h->loop = loop_new();
	cr_assert(eq(int, store_open(&h->store, path, h->loop, &e), OK), "%s", e.text);
	make_world(h);
}

/* --- the service --- */

static struct adapter *make_adapter(struct sim_house *h)
{
	bool is_ezsp = h->options.family == SIM_FAMILY_EZSP;
	struct radio_options radio = { .loop = h->loop,
		.stream = h->stick.kind->factory(h->stick.self),
		.store = &memory,
		.adopt = true };

	return zigbee_adapter_new(&(struct zigbee_options){ .loop = h->loop,
		.radio = is_ezsp ? ezsp_radio_new(&radio) : znp_radio_new(&radio),
		.store = &memory,
		.id = "stick",
		.type = is_ezsp ? "ezsp" : "znp" });
}

void sim_house_serve(struct sim_house *h)
{
	struct engine_options options = { .loop = h->loop,
		.store = h->store,
		.library = (struct library *)&image,
		.give_up_after_s = 604800,
		.upgrade_delay_s = 5,
		.transfers_per_adapter = 2 };
	struct store_contents contents = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, store_load(h->store, loop_wall(h->loop), &contents, &e), OK));
	h->engine = engine_new(&options, &contents);
	store_contents_done(&contents);
	engine_add_adapter(h->engine, make_adapter(h));
	cr_assert(eq(int,
		engine_config_lock(h->engine, "front", "Front", "stick", "0x0102030405060708", &e),
		OK));
	engine_start(h->engine);
}

void sim_house_kill(struct sim_house *h)
{
	engine_free(h->engine);
	h->engine = NULL;
}

/* --- the job --- */

static void created(void *owner, const struct err *e, const struct job *job, enum job_answer answer)
{
	struct sim_house *h = owner;

	(void)answer;
	cr_assert(ne(ptr, (void *)job, NULL), "%s", e ? e->text : "");
	h->last = *job;
}

static void got(void *owner, const struct err *e, const struct job *jobs, size_t n, bool more)
{
	struct sim_house *h = owner;

	(void)e;
	(void)more;
	if (n)
		h->last = jobs[0];
}

bool sim_house_look(struct sim_house *h)
{
	store_job(h->store, h->last.id, got, h);
	return job_is_over(h->last.phase);
}

void sim_house_order(struct sim_house *h)
{
	struct job_request request = { .lock = "front", .image = "image", .requested_by = "test" };

	engine_create_job(h->engine, &request, created, h);
	loop_run_for(h->loop, 100);
}

/* Minute by minute, because it asks the store. */
void sim_house_run(struct sim_house *h, unsigned minutes)
{
	for (unsigned i = 0; i < minutes && !sim_house_look(h); i++)
		loop_run_for(h->loop, MINUTE);
	sim_house_look(h);
}

static void stopped(void *owner)
{
	*(bool *)owner = true;
}

static void unharmed(const struct sim_house *h)
{
	struct sim_stick_stats s;

	h->stick.kind->stats(h->stick.self, &s);
	cr_assert(eq(u32, s.forbidden, 0), "forbidden: %s", s.last_forbidden);
	cr_assert(not(s.formed_alarm));
	cr_assert(eq(u64, s.nv_digest, h->before.nv_digest));
	cr_assert(eq(u32, s.lock_commands, 0));
	cr_assert(eq(u32, s.pipelined, 0));
}

void sim_house_end(struct sim_house *h)
{
	bool done = false;

	engine_stop(h->engine, stopped, &done);
	loop_run_for(h->loop, 6000);
	cr_assert(done);
	engine_free(h->engine);
	unharmed(h);
	store_close(h->store);
	h->stick.kind->free(h->stick.self);
	sim_network_free(h->network);
	loop_free(h->loop);
	temp_dir_remove(dir);
}
