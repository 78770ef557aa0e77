#include "adapters/zigbee/zigbee_adapter.h"

#include "adapters/zigbee/zigbee_private.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { SAME_NEWS = 1000 };

static struct zigbee *self(struct adapter *a)
{
	return (struct zigbee *)a;
}

bool zigbee_is_up(const struct zigbee *z)
{
	return z->base.state == ADAPTER_UP;
}

uint32_t zigbee_send(
	struct zigbee *z, struct device *d, enum sent_kind kind, struct radio_send *send)
{
	size_t slot = ++z->tag % SENT_SLOTS;

	if (!zigbee_is_up(z))
		return z->tag;
	z->slots[slot].tag = z->tag;
	z->slots[slot].device = d;
	z->slots[slot].kind = kind;
	send->tag = z->tag;
	z->radio->ops->send(z->radio, send);
	return z->tag;
}

void zigbee_gone(void *owner, struct device *d)
{
	struct zigbee *z = owner;

	for (size_t i = 0; i < SENT_SLOTS; i++)
		if (z->slots[i].device == d)
			z->slots[i].device = NULL;
}

void zigbee_seen(struct zigbee *z, struct device *d, bool awake, bool announced)
{
	msec now = loop_now(z->loop);
	char address[ADDRESS_SIZE];
	struct lock_seen seen = {
		.awake = awake, .announced = announced, .is_lock = d->known || d->has_lock
	};

	if (!device_settle(d, now))
		traffic_doubt(z, d->address);
	if (!seen.is_lock || d->forgotten || !z->base.to)
		return;
	if (!d->fresh && !announced && d->seen_at && now - d->seen_at < SAME_NEWS)
		return;
	device_print(address, d->ieee);
	seen.address = address;
	seen.facts = d->facts;
	seen.facts.known = d->fresh;
	seen.facts.at = loop_wall(z->loop);
	d->fresh = 0;
	d->seen_at = now;
	z->base.to->seen(z->base.owner, &z->base, &seen);
}

void zigbee_set_state(struct zigbee *z, enum adapter_state state, const struct err *why)
{
	z->base.state = state;
	z->base.why = why ? *why : (struct err){ .code = OK };
	if (z->base.to)
		z->base.to->state(z->base.owner, &z->base, state, why);
}

static msec earlier(msec a, msec b)
{
	return !a ? b : !b || a < b ? a : b;
}

void zigbee_rearm(struct zigbee *z)
{
	msec due = scan_due(&z->scan);

	if (!zigbee_is_up(z)) {
		loop_timer_set(z->timer, 0);
		return;
	}
	due = earlier(due, z->search_due);
	for (size_t i = 0; i < z->devices.n; i++) {
		const struct device *d = z->devices.list[i];

		due = earlier(due, transfer_due(d));
		if (d->interview.asked)
			due = earlier(due, d->interview.answer_by);
	}
	loop_timer_set(z->timer, due);
}

static void on_timer(void *owner)
{
	struct zigbee *z = owner;

	for (size_t i = 0; i < z->devices.n; i++)
		transfer_tick(z, z->devices.list[i]);
	survey_tick(z);
	survey_search_next(z);
	zigbee_rearm(z);
}

static enum err_code start(struct adapter *a, struct err *e)
{
	struct zigbee *z = self(a);
	enum err_code code;

	z->stopping = false;
	z->base.state = ADAPTER_STARTING;
	code = z->radio->ops->start(z->radio, e);
	if (code != OK)
		z->base.state = ADAPTER_STOPPED;
	return code;
}

static void on_stopped(void *owner)
{
	struct zigbee *z = owner;

	zigbee_set_state(z, ADAPTER_STOPPED, NULL);
	z->stopped(z->stopped_owner);
}

static void stop(struct adapter *a, void (*done)(void *owner), void *owner)
{
	struct zigbee *z = self(a);

	z->stopping = true;
	z->stopped = done;
	z->stopped_owner = owner;
	loop_timer_set(z->timer, 0);
	z->radio->ops->stop(z->radio, on_stopped, z);
}

static enum err_code restart(struct adapter *a, struct err *e)
{
	return self(a)->radio->ops->restart(self(a)->radio, e);
}

static enum err_code scan(struct adapter *a, struct err *e)
{
	struct zigbee *z = self(a);

	if (!zigbee_is_up(z))
		return err_because(e, ERR_BUSY, "adapter_down", "The stick is not ready yet");
	if (!z->scan.running)
		scan_start(&z->scan, loop_now(z->loop));
	survey_scan_next(z);
	zigbee_rearm(z);
	return OK;
}

static struct device *known(struct adapter *a, const char *address)
{
	uint64_t ieee;

	return device_scan(&ieee, address) ? device_find(&self(a)->devices, ieee) : NULL;
}

