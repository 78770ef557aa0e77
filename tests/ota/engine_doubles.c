#include "tests/ota/engine_doubles.h"

#include "ota/library.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

/* --- a disk that can be full: the linker puts this before the real store_commit() --- */

void __wrap_store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner);

struct failing {
	store_done *done;
	void *owner;
};

static void fail_now(void *arg)
{
	struct failing *f = arg;
	struct err e;

	err_set(&e, ERR_NO_SPACE, "the disk is full");
	f->done(f->owner, &e, 0, NULL, 0);
	free(f);
}

void __wrap_store_commit(
	struct store *store, const struct store_change *change, store_done *done, void *owner)
{
	struct failing *f;

	world.commits++;
	if (!world.disk_full) {
		__real_store_commit(store, change, done, owner);
		return;
	}
	f = xcalloc(1, sizeof *f);
	f->done = done;
	f->owner = owner;
	loop_post(world.loop, fail_now, f);
}

/* --- a library --- */

static const struct image images[] = {
	{ .id = NEW_IMAGE,
		.manufacturer_code = MAKER,
		.image_type = KIND,
		.file_version = NEW,
		.size = IMAGE_SIZE,
		.name = "new.ota" },
	{ .id = OTHER_IMAGE,
		.manufacturer_code = MAKER,
		.image_type = KIND,
		.file_version = OLD - 0x10000,
		.size = IMAGE_SIZE,
		.name = "old.ota" },
	{ .id = FETCHED_IMAGE,
		.manufacturer_code = MAKER,
		.image_type = KIND,
		.file_version = NEW + 1,
		.size = IMAGE_SIZE,
		.file_sha512 = "fetched-digest",
		.name = "newest.ota" },
};

size_t library_count(const struct library *library)
{
	(void)library;
	return sizeof images / sizeof *images - !world.fetched;
}

const struct image *library_at(const struct library *library, size_t i)
{
	(void)library;
	return &images[i];
}

const struct image *library_find(const struct library *library, const char *id)
{
	for (size_t i = 0; i < library_count(library); i++)
		if (strcmp(images[i].id, id) == 0)
			return &images[i];
	return NULL;
}

struct loading {
	void (*done)(void *owner, const struct err *e, uint8_t *bytes, size_t size);
	void *owner;
};

static void load_now(void *arg)
{
	struct loading *l = arg;
	struct err e;

	err_because(&e, ERR_NOT_FOUND, "image_missing", "the file is gone");
	if (world.image_gone)
		l->done(l->owner, &e, NULL, 0);
	else
		l->done(l->owner, NULL, xcalloc(1, IMAGE_SIZE), IMAGE_SIZE);
	free(l);
}

void library_load(struct library *library, const char *id,
	void (*done)(void *owner, const struct err *e, uint8_t *bytes, size_t size), void *owner)
{
	struct loading *l = xcalloc(1, sizeof *l);

	(void)library;
	(void)id;
	l->done = done;
	l->owner = owner;
	loop_post(world.loop, load_now, l);
}

/* --- an adapter --- */

static struct stick *stick_of(struct adapter *a)
{
	return (struct stick *)a;
}

static enum err_code stick_start(struct adapter *a, struct err *e)
{
	(void)e;
	stick_of(a)->starts++;
	stick_of(a)->orders_before_start = stick_of(a)->orders;
	return OK;
}

static void stick_stop(struct adapter *a, void (*done)(void *owner), void *owner)
{
	(void)a;
	loop_post(world.loop, done, owner);
}

static enum err_code stick_restart(struct adapter *a, struct err *e)
{
	(void)a;
	(void)e;
	return OK;
}

static void stick_know(struct adapter *a, const char *address, const struct lock_facts *facts)
{
	(void)facts;
	(void)text_copy(stick_of(a)->known, ADDRESS_SIZE, address);
}

static void stick_forget(struct adapter *a, const char *address)
{
	(void)text_copy(stick_of(a)->forgotten, ADDRESS_SIZE, address);
}

static enum err_code stick_read(
	struct adapter *a, const char *address, unsigned what, struct err *e)
{
	(void)address;
	(void)e;
	stick_of(a)->reads++;
	stick_of(a)->read_what = what;
	return OK;
}

static enum err_code stick_update(
	struct adapter *a, const struct update_order *order, struct err *e)
{
	struct stick *s = stick_of(a);

	(void)e;
	s->orders++;
	s->order = *order;
	text_copy(s->address, sizeof s->address, order->address);
	return OK;
}

static void stick_finish(struct adapter *a, const char *address, uint32_t delay_s)
{
	(void)address;
	stick_of(a)->finishes++;
	stick_of(a)->finish_delay = delay_s;
}

static void stick_cancel(struct adapter *a, const char *address, int64_t abort_until)
{
	stick_of(a)->cancels++;
	stick_of(a)->abort_until = abort_until;
	text_copy(stick_of(a)->cancelled, ADDRESS_SIZE, address);
}

static void stick_info(const struct adapter *a, struct adapter_info *out)
{
	(void)a;
	*out = (struct adapter_info){ 0 };
}

static void stick_free(struct adapter *a)
{
	free(a);
}

static const struct adapter_ops stick_ops = { .type = "znp",
	.start = stick_start,
	.stop = stick_stop,
	.restart = stick_restart,
	.scan = stick_restart,
	.know = stick_know,
	.forget = stick_forget,
	.read = stick_read,
	.update = stick_update,
	.finish = stick_finish,
	.cancel = stick_cancel,
	.info = stick_info,
	.free = stick_free };

struct stick *stick_new(void)
{
	struct stick *stick = xcalloc(1, sizeof *stick);

	stick->adapter.ops = &stick_ops;
	stick->adapter.capabilities = ADAPTER_TRANSFERS | ADAPTER_READS;
	text_copy(stick->adapter.id, sizeof stick->adapter.id, "stick");
	return stick;
}
