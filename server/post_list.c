#include "server/post_list.h"

#include "server/base/alloc.h"

#include <stdlib.h>

struct post {
	struct post *next;
	void (*run)(void *arg);
	void *arg;
};

void post_list_init(struct post_list *list)
{
	pthread_mutex_init(&list->lock, NULL);
	list->first = NULL;
	list->end = &list->first;
}

static struct post *take_all(struct post_list *list)
{
	pthread_mutex_lock(&list->lock);
	struct post *all = list->first;

	list->first = NULL;
	list->end = &list->first;
	pthread_mutex_unlock(&list->lock);
	return all;
}

void post_list_done(struct post_list *list)
{
	for (struct post *p = take_all(list); p;) {
		struct post *next = p->next;

		free(p);
		p = next;
	}
	pthread_mutex_destroy(&list->lock);
}

bool post_list_add(struct post_list *list, void (*run)(void *arg), void *arg)
{
	struct post *p = xcalloc(1, sizeof *p);

	p->run = run;
	p->arg = arg;
	pthread_mutex_lock(&list->lock);
	bool was_empty = !list->first;

	*list->end = p;
	list->end = &p->next;
	pthread_mutex_unlock(&list->lock);
	return was_empty;
}

bool post_list_run(struct post_list *list)
{
	struct post *p = take_all(list);
	bool any = p != NULL;

	while (p) {
		struct post *next = p->next;

		p->run(p->arg);
		free(p);
		p = next;
	}
	return any;
}

bool post_list_any(struct post_list *list)
{
	pthread_mutex_lock(&list->lock);
	bool any = list->first != NULL;

	pthread_mutex_unlock(&list->lock);
	return any;
}