static void know(struct adapter *a, const char *address, const struct lock_facts *facts)
{
	struct zigbee *z = self(a);
	enum { MET = FACT_MODEL | FACT_NETWORK };
	struct device *d;
	uint64_t ieee;

	if (!device_scan(&ieee, address)) {
		log_warn("adapter=%s lock address %s is no EUI-64", a->id, address);
		return;
	}
	d = device_add(&z->devices, ieee, zigbee_gone, z);
	if (!d)
		return;
	d->known = true;
	d->forgotten = false;
	if (!facts)
		return;
	device_learn(d, facts);
	if (facts->known & FACT_NETWORK && d->address == RADIO_NO_ADDRESS)
		device_set_address(&z->devices, d, facts->network_address);
	d->fresh = 0;
	d->interview.done_once |= (facts->known & MET) == MET && facts->endpoint != 0;
}

static void forget(struct adapter *a, const char *address)
{
	struct device *d = known(a, address);

	if (!d)
		return;
	transfer_cancel(self(a), d, 0);
	d->known = false;
	d->forgotten = true;
}

static enum err_code must_know(
	struct adapter *a, const char *address, struct device **out, struct err *e)
{
	*out = known(a, address);
	if (*out)
		return OK;
	return err_because(
		e, ERR_NOT_FOUND, "unknown_lock", "%s is not a lock of this adapter", address);
}

static enum err_code read_facts(
	struct adapter *a, const char *address, unsigned what, struct err *e)
{
	struct device *d;
	enum err_code code = must_know(a, address, &d, e);
	unsigned steps = (what & READ_VERSION ? ASK_VERSION : 0U) |
			 (what & READ_BATTERY ? ASK_BATTERY : 0U) |
			 (what & READ_LOCK_STATE ? ASK_LOCK : 0U) |
			 (what & READ_MODEL ? ASK_NAME | ASK_BUILD : 0U);

	if (code != OK)
		return code;
	if (!zigbee_is_up(self(a)))
		return err_because(e, ERR_BUSY, "adapter_down", "The stick is not ready yet");
	interview_want(d, steps, true);
	survey_ask(self(a), d);
	return OK;
}

static enum err_code update(struct adapter *a, const struct update_order *order, struct err *e)
{
	struct device *d;
	enum err_code code = must_know(a, order->address, &d, e);

	if (code == OK)
		transfer_order(self(a), d, order);
	return code;
}

static void finish(struct adapter *a, const char *address, uint32_t delay_s)
{
	struct device *d = known(a, address);

	if (d)
		transfer_finish(self(a), d, delay_s);
}

static void cancel(struct adapter *a, const char *address, int64_t abort_until)
{
	struct device *d = known(a, address);

	if (d)
		transfer_cancel(self(a), d, abort_until);
}

static void info(const struct adapter *a, struct adapter_info *out)
{
	const struct zigbee *z = (const struct zigbee *)a;
	struct radio_network network;
	struct radio_health h = { 0 };

	*out = (struct adapter_info){ .last_heard = z->heard_wall };
	z->radio->ops->health(z->radio, &h);
	memcpy(out->firmware, h.firmware, sizeof out->firmware);
	out->resets = h.resets;
	out->timeouts = h.timeouts;
	out->lost_confirms = h.lost_confirms;
	out->delivery_failures = h.delivery_failures;
	out->no_buffers = h.no_buffers;
	out->garbage_bytes = h.garbage_bytes;
	out->line_errors = h.line_errors;
	out->channel_busy = h.channel_busy;
	out->warning = h.warning;
	out->has_network = z->radio->ops->network(z->radio, &network);
	if (!out->has_network)
		return;
	out->channel = network.channel;
	out->pan_id = network.pan_id;
	out->ext_pan_id = network.ext_pan_id;
	out->coordinator = network.coordinator;
}

static void free_adapter(struct adapter *a)
{
	struct zigbee *z = self(a);

	if (!a)
		return;
	z->radio->ops->free(z->radio);
	loop_timer_free(z->timer);
	devices_free(&z->devices);
	free(z);
}

static const struct adapter_ops all_ops = {
	.start = start,
	.stop = stop,
	.restart = restart,
	.scan = scan,
	.know = know,
	.forget = forget,
	.read = read_facts,
	.update = update,
	.finish = finish,
	.cancel = cancel,
	.info = info,
	.free = free_adapter,
};

struct adapter *zigbee_adapter_new(const struct zigbee_options *options)
{
	struct zigbee *z = xcalloc(1, sizeof *z);

	z->ops = all_ops;
	z->ops.type = options->type;
	z->base.ops = &z->ops;
	text_copy(z->base.id, sizeof z->base.id, options->id);
	z->base.capabilities = ADAPTER_TRANSFERS | ADAPTER_READS | ADAPTER_SCANS | ADAPTER_RESTARTS;
	z->loop = options->loop;
	z->radio = options->radio;
	z->radio->to = &zigbee_radio_events;
	z->radio->owner = z;
	z->store = options->store;
	z->timer = loop_timer_new(z->loop, on_timer, z);
	return &z->base;
}
