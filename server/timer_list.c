#include "server/timer_list.h"

#include "server/base/alloc.h"

#include <assert.h>
#include <stdlib.h>

struct loop_timer {
	struct loop *loop;
	struct loop_timer *next, **link; /* link: what points here; NULL while stopped */
	msec when;
	uint64_t order;
	void (*due)(void *owner);
	void *owner;
};

static void take_out(struct loop_timer *t)
{
	if (!t->link)
		return;
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	t->link = NULL;
}

static void put_in(struct timer_list *list, struct loop_timer *t)
{
	struct loop_timer **link = &list->first;

	while (*link && (*link)->when <= t->when)
		link = &(*link)->next;
	t->next = *link;
	t->link = link;
	if (t->next)
		t->next->link = &t->next;
	*link = t;
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*due)(void *owner), void *owner)
{
	struct loop_timer *t = xcalloc(1, sizeof *t);

	assert(due);
	t->loop = loop;
	t->due = due;
	t->owner = owner;
	return t;
}

void loop_timer_set(struct loop_timer *t, msec when)
{
	struct timer_list *list = loop_timer_list(t->loop);
	msec now = loop_now(t->loop);

	take_out(t);
	if (!when)
		return;
	t->when = when < now ? now : when;
	t->order = list->orders++;
	put_in(list, t);
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	take_out(t);
	free(t);
}

msec timer_list_next(const struct timer_list *list)
{
	return list->first ? list->first->when : 0;
}

bool timer_list_run(struct timer_list *list, msec now, uint64_t mark)
{
	bool any = false;

	while (list->first && list->first->when <= now && list->first->order < mark) {
		struct loop_timer *t = list->first;

		take_out(t);
		t->due(t->owner); /* may free t */
		any = true;
	}
	return any;
}
