#include "api/auth.h"
#include "tests/api/support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

static struct world *w;

static void init(void)
{
	w = world_new(true);
}

static void fini(void)
{
	world_free(w);
}

TestSuite(images, .init = init, .fini = fini, .timeout = 20);

static const char octets[] = "Content-Type: application/octet-stream";

/* A body of n bytes. */
static unsigned upload(const char *line, size_t n)
{
	char *body = calloc(1, n + 1);
	unsigned status;

	memset(body, 'x', n);
	status = ask(w, line, body, octets, NULL);
	free(body);
	return status;
}

Test(images, upload_is_streamed_and_answered_with_its_place)
{
	char location[128];
	struct image *image = add_image(w, 'a');

	image->added_at = INT64_MAX;
	w->library.room = 2500; /* then it pauses */
	cr_assert(eq(uint, upload("POST /api/v1/firmware?name=..%2Fx/lock.ota", 12345), 201));
	cr_assert(eq(sz, w->library.received, 12345));
	cr_assert(eq(str, w->library.name, "lock.ota"), "the path is not ours");
	(void)snprintf(location, sizeof location, "Location: /api/v1/firmware/%s\n", image->id);
	cr_assert(strstr(w->reply.headers, location) != NULL);
	cr_assert(eq(int, w->reply.answers, 1));
}

Test(images, new_image_is_a_fact_of_the_history)
{
	add_image(w, 'a')->added_at = INT64_MAX;
	upload("POST /api/v1/firmware?name=lock.ota", 100);
	settle(w);
	cr_assert(eq(sz, w->store.n_events, 1));
	cr_assert(eq(int, w->store.events[0].kind, EVENT_IMAGE));
	cr_assert(eq(str, w->store.events[0].code, "added"));
	ask(w, "GET /api/v1/events?since=-1", NULL, NULL);
	cr_assert(
		eq(i64, json_integer_value(json_object_get(w->json, "last")), 1), "and announced");
}

Test(images, known_image_is_200_and_no_news)
{
	add_image(w, 'a');
	cr_assert(eq(uint, upload("POST /api/v1/firmware", 100), 200));
	cr_assert(eq(str, w->library.name, "upload.ota"));
	cr_assert(eq(sz, w->store.n_events, 0));
}

Test(images, name_may_come_by_content_disposition)
{
	add_image(w, 'a');
	ask(w, "POST /api/v1/firmware", "x", octets,
		"Content-Disposition: attachment; filename=\"a b.ota\"; size=3", NULL);
	cr_assert(eq(str, w->library.name, "a b.ota"));
	ask(w, "POST /api/v1/firmware", "x", octets,
		"Content-Disposition: attachment; filename=c.ota; size=3", NULL);
	cr_assert(eq(str, w->library.name, "c.ota"));
}

Test(images, refused_image_says_why)
{
	w->library.fails = (struct err){ ERR_INTEGRITY, "image_truncated",
		"declares 278830 bytes, has 92222: truncated download?" };
	cr_assert(eq(uint, upload("POST /api/v1/firmware", 100), 422));
	cr_assert(eq(str, (char *)text_of(w, "code"), "image_truncated"));
	cr_assert(w->library.aborted);
	cr_assert(eq(int, w->reply.answers, 1));
}

Test(images, too_large_upload_is_refused_before_its_body)
{
	cr_assert(eq(uint,
		ask(w, "POST /api/v1/firmware", NULL, octets, "Content-Length: 16777217", NULL),
		413));
	cr_assert(eq(sz, w->library.received, 0));
}

Test(images, image_of_an_active_job_is_not_deleted)
{
	struct image *image = add_image(w, 'b');
	char line[128];

	(void)snprintf(line, sizeof line, "DELETE /api/v1/firmware/%s", image->id);
	w->engine.image_in_use = image->id;
	cr_assert(eq(uint, ask(w, line, NULL, NULL), 409));
	cr_assert(eq(str, (char *)text_of(w, "code"), "image_in_use"));
	w->engine.image_in_use = NULL;
	cr_assert(eq(uint, ask(w, line, NULL, NULL), 204));
	settle(w);
	cr_assert(eq(str, w->store.events[0].code, "removed"));
	cr_assert(eq(uint, ask(w, line, NULL, NULL), 404));
}

Test(images, list_and_one_show_the_versions)
{
	add_image(w, 'c');
	cr_assert(eq(uint, ask(w, "GET /api/v1/firmware", NULL, NULL), 200));
	cr_assert(strstr(w->reply.body,
			  "\"version\":\"17.7.0.0\",\"file_version\":\"0x11070000\"") != NULL);
	cr_assert(holds_null(json_object_get(w->json, "next")));
}

Test(images, sources_show_how_they_are_and_can_be_asked_anew)
{
	w->sources.n = 1;
	w->sources.views[0] = (struct source_view){ .name = "https://example.org/index.json",
		.entries = 897,
		.err = { ERR_TIMEOUT, "timeout", "no whole answer in time" } };
	cr_assert(eq(uint, ask(w, "GET /api/v1/firmware/sources", NULL, NULL), 200));
	cr_assert(strstr(w->reply.body, "\"images\":897") != NULL);
	cr_assert(strstr(w->reply.body, "\"code\":\"timeout\"") != NULL);
	cr_assert(strstr(w->reply.body, "\"kind\":\"index\"") != NULL);
	cr_assert(eq(int, w->sources.refreshes, 0));
	cr_assert(eq(uint, ask(w, "POST /api/v1/firmware/sources/refresh", NULL, NULL), 202));
	cr_assert(eq(int, w->sources.refreshes, 1));
}
