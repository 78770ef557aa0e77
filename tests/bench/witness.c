/* witness.c: how late a thread that nothing but the kernel and the host can delay wakes up.
 *
 *   witness PROCESSOR
 *
 * Wakes every 2 ms at the highest priority (root only). Prints for each whole second of
 * CLOCK_MONOTONIC the second and how many of its 500 wake-ups were more than 200 us late. */

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PERIOD = 2000, LATE = 200, WAKES = 500 }; /* us, us, a second */

static uint64_t usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t sleep_until(uint64_t at)
{
	struct timespec t = { (time_t)(at / 1000000), (long)(at % 1000000 * 1000) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	return usec() - at;
}

static void watch(uint64_t second)
{
	unsigned late = 0;

	for (uint64_t i = 0; i < WAKES; i++)
		late += sleep_until(second * 1000000 + i * PERIOD) > LATE;
	printf("%llu %u\n", (unsigned long long)second, late);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sched_param highest = { sched_get_priority_max(SCHED_FIFO) };
	cpu_set_t here;

	if (argc != 2)
		return 2;
	CPU_ZERO(&here);
	CPU_SET(strtoul(argv[1], NULL, 10), &here);
	if (sched_setaffinity(0, sizeof here, &here) ||
		sched_setscheduler(0, SCHED_FIFO, &highest)) {
		perror("witness");
		return 1;
	}
	for (uint64_t second = usec() / 1000000 + 1;; second++)
		watch(second);
}
