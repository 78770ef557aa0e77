#include "server/main_firmware.h"

#include "ota/engine.h"
#include "ota/library.h"
#include "ota/retraction.h"
#include "ota/sources.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/config.h"
#include "server/http_client.h"
#include "server/loop.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct main_firmware {
	const struct config_firmware *config;
	struct loop *loop;
	struct library *library;
	struct http_client *http;
	struct sources *sources;
	struct retraction *denied;
	struct engine *engine; /* NULL: not started */
};

/* Who looks at the locks looks at them anew when a fact comes. */
static void on_index(void *owner, const char *name, size_t entries)
{
	struct main_firmware *f = owner;
	struct event event = {
		.at = loop_wall(f->loop), .kind = EVENT_IMAGE, .bytes_done = -1, .bytes_total = -1
	};

	if (!f->engine)
		return;
	(void)text_copy(event.code, sizeof event.code, "index_loaded");
	(void)snprintf(
		event.text, sizeof event.text, "The index %.120s has %zu images.", name, entries);
	engine_publish(f->engine, &event, 1);
}

static void on_retracted(void *owner)
{
	struct main_firmware *f = owner;

	if (f->engine)
		engine_firmware_changed(f->engine);
}

static void on_added(void *owner, const struct image *image)
{
	struct main_firmware *f = owner;
	struct event event = {
		.at = loop_wall(f->loop), .kind = EVENT_IMAGE, .bytes_done = -1, .bytes_total = -1
	};

	if (!f->engine)
		return;
	(void)text_copy(event.code, sizeof event.code, "added");
	(void)text_copy(event.image, sizeof event.image, image->id);
	(void)snprintf(event.text, sizeof event.text, "Image %s was added.", image->name);
	engine_publish(f->engine, &event, 1);
}

static enum err_code read_denied(struct main_firmware *f, struct err *e)
{
	f->denied = xcalloc(f->config->n_deny, sizeof *f->denied);
	for (size_t i = 0; i < f->config->n_deny; i++) {
		if (retraction_read(&f->denied[i], f->config->deny[i], e) != OK)
			return err_prefix(e, "firmware.deny[%zu]: ", i);
		if (!strchr(f->config->deny[i], ' '))
			(void)text_copy(f->denied[i].reason, sizeof f->denied[i].reason,
				"the configuration denies it");
	}
	return OK;
}

static void name_files(struct source_file out[CONFIG_URLS_MAX], const struct config_firmware *c)
{
	for (size_t i = 0; i < c->n_urls; i++)
		out[i] = (struct source_file){ c->urls[i].url, c->urls[i].sha256,
			c->urls[i].sha512 };
}

static enum err_code open_sources(
	struct main_firmware *f, const char *data_dir, struct worker *work, struct err *e)
{
	const struct config_firmware *c = f->config;
	char folder[PATH_MAX];
	struct source_file files[CONFIG_URLS_MAX];
	const struct http_client_options client = { .loop = f->loop,
		.ca_file = c->ca_file,
		.proxy = c->proxy,
		.any_address = c->any_address };
	struct sources_options options = { .loop = f->loop,
		.work = work,
		.library = f->library,
		.folder = folder,
		.indexes = (const char *const *)c->indexes,
		.n = c->n_indexes,
		.files = files,
		.n_files = c->n_urls,
		.lists = (const char *const *)c->retractions,
		.n_lists = c->n_retractions,
		.denied = f->denied,
		.n_denied = c->n_deny,
		.hosts = (const char *const *)c->hosts,
		.refresh_s = c->refresh_s,
		.changed = on_index,
		.added = on_added,
		.retracted = on_retracted,
		.owner = f };

	name_files(files, c);
	(void)snprintf(folder, sizeof folder, "%s/indexes", data_dir);
	options.http = f->http = http_client_new(&client);
	return sources_new(&f->sources, &options, e);
}

/* NOLINTNEXTLINE(readability-function-size): all it stands on, and once in the process */
enum err_code main_firmware_new(struct main_firmware **out, const struct config *config,
	struct loop *loop, struct worker *work, struct library *library, struct err *e)
{
	struct main_firmware *f = xcalloc(1, sizeof *f);
	enum err_code r;

	f->config = &config->firmware;
	f->loop = loop;
	f->library = library;
	r = read_denied(f, e);
	if (r == OK)
		r = open_sources(f, config->data_dir, work, e);
	*out = f; /* also when it is not whole: main frees it */
	return r;
}

void main_firmware_options(struct main_firmware *firmware, struct engine_options *out)
{
	out->catalog = sources_catalog(firmware->sources);
	out->retractions = sources_retractions(firmware->sources);
	out->fetch = sources_fetch;
	out->fetch_owner = firmware->sources;
}

struct sources *main_firmware_sources(struct main_firmware *firmware)
{
	return firmware->sources;
}

static void on_folder(void *owner, size_t added, size_t refused)
{
	const char *folder = owner;

	log_info("firmware folder=%s added=%zu refused=%zu", folder, added, refused);
}

void main_firmware_start(struct main_firmware *firmware, struct engine *engine)
{
	const struct config_firmware *c = firmware->config;

	firmware->engine = engine;
	for (size_t i = 0; i < c->n_folders; i++)
		library_import_folder(firmware->library, c->folders[i], on_folder, c->folders[i]);
	sources_start(firmware->sources);
}

void main_firmware_stop(struct main_firmware *firmware)
{
	if (!firmware)
		return;
	firmware->engine = NULL;
	sources_stop(firmware->sources);
	http_client_free(firmware->http);
}

void main_firmware_free(struct main_firmware *firmware)
{
	if (!firmware)
		return;
	sources_free(firmware->sources);
	free(firmware->denied);
	free(firmware);
}
