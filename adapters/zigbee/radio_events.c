/* What the radio tells us, handed to those whom it concerns. */
#include "adapters/zigbee/wake.h"
#include "adapters/zigbee/zigbee_private.h"

enum { MAC_RX_ON = 0x08 };

static void on_state(void *owner, enum radio_state state, const struct err *why)
{
	struct zigbee *z = owner;

	if (z->stopping)
		return;
	switch (state) {
	case RADIO_DOWN:
	case RADIO_STARTING:
		zigbee_set_state(z, ADAPTER_STARTING, why);
		break;
	case RADIO_REFUSED:
		zigbee_set_state(z, ADAPTER_REFUSED, why);
		break;
	case RADIO_UP:
		zigbee_set_state(z, ADAPTER_UP, NULL);
		survey_search(z);
		break;
	}
	zigbee_rearm(z);
}

static void on_message(void *owner, const struct radio_message *m)
{
	struct zigbee *z = owner;

	z->heard_wall = loop_wall(z->loop);
	if (zigbee_is_up(z))
		traffic_message(z, m);
}

static void on_sent(void *owner, const struct radio_sent *s)
{
	struct zigbee *z = owner;
	size_t slot = s->tag % SENT_SLOTS;
	struct device *d = z->slots[slot].device;

	if (z->slots[slot].tag != s->tag || !d)
		return;
	z->slots[slot].device = NULL;
	switch (z->slots[slot].kind) {
	case SENT_NOTIFY:
		wake_notify_sent(d, s->result == RADIO_DELIVERED);
		break;
	case SENT_BLOCK:
		transfer_block_sent(z, d, s);
		break;
	case SENT_RELEASE:
		d->transfer.release_lost = s->result != RADIO_DELIVERED;
		break;
	case SENT_END:
		transfer_end_sent(z, d, s);
		break;
	case SENT_OTHER:
		break;
	}
}

static void on_announced(void *owner, uint64_t ieee, uint16_t address, int capability)
{
	struct zigbee *z = owner;
	struct device *d = device_find(&z->devices, ieee);

	z->heard_wall = loop_wall(z->loop);
	if (!d && (capability < 0 || !(capability & MAC_RX_ON)))
		d = device_add(&z->devices, ieee, zigbee_gone, z);
	if (!d)
		return;
	device_set_address(&z->devices, d, address);
	/* It was perhaps not the one that spoke from there until now: that proves nothing of old.
	 */
	d->claim.made = false;
	device_named(d, loop_now(z->loop));
	d->heard_at = loop_now(z->loop);
	d->facts.parent = RADIO_NO_ADDRESS;
	d->forgotten = false;
	if (!d->interview.done_once)
		interview_want(d, d->known ? ASK_ALL : ASK_WHAT, true);
	d->interview.done_once |= d->known;
	zigbee_seen(z, d, true, true);
	wake_life(z, d);
	survey_ask(z, d);
}

static void on_left(void *owner, uint64_t ieee, uint16_t address)
{
	struct zigbee *z = owner;
	struct device *d = ieee ? device_find(&z->devices, ieee) : device_at(&z->devices, address);

	if (d)
		device_set_address(&z->devices, d, RADIO_NO_ADDRESS);
}

const struct radio_events zigbee_radio_events = {
	.state = on_state,
	.message = on_message,
	.sent = on_sent,
	.announced = on_announced,
	.left = on_left,
};
