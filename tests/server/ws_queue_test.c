#include "server/ws_queue.h"

#include "server/ws_hub.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

static struct ws_queue q;

static void start(void)
{
	ws_queue_init(&q, 16);
}

static void end(void)
{
	ws_queue_clear(&q);
}

TestSuite(ws_queue, .init = start, .fini = end);

static void takes(msec now, const char *wanted)
{
	struct ws_text *text = ws_queue_take(&q, now);

	if (!wanted) {
		cr_assert(text == NULL);
		return;
	}
	cr_assert(text != NULL, "%s", wanted);
	cr_assert(eq(sz, text->size, strlen(wanted)));
	cr_assert(eq(int, memcmp(ws_text_data(text), wanted, text->size), 0), "%s", wanted);
	free(text);
}

Test(ws_queue, facts_come_in_order_and_before_volatile_texts)
{
	ws_queue_latest(&q, 1, "v", 1);
	cr_assert(ws_queue_add(&q, "a", 1));
	cr_assert(ws_queue_add(&q, "b", 1));
	takes(5000, "a");
	takes(5000, "b");
	takes(5000, "v");
	takes(5000, NULL);
	cr_assert(ws_queue_add(&q, "c", 1));
	takes(5000, "c");
}

Test(ws_queue, only_the_newest_text_of_a_key_goes_and_once_a_second)
{
	ws_queue_latest(&q, 1, "old", 3);
	ws_queue_latest(&q, 1, "new", 3);
	ws_queue_latest(&q, 2, "two", 3);
	cr_assert(ws_queue_due(&q, 5000));
	takes(5000, "new");
	takes(5000, "two");
	cr_assert(eq(u64, ws_queue_next(&q), 0));
	ws_queue_latest(&q, 1, "n1", 2);
	cr_assert(not(ws_queue_due(&q, 5999)));
	cr_assert(eq(u64, ws_queue_next(&q), 6000));
	takes(5999, NULL);
	ws_queue_latest(&q, 1, "n2", 2);
	takes(6000, "n2");
}

Test(ws_queue, a_forgotten_key_is_not_sent)
{
	ws_queue_latest(&q, 1, "a", 1);
	ws_queue_latest(&q, 2, "b", 1);
	ws_queue_latest(&q, 1, "", 0);
	ws_queue_latest(&q, 3, "", 0);
	takes(5000, "b");
	takes(5000, NULL);
}

Test(ws_queue, takes_up_to_its_limit_and_again_when_emptied)
{
	static char half[WS_QUEUE_MAX / 2];

	cr_assert(ws_queue_add(&q, half, sizeof half));
	cr_assert(ws_queue_add(&q, half, sizeof half));
	cr_assert(not(ws_queue_add(&q, "x", 1)));
	free(ws_queue_take(&q, 5000));
	cr_assert(ws_queue_add(&q, "x", 1));
}
