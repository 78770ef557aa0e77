#include "adapters/zigbee/ezsp/ash.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One line under test, and what of it must always hold. */
struct line {
	struct ash ash;
	msec now;
	uint64_t told;                /* everything that came out, as one number */
	size_t repeats;               /* NAKs since the last frame that was handed up */
	uint8_t flying[ASH_DATA_MAX]; /* our last frame */
	size_t flying_size;
	uint8_t number;
	bool ended;
};

static void tell(struct line *l, int what, struct span bytes)
{
	l->told = l->told * 31 + (uint64_t)what;
	for (size_t i = 0; i < bytes.size; i++)
		l->told = (l->told ^ bytes.data[i]) * 1099511628211U;
}

static void must(bool what)
{
	if (!what)
		abort();
}

static bool same(struct span a, const uint8_t *b, size_t size)
{
	return a.size == size && memcmp(a.data, b, size) == 0;
}

/* A repeated frame is the one before, a new one has the next number. */
static void check_data(struct line *l, const struct ash_frame *f)
{
	if (f->again) {
		must(f->number == l->number && same(f->data, l->flying, l->flying_size));
		return;
	}
	must(f->number == (l->number + 1) % 8);
	l->number = f->number;
	l->flying_size = f->data.size;
	memcpy(l->flying, f->data.data, f->data.size);
}

static void on_write(void *owner, struct span bytes)
{
	struct line *l = owner;
	struct ash_reader r = { 0 };
	struct ash_frame f;

	tell(l, 1, bytes);
	for (size_t i = 0; i < bytes.size; i++) {
		enum ash_read result = ash_read(&r, bytes.data[i], &f);

		must(result != ASH_READ_BROKEN);
		if (result != ASH_READ_FRAME)
			continue;
		if (f.kind == ASH_DATA)
			check_data(l, &f);
		if (f.kind == ASH_NAK)
			must(l->repeats++ == 0);
	}
}

static void on_connected(void *owner, int code, msec now)
{
	struct line *l = owner;

	tell(l, 2 + code, (struct span){ NULL, 0 });
	must(now == l->now);
	l->number = 7;
	l->repeats = 0;
	ash_send(&l->ash, (struct span){ (const uint8_t *)"\0\0\0\x13", 4 }, now);
}

static void on_frame(void *owner, struct span ezsp, msec now)
{
	struct line *l = owner;

	must(ezsp.size >= 3 && ezsp.size <= ASH_DATA_MAX);
	tell(l, 3, ezsp);
	l->repeats = 0;
	if (!ash_is_full(&l->ash))
		ash_send(&l->ash, ezsp, now);
}

static void on_failed(void *owner, const struct ash_failure *why, msec now)
{
	struct line *l = owner;

	tell(l, 300 + (int)why->end * 1000 + why->code, (struct span){ NULL, 0 });
	l->ended = true;
	must(l->ash.state == ASH_IDLE && ash_deadline(&l->ash) == 0);
	ash_connect(&l->ash, now);
}

static const struct ash_events events = { on_write, on_connected, on_frame, on_failed };

/* 0xFE stands for the time of the next deadline; it splits what is read at once, too. */
static struct line run(const uint8_t *data, size_t size, size_t piece)
{
	static struct line l; /* large */

	l = (struct line){ .now = 1000, .number = 7 };
	ash_init(&l.ash, &events, &l);
	ash_connect(&l.ash, l.now);
	while (size) {
		const uint8_t *stop = memchr(data, 0xFE, size);
		size_t n = stop ? (size_t)(stop - data) : size;

		for (size_t at = 0; at < n; at += piece)
			ash_bytes(&l.ash,
				(struct span){ data + at, n - at < piece ? n - at : piece }, l.now);
		if (stop && ash_deadline(&l.ash)) {
			l.now = ash_deadline(&l.ash);
			ash_due(&l.ash, l.now);
			must(ash_deadline(&l.ash) == 0 || ash_deadline(&l.ash) > l.now);
		}
		n += stop != NULL;
		data += n;
		size -= n;
	}
	return l;
}

/* What is read can be written and reads back the same. */
static void frames(const uint8_t *data, size_t size)
{
	struct ash_reader r = { 0 }, back = { 0 };
	struct ash_frame f, again = { .kind = ASH_OTHER };
	uint8_t out[ASH_WIRE_MAX];

	for (size_t i = 0; i < size; i++) {
		if (ash_read(&r, data[i], &f) != ASH_READ_FRAME)
			continue;

		size_t n = ash_write(&f, out);

		for (size_t k = 0; k + 1 < n; k++)
			must(ash_read(&back, out[k], &again) == ASH_READ_MORE);
		must(ash_read(&back, out[n - 1], &again) == ASH_READ_FRAME);
		must(again.kind == f.kind && same(again.data, f.data.data, f.data.size));
	}
}

/* How the bytes are cut makes no difference; but what came in one piece with the end of a line is
 * dropped with it. */
static void cuts(const uint8_t *data, size_t size)
{
	static struct line a, b;

	a = run(data, size, 1);
	b = run(data, size, 7);
	must(a.ended == b.ended && (a.ended || a.told == b.told));
	b = run(data, size, size + 1);
	must(a.ended == b.ended && (a.ended || a.told == b.told));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t up[] = { 0x1A, 0xC1, 0x02, 0x0B, 0x0A, 0x52, 0x7E };
	static uint8_t longer[4096];

	frames(data, size);
	cuts(data, size);
	if (size + sizeof up > sizeof longer)
		return 0;
	memcpy(longer, up, sizeof up);
	if (size)
		memcpy(longer + sizeof up, data, size);
	cuts(longer, size + sizeof up);
	return 0;
}
