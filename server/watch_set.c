#include "server/watch_set.h"

#include "server/base/alloc.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { URGENT_EVENTS = 8 };

struct loop_watch {
	struct loop *loop;
	struct loop_watch *next_dead;
	int fd;
	uint32_t want;
	bool added; /* in its epoll set: only who wants something */
	bool urgent;
	bool dead;
	void (*ready)(void *owner, unsigned events);
	void *owner;
};

void watch_set_own(struct watch_set *set, const int *fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = (void *)fd };

	if (*fd < 0 || epoll_ctl(set->all, EPOLL_CTL_ADD, *fd, &event))
		assert(false && "no descriptor left at the start");
}

void watch_set_init(struct watch_set *set)
{
	set->all = epoll_create1(EPOLL_CLOEXEC);
	set->urgent = epoll_create1(EPOLL_CLOEXEC);
	watch_set_own(set, &set->urgent);
}

void watch_set_done(struct watch_set *set)
{
	watch_bury(set);
	close(set->urgent);
	close(set->all);
}

void watch_give(struct loop_watch *w, uint32_t got)
{
	unsigned events = 0;

	got &= w->want | EPOLLHUP | EPOLLERR;
	events |= (got & EPOLLIN) ? LOOP_READ : 0U;
	events |= (got & EPOLLOUT) ? LOOP_WRITE : 0U;
	events |= (got & (EPOLLHUP | EPOLLERR)) ? LOOP_HANGUP : 0U;
	if (events && w->want && !w->dead)
		w->ready(w->owner, events);
}

void watch_give_urgent(struct watch_set *set)
{
	struct epoll_event got[URGENT_EVENTS];
	int n = epoll_wait(set->urgent, got, URGENT_EVENTS, 0);

	for (int i = 0; i < n; i++)
		watch_give(got[i].data.ptr, got[i].events);
}

void watch_bury(struct watch_set *set)
{
	while (set->dead) {
		struct loop_watch *w = set->dead;

		set->dead = w->next_dead;
		free(w);
	}
}

static void update(struct loop_watch *w, uint32_t want)
{
	struct watch_set *set = loop_watch_set(w->loop);
	struct epoll_event event = { .events = want, .data.ptr = w };
	int op = !w->added ? EPOLL_CTL_ADD : want ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;

	if (want == w->want)
		return;
	w->want = want;
	/* Who wants nothing leaves the set: a hang-up would be reported all the same. */
	if (epoll_ctl(w->urgent ? set->urgent : set->all, op, w->fd, &event))
		assert(false && "a watched descriptor must be open and pollable");
	w->added = want != 0;
}

struct loop_watch *loop_watch(
	struct loop *loop, int fd, void (*ready)(void *owner, unsigned events), void *owner)
{
	struct loop_watch *w = xcalloc(1, sizeof *w);

	w->loop = loop;
	w->fd = fd;
	w->ready = ready;
	w->owner = owner;
	update(w, EPOLLIN);
	return w;
}

void loop_watch_urgent(struct loop_watch *w)
{
	uint32_t want = w->want;

	update(w, 0);
	w->urgent = true;
	update(w, want);
}

void loop_want_read(struct loop_watch *w, bool want)
{
	update(w, want ? w->want | EPOLLIN : w->want & ~(uint32_t)EPOLLIN);
}

void loop_want_write(struct loop_watch *w, bool want)
{
	update(w, want ? w->want | EPOLLOUT : w->want & ~(uint32_t)EPOLLOUT);
}

/* Freed only at the end of a turn: this turn's events may still name it. */
void loop_unwatch(struct loop_watch *w)
{
	struct watch_set *set;

	if (!w)
		return;
	set = loop_watch_set(w->loop);
	update(w, 0);
	w->dead = true;
	w->next_dead = set->dead;
	set->dead = w;
}
