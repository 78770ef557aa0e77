#include "tests/scenarios/world.h"

#include "adapters/zigbee/ezsp/ezsp_radio.h"
#include "adapters/zigbee/zigbee_adapter.h"
#include "adapters/zigbee/znp/znp_radio.h"
#include "ota/library.h"
#include "ota/sources.h"
#include "ota/store.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/http_client.h"
#include "server/worker.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HEADER = 56, ELEMENT = 6 };

static char dir[TEMP_PATH], folder[TEMP_PATH + 16], images[TEMP_PATH + 16];
static struct world *here; /* whose memory the adapter asks for */

/* --- files --- */

const char *world_folder(void)
{
	return folder;
}

void world_write(const char *name, struct span bytes)
{
	char path[2 * TEMP_PATH];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	cr_assert(temp_file_write(path, bytes.data, bytes.size));
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
	(void)s;
	(void)type;
	(void)at;
	return remove(path);
}

static void make_folders(void)
{
	temp_dir_make(dir);
	(void)snprintf(folder, sizeof folder, "%s/files", dir);
	(void)snprintf(images, sizeof images, "%s/images", dir);
	cr_assert(eq(int, mkdir(folder, 0700), 0));
}

static void put_u32(uint8_t *out, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

/* A header, and one element that is the rest. */
static void make_image(struct world *w)
{
	static const uint8_t head[] = { 0x1E, 0xF1, 0xEE, 0x0B, 0x00, 0x01, HEADER, 0x00, 0x00,
		0x00, MAKER & 0xFF, MAKER >> 8, TYPE, 0x00, 0x00, 0x00, 0x07, 0x11, 0x02, 0x00 };
	uint32_t size = w->options.size ? w->options.size : IMAGE_SIZE;

	w->image = xcalloc(1, size);
	w->image_size = size;
	for (size_t i = HEADER + ELEMENT; i < size; i++)
		w->image[i] = (uint8_t)(i * 7 + i / 256);
	memcpy(w->image, head, sizeof head);
	put_u32(w->image + 52, size);
	put_u32(w->image + HEADER + 2, size - HEADER - ELEMENT);
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
		(void)text_copy(here->pin, sizeof here->pin, value);
}

static struct adapter_store memory = { get, put };

/* --- the lock's side --- */

static struct sim_lock *make_lock(struct world *w, size_t i)
{
	struct sim_lock_options o = w->options.lock;

	o.ieee = 0x0102030405060708 + i;
	o.address = (uint16_t)(0x1234 + i);
	o.parent = w->options.behind_router ? 0x1112131415161718 : 0;
	o.image_type = o.manufacturer_code ? o.image_type : TYPE;
	o.manufacturer_code = o.manufacturer_code ? o.manufacturer_code : MAKER;
	o.version = o.version ? o.version : OLD;
	o.hardware_version = o.hardware_version ? o.hardware_version : 0xFFFF;
	o.model = o.model ? o.model : "V3-BTZBE";
	o.manufacturer = o.manufacturer ? o.manufacturer : "Danalock";
	o.sleepy = true;
	return sim_lock_new(w->network, &o);
}

static struct sim_stick make_stick(const struct world *w)
{
	if (w->family == FAMILY_EZSP)
		return sim_ezsp_stick(
			sim_ezsp_new(w->network, &(struct sim_ezsp_options){ .version = 13 }));
	return sim_znp_stick(
		sim_znp_new(w->network, &(struct sim_znp_options){ .stack = SIM_ZSTACK_3X0 }));
}

static void make_network(struct world *w)
{
	w->network = sim_network_new(
		w->loop, &(struct sim_network_options){ .radio_timing = true, .seed = 1 });
	sim_record_begin(&w->record, w->network);
	w->locks[0] = make_lock(w, 0);
	if (w->options.second)
		w->locks[1] = make_lock(w, 1);
	if (w->options.absent)
		sim_lock_battery_out(w->locks[0], true);
	w->stick = make_stick(w);
	w->stick.kind->stats(w->stick.self, &w->before);
}

/* --- the service --- */

static void fetch(void *owner, const struct index_entry *entry,
	void (*done)(void *arg, const struct err *e, const struct image *image), void *arg)
{
	struct world *w = owner;

	w->fetched++;
	sources_fetch(w->sources, entry, done, arg);
}

static struct adapter *make_adapter(struct world *w)
{
	bool is_ezsp = w->family == FAMILY_EZSP;
	struct radio_options radio = { .loop = w->loop,
		.stream = w->stick.kind->factory(w->stick.self),
		.store = &memory,
		.adopt = true,
		.may_restart = true };

	return zigbee_adapter_new(&(struct zigbee_options){ .loop = w->loop,
		.radio = is_ezsp ? ezsp_radio_new(&radio) : znp_radio_new(&radio),
		.store = &memory,
		.id = "stick",
		.type = is_ezsp ? "ezsp" : "znp" });
}

static void open_sources(struct world *w)
{
	char at[2 * TEMP_PATH], copies[2 * TEMP_PATH];
	const char *index = at;

	(void)snprintf(at, sizeof at, "%s/index.json", folder);
	(void)snprintf(copies, sizeof copies, "%s/indexes", dir);
	w->http = http_client_new(&(struct http_client_options){ .loop = w->loop });
	cr_assert(eq(int,
		sources_new(&w->sources,
			&(struct sources_options){ .loop = w->loop,
				.work = w->work,
				.library = w->library,
				.http = w->http,
				.folder = copies,
				.indexes = &index,
				.n = w->options.index ? 1 : 0,
				.refresh_s = 86400 },
			NULL),
		OK));
	sources_start(w->sources);
}

static void add_locks(struct world *w)
{
	static const char *const names[] = { "front", "back" };
	static const char *const addresses[] = { "0x0102030405060708", "0x0102030405060709" };
	struct err e = { 0 };

	for (size_t i = 0; i < (w->options.second ? 2 : 1); i++)
		cr_assert(eq(int,
				  engine_config_lock(
					  w->engine, names[i], names[i], "stick", addresses[i], &e),
				  OK),
			"%s", e.text);
}

void world_serve(struct world *w)
{
	struct engine_options options = { .loop = w->loop,
		.store = w->store,
		.give_up_after_s = 604800,
		.upgrade_delay_s = 5,
		.fetch = fetch,
		.fetch_owner = w,
		.transfers_per_adapter = w->options.transfers ? w->options.transfers : 2 };
	struct store_contents contents = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, store_load(w->store, loop_wall(w->loop), &contents, &e), OK));
	cr_assert(eq(int,
			  library_new(&w->library, images, w->work, w->store, contents.images,
				  contents.n_images, &e),
			  OK),
		"%s", e.text);
	open_sources(w);
	options.library = w->library;
	options.catalog = sources_catalog(w->sources);
	w->engine = engine_new(&options, &contents);
	store_contents_done(&contents);
	engine_add_adapter(w->engine, make_adapter(w));
	add_locks(w);
	engine_start(w->engine);
}

