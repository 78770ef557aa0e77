/* post_list.h: calls to make in the loop, handed in by any thread, in order. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct post;
struct post_list {
	pthread_mutex_t lock; /* of the rest */
	struct post *first, **end;
};

void post_list_init(struct post_list *list);
void post_list_done(struct post_list *list); /* drops what is left */
/* Returns whether the list was empty: then somebody must wake the loop. */
bool post_list_add(struct post_list *list, void (*run)(void *arg), void *arg);
/* Runs what is there now, not what these calls add. False: there was nothing. */
bool post_list_run(struct post_list *list);
bool post_list_any(struct post_list *list);
