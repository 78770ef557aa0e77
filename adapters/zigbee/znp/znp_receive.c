#include "adapters/zigbee/znp/znp_af.h"
#include "adapters/zigbee/znp/znp_radio_impl.h"
#include "adapters/zigbee/znp/znp_status.h"
#include "adapters/zigbee/znp/znp_zdo.h"

enum { CAPABILITY_AWAKE = 0x08, NODE_DESC_RSP = 0x8002 };

static void af_message(struct znp_radio *z, const struct znp_frame *f)
{
	struct radio_message m;

	if (!znp_af_read(&m, f))
		return;
	if (!m.broadcast)
		send_queue_heard(&z->send, m.source, znp_radio_now(z));
	z->base.to->message(z->base.owner, &m);
}

static bool is_about(const struct send_item *item, const void *confirm)
{
	const struct znp_confirm *c = confirm;

	return item->transaction == c->transaction && item->send.source_endpoint == c->endpoint;
}

static void af_confirm(struct znp_radio *z, const struct znp_frame *f)
{
	struct znp_confirm c;

	if (znp_af_confirm(&c, f))
		send_queue_confirm(&z->send, is_about, &c, c.status, znp_radio_now(z));
}

/* Who never sleeps gets the shorter confirm time-out. Node descriptor: status, address, type,
 * band, MAC capability. */
static void learn_awake(struct znp_radio *z, const struct znp_zdo *d)
{
	if (d->kind == ZNP_ZDO_ANNOUNCED && d->capability >= 0 && d->capability & CAPABILITY_AWAKE)
		send_queue_awake(&z->send, d->address);
	if (d->kind == ZNP_ZDO_MESSAGE && d->cluster == NODE_DESC_RSP && d->size >= 6 &&
		d->payload[0] == 0 && d->payload[5] & CAPABILITY_AWAKE)
		send_queue_awake(&z->send, (uint16_t)(d->payload[1] | d->payload[2] << 8));
}

static void zdo_message(struct znp_radio *z, const struct znp_frame *f)
{
	struct znp_zdo d;

	znp_zdo_read(&d, f);
	if (!(d.form & (z->is_wrapped ? ZNP_ZDO_WRAPPED : ZNP_ZDO_DIRECT)))
		return;
	learn_awake(z, &d);
	switch (d.kind) {
	case ZNP_ZDO_NONE:
		break;
	case ZNP_ZDO_MESSAGE: {
		struct radio_message m = { .source = d.source,
			.profile = RADIO_ZDO_PROFILE,
			.cluster = d.cluster,
			.broadcast = d.broadcast,
			.last_hop = RADIO_NO_ADDRESS,
			.payload = { d.payload, d.size } };

		z->base.to->message(z->base.owner, &m);
		break;
	}
	case ZNP_ZDO_ANNOUNCED:
		z->base.to->announced(z->base.owner, d.ieee, d.address, d.capability);
		break;
	case ZNP_ZDO_LEFT:
		z->base.to->left(z->base.owner, d.ieee, d.address);
		break;
	}
}

static void in_use(struct znp_radio *z, const struct znp_frame *f)
{
	if (f->cmd0 == 0x44 && f->cmd1 == 0x81)
		af_message(z, f);
	else if (f->cmd0 == 0x44 && f->cmd1 == 0x80)
		af_confirm(z, f);
	else if (f->cmd0 == 0x44 && f->cmd1 == 0x82)
		znp_af_release(&z->release, f);
	else if (f->cmd0 == 0x45)
		zdo_message(z, f);
}

static bool is_reset(const struct znp_frame *f)
{
	return f->cmd0 == 0x41 && f->cmd1 == 0x80;
}

static void restarted(struct znp_radio *z, const struct znp_frame *f)
{
	znp_endpoints_forget(&z->endpoints);
	if (z->phase == ZNP_RESUMING) {
		znp_rpc_clear(&z->rpc);
		z->asker = ZNP_BY_NOBODY;
		z->task->areq(z->task, f, znp_radio_now(z));
	} else if (z->phase == ZNP_UP || z->phase == ZNP_ENROLLING || z->phase == ZNP_DRAINING ||
		   z->phase == ZNP_RECOVERING) {
		znp_phase_reset(z);
	}
}

void znp_receive_message(void *owner, const struct znp_frame *areq)
{
	struct znp_radio *z = owner;
	const struct znp_frame *f = areq;

	if (z->close_at)
		return;
	if (is_reset(f))
		restarted(z, f);
	else if (z->task && z->task->areq)
		z->task->areq(z->task, f, znp_radio_now(z));
	if (z->tell.told == RADIO_UP && !z->close_at)
		in_use(z, f);
	else if (z->phase == ZNP_DRAINING && f->cmd0 == 0x44 && f->cmd1 == 0x80)
		af_confirm(z, f);
	znp_radio_flush(z);
}

void znp_receive_unasked(void *owner, const struct znp_frame *srsp)
{
	struct znp_radio *z = owner;
	struct err why;

	/* What a former owner asked last may still be answered just after the port was opened. */
	if (z->close_at || z->phase == ZNP_PROBING ||
		!stick_record_unasked(&z->record, znp_radio_now(z)))
		return;
	err_because(&why, ERR_CONFLICT, "two_owners",
		"the stick answers questions that we did not ask (last: %02X %02X): another "
		"program uses it; stop that program first",
		srsp->cmd0, srsp->cmd1);
	znp_phase_refused(z, &why);
}

/* SRSP 0x02 to a message: our endpoint is gone, so the stick restarted unseen. */
static void endpoint_lost(struct znp_radio *z)
{
	if (z->phase != ZNP_UP)
		return;
	if (z->re_enrolled) {
		znp_phase_reset(z);
		return;
	}
	z->re_enrolled = true;
	znp_endpoints_forget(&z->endpoints);
	znp_phase_enroll(z);
}

static void item_answered(struct znp_radio *z, struct send_item *item, struct span data)
{
	uint8_t status = data.size ? data.data[0] : ZNP_SUCCESS;
	bool is_zdo = item->send.profile == RADIO_ZDO_PROFILE;
	msec now = znp_radio_now(z);

	item->confirmed |= is_zdo; /* no other confirm comes */
	if (status != ZNP_SUCCESS)
		send_queue_refused(&z->send, item, status, now);
	else
		send_queue_accepted(&z->send, item, now);
	if (!is_zdo && status == ZNP_SUCCESS)
		z->re_enrolled = false;
	if (!is_zdo && status == ZNP_INVALID_PARAMETER)
		endpoint_lost(z);
}

void znp_receive_item(struct znp_radio *z, const struct znp_reply *reply)
{
	struct send_item *item = z->item;

	z->item = NULL;
	if (!item)
		return;
	switch (reply->outcome) {
	case ZNP_ANSWER:
		item_answered(z, item, reply->data);
		break;
	case ZNP_RPC_ERROR:
		send_queue_ended(&z->send, item, RADIO_NO_ANSWER, znp_radio_now(z));
		break;
	case ZNP_NO_ANSWER:
	case ZNP_DEAD:
		send_queue_ended(&z->send, item, RADIO_LOST, znp_radio_now(z));
		break;
	}
}
