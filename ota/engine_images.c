#include "ota/engine_parts.h"
#include "ota/library.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

/* Images are in memory before they are offered, so that no block waits for a disk. */

struct image_slot *engine_image_slot(const struct engine *engine, const char *id)
{
	for (struct image_slot *i = engine->images; i; i = i->next)
		if (strcmp(i->id, id) == 0)
			return i;
	return NULL;
}

struct load {
	struct pending pending;
	char id[SHA256_TEXT];
};

static void image_changed(struct engine *engine, const char *id)
{
	for (struct job_slot *s = engine->jobs; s; s = s->next)
		if (s->is_durable && strcmp(s->session.job.image, id) == 0)
			runner_step(engine, s, &(struct session_input){ .kind = SESSION_CHANGED });
}

static void loaded(void *owner, const struct err *e, uint8_t *bytes, size_t size)
{
	struct load *load = owner;
	struct engine *engine = pending_end(&load->pending);
	struct image_slot *image = engine ? engine_image_slot(engine, load->id) : NULL;

	if (!image) {
		free(bytes);
		free(load);
		return;
	}
	if (e && e->code) {
		log_warn("image=%s %s", load->id, e->text);
		image->state = SESSION_IMAGE_MISSING;
	} else {
		image->bytes = bytes;
		image->size = size;
		image->state = SESSION_IMAGE_READY;
	}
	image_changed(engine, load->id);
	free(load);
	engine_pump(engine);
}

void engine_image_load(struct engine *engine, const char *id)
{
	struct image_slot *image = engine_image_slot(engine, id);
	struct load *l;

	if (!image) {
		image = xcalloc(1, sizeof *image);
		text_copy(image->id, sizeof image->id, id);
		image->next = engine->images;
		engine->images = image;
	}
	if (image->state == SESSION_IMAGE_LOADING || image->state == SESSION_IMAGE_READY)
		return;
	image->state = SESSION_IMAGE_LOADING;
	l = (struct load *)pending_new(engine, sizeof *l);
	text_copy(l->id, sizeof l->id, id);
	library_load(engine->options.library, id, loaded, l);
}

void engine_images_drop(struct engine *engine)
{
	struct image_slot **at = &engine->images;

	while (*at) {
		struct image_slot *image = *at;
		bool used = image->state == SESSION_IMAGE_LOADING;

		for (struct job_slot *s = engine->jobs; s; s = s->next)
			used = used || strcmp(s->session.job.image, image->id) == 0;
		if (used) {
			at = &image->next;
			continue;
		}
		*at = image->next;
		free(image->bytes);
		free(image);
	}
}
