/* watch_set.h: the watched descriptors of a loop, in two epoll sets: all, and within it those whose
 * owner cannot wait. This file has loop_watch() and its like, for loops that wait by epoll. */
#pragma once

#include "server/loop.h"

#include <stdint.h>

struct watch_set {
	int all, urgent;         /* all reports urgent as readable, with &urgent as its data */
	struct loop_watch *dead; /* unwatched in this turn, freed at its end */
};

struct watch_set *loop_watch_set(struct loop *loop); /* the loop's own; it provides this */

void watch_set_init(struct watch_set *set); /* aborts without descriptors: only at the start */
void watch_set_done(struct watch_set *set);
/* Descriptors that are no watch: reported by all with fd as data. */
void watch_set_own(struct watch_set *set, const int *fd);
void watch_give(struct loop_watch *w, uint32_t got); /* got: EPOLL* */
void watch_give_urgent(struct watch_set *set);
void watch_bury(struct watch_set *set); /* at a turn's end, when no event names the dead */
