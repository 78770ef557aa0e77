/* Looking at the locks without being asked: each now and then, spread, within the budget. */
#include "adapters/cloud/cloud_private.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { RETEST_MS = 3600 * 1000, SMALL_HOUSE = 20, BETWEEN_FIRST_MS = 2000, FIRST_ROOM = 8 };

struct cloud_device *cloud_device_find(struct cloud *c, const char *address)
{
	for (size_t i = 0; i < c->n_devices; i++)
		if (!strcmp(c->devices[i].address, address))
			return &c->devices[i];
	return NULL;
}

static msec jittered(msec interval)
{
	return interval - interval / 10 + cloud_dice() % (interval / 5 + 1);
}

/* A few locks are looked at soon, many at a random moment of their interval each. */
static void plan_first(struct cloud *c, struct cloud_device *d)
{
	msec now = loop_now(c->loop), soon = now + c->n_devices * BETWEEN_FIRST_MS;
	size_t n = c->n_devices;

	d->status_due = n <= SMALL_HOUSE
				? soon
				: now + cloud_dice() % account_interval(&c->account, OP_STATUS, n);
	if (c->profile->ops[OP_CHECK])
		d->check_due = n <= SMALL_HOUSE ? soon
						: now + cloud_dice() % account_interval(&c->account,
									       OP_CHECK, n);
}

struct cloud_device *cloud_device_add(struct cloud *c, const char *address)
{
	struct cloud_device *d = cloud_device_find(c, address), *more;

	if (d || c->n_devices == CLOUD_DEVICES_MAX)
		return d;
	if (c->n_devices == 0 ||
		(c->n_devices >= FIRST_ROOM && !(c->n_devices & (c->n_devices - 1)))) {
		size_t room = c->n_devices ? 2 * c->n_devices : FIRST_ROOM;

		more = realloc(c->devices, room * sizeof *c->devices);
		if (!more)
			return NULL;
		c->devices = more;
	}
	d = &c->devices[c->n_devices++];
	*d = (struct cloud_device){ 0 };
	(void)text_copy(d->address, sizeof d->address, address);
	plan_first(c, d);
	return d;
}

void cloud_device_remove(struct cloud *c, const char *address)
{
	struct cloud_device *d = cloud_device_find(c, address);

	if (d)
		*d = c->devices[--c->n_devices];
}

void poll_done(struct cloud *c, const char *address, bool good)
{
	struct cloud_device *d = cloud_device_find(c, address);
	msec now = loop_now(c->loop);

	if (!d)
		return;
	if (!good)
		log_debug("adapter=%s lock=%s was not told about", c->base.id, address);
	if (d->status_due <= now)
		d->status_due =
			now + jittered(account_interval(&c->account, OP_STATUS, c->n_devices));
	if (d->check_due && d->check_due <= now)
		d->check_due =
			now + jittered(account_interval(&c->account, OP_CHECK, c->n_devices));
}

static void hook_one(struct cloud *c, struct cloud_device *d)
{
	msec now = loop_now(c->loop);
	msec due =
		d->hooked_at && d->hooked_at + HOOK_GAP_MS > now ? d->hooked_at + HOOK_GAP_MS : now;

	if (d->hooked_at > now) /* that look is still to come: one is enough for all */
		return;
	d->hooked_at = due;
	if (d->status_due <= now || due < d->status_due) /* it makes no look later */
		d->status_due = due;
}

void poll_hooked(struct cloud *c, const char *address)
{
	struct cloud_device *d = address ? cloud_device_find(c, address) : NULL;

	if (d)
		hook_one(c, d);
	for (size_t i = 0; !address && i < c->n_devices; i++)
		hook_one(c, &c->devices[i]);
	cloud_wake(c);
}

static msec due_of(const struct cloud_device *d)
{
	if (!d->check_due || d->status_due < d->check_due)
		return d->status_due;
	return d->check_due;
}

static struct cloud_device *first_due(struct cloud *c)
{
	struct cloud_device *first = NULL;

	for (size_t i = 0; i < c->n_devices; i++)
		if (!first || due_of(&c->devices[i]) < due_of(first))
			first = &c->devices[i];
	return first;
}

static void add_poll(struct cloud *c, const struct cloud_device *d, msec now)
{
	struct task *t = task_add(c, TASK_POLL, d->address);

	if (!t)
		return;
	if (d->status_due <= now)
		t->ops[t->n_ops++] = OP_STATUS;
	if (d->check_due && d->check_due <= now)
		t->ops[t->n_ops++] = OP_CHECK;
}

/* The list, now and then: names, new locks, and whether the account works again. */
static msec hello_next(struct cloud *c, msec now)
{
	struct task *t;

	if (task_exists(c, TASK_HELLO))
		return 0;
	if (cloud_trouble(c) != VENDOR_OK && c->list_due > now + RETEST_MS)
		c->list_due = now + RETEST_MS;
	if (c->list_due > now)
		return c->list_due;
	c->account.broken = VENDOR_OK; /* it is found out again */
	c->account.doubtful = false;
	t = task_add(c, TASK_HELLO, "");
	if (t)
		t->ops[t->n_ops++] = OP_LIST;
	return 0;
}

msec poll_next(struct cloud *c)
{
	msec now = loop_now(c->loop), hello = hello_next(c, now), turn;
	const struct cloud_device *d = first_due(c);

	if (c->base.state != ADAPTER_UP || !d || task_exists(c, TASK_POLL))
		return hello;
	if (due_of(d) > now)
		return hello && hello < due_of(d) ? hello : due_of(d);
	turn = account_turn(&c->account, USE_BACKGROUND, now, loop_wall(c->loop));
	if (turn == UINT64_MAX) /* not before tomorrow: looked at again with the hello, or hourly */
		return hello && hello < now + RETEST_MS ? hello : now + RETEST_MS;
	add_poll(c, d, now);
	return hello;
}