void world_kill(struct world *w)
{
	engine_free(w->engine);
	w->engine = NULL;
	sources_stop(w->sources);
	http_client_free(w->http);
	sources_free(w->sources);
	library_free(w->library);
	w->library = NULL;
}

static void use_image(struct world *w)
{
	w->target = NEW;
	if (w->options.file.data) {
		w->image = xmemdup(w->options.file.data, w->options.file.size);
		w->image_size = (uint32_t)w->options.file.size;
	} else {
		make_image(w);
	}
	if (!w->options.no_image)
		cr_assert(world_import(w, (struct span){ w->image, w->image_size }), "%s", w->code);
}

void world_begin(struct world *w, const struct world_options *options)
{
	char path[TEMP_PATH + 16];
	struct err e = { 0 };

	here = w;
	w->options = *options;
	make_folders();
	if (options->index)
		world_write("index.json",
			(struct span){ (const uint8_t *)options->index, strlen(options->index) });
	(void)snprintf(path, sizeof path, "%s/db.sqlite", dir);
	w->loop = loop_new();
	w->work = worker_new(w->loop, "work", NULL);
	cr_assert(eq(int, store_open(&w->store, path, w->loop, &e), OK), "%s", e.text);
	make_network(w);
	world_serve(w);
	use_image(w);
	loop_run_for(w->loop, MINUTE);
	if (options->absent || options->unheard)
		return;
	for (size_t i = 0; i < 2 && w->locks[i]; i++)
		sim_lock_press_key(w->locks[i]);
	loop_run_for(w->loop, 2 * MINUTE);
}

/* --- the end --- */

static void unharmed(const struct world *w)
{
	struct sim_stick_stats s;

	w->stick.kind->stats(w->stick.self, &s);
	EXPECT(w, s.forbidden == 0, "%s", s.last_forbidden);
	EXPECT(w, !s.formed_alarm);
	EXPECT(w, s.nv_digest == w->before.nv_digest);
	EXPECT(w, s.lock_commands == 0);
	EXPECT(w, s.pipelined == 0);
}

static void judge(struct world *w)
{
	const struct job *job = &w->job;
	const char *reason = job->error.code ? job->error.reason : "";

	if (w->outcome[0] || !job->id)
		return;
	if (job->phase == JOB_WAITING)
		(void)snprintf(w->outcome, sizeof w->outcome, "waiting for %s",
			job_wait_name(job->waiting_for));
	else
		(void)text_copy(w->outcome, sizeof w->outcome, job_phase_name(job->phase));
	(void)text_copy(w->code, sizeof w->code, job_is_over(job->phase) ? job->outcome : reason);
	(void)text_copy(w->evidence, sizeof w->evidence, job->evidence);
}

/* LOCKWRIGHT_TEST_AIR=1: all that was on air, for who looks for a mistake. */
static void print_air(const struct world *w)
{
	for (size_t i = 0; i < w->record.n && getenv("LOCKWRIGHT_TEST_AIR"); i++) {
		const struct sim_heard *h = &w->record.list[i];
		const struct sim_frame *f = &h->frame;

		(void)fprintf(stderr, "%9lld %s 0x%04X %c 0x%04X", (long long)h->at,
			h->up ? "<" : ">", h->up ? f->src : f->dst, f->broadcast ? '*' : ' ',
			f->cluster);
		for (size_t k = 0; k < f->size && k < 24; k++)
			(void)fprintf(stderr, " %02X", f->data[k]);
		(void)fprintf(stderr, "\n");
	}
}

static void stopped(void *owner)
{
	*(bool *)owner = true;
}

void world_end(struct world *w)
{
	bool done = false;

	world_look(w);
	judge(w);
	print_air(w);
	engine_stop(w->engine, stopped, &done);
	loop_run_for(w->loop, 6 * SECOND);
	EXPECT(w, done);
	world_kill(w);
	unharmed(w);
	store_close(w->store);
	worker_free(w->work);
	w->stick.kind->free(w->stick.self);
	sim_network_free(w->network);
	sim_record_done(&w->record);
	loop_free(w->loop);
	free(w->image);
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void world_expect(
	const struct world *w, bool good, const struct world_place *place, const char *format, ...)
{
	const char *name = strrchr(place->file, '/');
	char text[512];
	va_list args;

	if (good)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	cr_expect(good, "scenario %s over %s, %s:%d: %s %s", w->number,
		w->family == FAMILY_EZSP ? "EZSP" : "ZNP", name ? name + 1 : place->file,
		place->line, place->condition, text);
}
