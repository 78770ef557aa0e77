/* history_fill.c: history_fill DATABASE JOBS LOCKS DAYS EVENTS_PER_LOCK_AND_DAY */
#include "tests/bench/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct store *store = NULL;
	struct history history = { .now = (int64_t)time(NULL) * 1000 };

	if (argc != 6)
		return 2;
	history.jobs = (int)strtol(argv[2], NULL, 10);
	history.locks = (int)strtol(argv[3], NULL, 10);
	history.days = (int)strtol(argv[4], NULL, 10);
	history.lock_events = (int)strtol(argv[5], NULL, 10);
	if (store_open(&store, argv[1], NULL, &e) != OK) {
		(void)fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	history_fill(store, &history);
	store_close(store);
	return 0;
}
