/* Who spent the time of a transfer. The host is charged with what its answers took longer than
 * answers given at once would have: for a lock that polls, from the first poll that could have
 * fetched the answer to the poll that did; else from the request's arrival to the answer. */
#include "tests/sim/sim_lock_private.h"

static bool by_polls(const struct sim_lock *lock)
{
	return lock->node.sleepy && sim_network_facts(lock->node.network)->radio_timing;
}

void time_reached(struct sim_node *node)
{
	struct sim_lock *lock = (struct sim_lock *)node;

	lock->at_host = lock_now(lock);
	lock->host_answered = lock->could_have = 0;
}

void time_answered(struct sim_node *node)
{
	struct sim_lock *lock = (struct sim_lock *)node;

	if (lock->at_host && !lock->host_answered)
		lock->host_answered = lock_now(lock);
}

void time_polled(struct sim_lock *lock)
{
	lock->polled = lock_now(lock);
	if (lock->at_host && !lock->could_have)
		lock->could_have = lock->polled;
}

static void charge(struct sim_lock *lock, msec from, msec to)
{
	if (lock->started && !lock->ended && from && to > from)
		lock->host_time += to - from;
	lock->at_host = 0;
}

void time_delivered(struct sim_lock *lock)
{
	if (by_polls(lock))
		charge(lock, lock->could_have, lock->polled);
	else
		charge(lock, lock->at_host, lock->host_answered);
}

void time_gave_up(struct sim_lock *lock)
{
	if (!lock->host_answered)
		charge(lock, lock->at_host, lock_now(lock));
	lock->at_host = 0;
}
