#include "adapters/zigbee/ezsp/ezsp_message.h"
#include "adapters/zigbee/ezsp/ezsp_radio_impl.h"
#include "adapters/zigbee/zdo.h"
#include "server/base/log.h"

enum { CAPABILITY_AWAKE = 0x08, OURSELVES = 0x0000 };
enum { UPDATE_SECURED_REJOIN, UPDATE_JOIN, UPDATE_LEFT, UPDATE_UNSECURED_REJOIN };
enum { STATUS_SOURCE_ROUTE_FAILURE = 0x0B, STATUS_MANY_TO_ONE_FAILURE = 0x0C };

static bool in_use(const struct ezsp_radio *z)
{
	return z->tell.told == RADIO_UP && !z->is_closing && !z->is_stopping;
}

/* --- messages --- */

/* Who never sleeps gets the shorter confirm time-out and needs no patience. */
static void is_awake(struct ezsp_radio *z, uint16_t address)
{
	struct ezsp_peer *p = ezsp_peers_meet(&z->peers, address);

	send_queue_awake(&z->send, address);
	if (p)
		p->is_awake = true;
}

static void announced(struct ezsp_radio *z, const struct radio_message *m)
{
	uint16_t address;
	uint64_t ieee;
	uint8_t capability;

	if (!ezsp_message_announce(m->payload, &address, &ieee, &capability))
		return;
	ezsp_peers_named(&z->peers, address, ieee);
	if (capability & CAPABILITY_AWAKE)
		is_awake(z, address);
	if (in_use(z))
		z->base.to->announced(z->base.owner, ieee, address, capability);
}

static void learn_from_zdo(struct ezsp_radio *z, const struct radio_message *m)
{
	struct zdo_address a;
	struct zdo_node n;

	if ((m->cluster == (ZDO_IEEE_ADDR_REQ | ZDO_RESPONSE) ||
		    m->cluster == (ZDO_NWK_ADDR_REQ | ZDO_RESPONSE)) &&
		zdo_parse_address(&a, m->payload) && a.status == 0 && a.ieee)
		ezsp_peers_named(&z->peers, a.address, a.ieee);
	if (m->cluster == (ZDO_NODE_DESC_REQ | ZDO_RESPONSE) && zdo_parse_node(&n, m->payload) &&
		n.status == 0 && n.rx_on_when_idle)
		is_awake(z, n.address);
}

static void hand_up(struct ezsp_radio *z, struct radio_message *m)
{
	if (m->source_ieee)
		ezsp_peers_named(&z->peers, m->source, m->source_ieee);
	m->last_hop = ezsp_peers_last_hop(&z->peers, m->source);
	if (ezsp_facts_lqi_is_garbage(&z->resume.facts))
		m->lqi = 0;
	if (!m->broadcast)
		send_queue_heard(&z->send, m->source, ezsp_radio_now(z));
	if (in_use(z))
		z->base.to->message(z->base.owner, m);
}

static void incoming(struct ezsp_radio *z, const struct ezsp_values *v)
{
	struct radio_message m;
	enum ezsp_incoming what = ezsp_message_read(&m, v);

	if (!m.source_ieee)
		m.source_ieee = z->sender;
	switch (what) {
	case EZSP_INCOMING_NOTHING:
	case EZSP_INCOMING_ZDO_REQUEST:
		break;
	case EZSP_INCOMING_ANNOUNCE:
		announced(z, &m);
		break;
	case EZSP_INCOMING_ZDO_ANSWER:
		learn_from_zdo(z, &m);
		hand_up(z, &m);
		break;
	case EZSP_INCOMING_DATA:
		hand_up(z, &m);
		break;
	}
}

static void message_sent(struct ezsp_radio *z, const struct ezsp_values *v)
{
	struct ezsp_sent sent;

	if (ezsp_message_sent(&sent, v))
		send_queue_confirm(&z->send, ezsp_message_is_about, &sent, (int32_t)v->status.code,
			ezsp_radio_now(z));
	if (ezsp_status_meaning(v->status) == EZSP_ROUTE_FAILED)
		z->chores.routes_wanted = true;
}

void ezsp_receive_walk(struct ezsp_radio *z)
{
	uint8_t bytes[EZSP_WALK_ANSWER_MAX];
	struct radio_message m = { .source = OURSELVES,
		.profile = RADIO_ZDO_PROFILE,
		.cluster = ZDO_MGMT_LQI_REQ | ZDO_RESPONSE,
		.last_hop = RADIO_NO_ADDRESS };

	if (!ezsp_walk_is_due(&z->walk) || !in_use(z))
		return;
	m.payload = ezsp_walk_write(&z->walk, z->resume.facts.network.ext_pan_id, bytes);
	z->base.to->message(z->base.owner, &m);
}

/* --- ways and devices --- */

/* Relays are listed from the device towards us. */
static void route_record(struct ezsp_radio *z, const struct ezsp_values *v)
{
	struct ezsp_peer *p = ezsp_peers_named(&z->peers, (uint16_t)v->u[EZ_NODE], v->u[EZ_EUI]);
	size_t relays = v->data.size / 2;

	if (!p)
		return;
	p->relays = (uint8_t)relays;
	p->last_hop = relays ? ezsp_item(v->data, relays - 1) : p->address;
}

static void route_failed(struct ezsp_radio *z, uint16_t node)
{
	struct ezsp_peer *p = ezsp_peers_meet(&z->peers, node);

	z->chores.routes_wanted = true;
	if (!p)
		return;
	p->relays = 0;
	p->last_hop = RADIO_NO_ADDRESS;
}

static void network_status(struct ezsp_radio *z, const struct ezsp_values *v)
{
	if (v->u[EZ_CODE] == STATUS_SOURCE_ROUTE_FAILURE ||
		v->u[EZ_CODE] == STATUS_MANY_TO_ONE_FAILURE)
		route_failed(z, (uint16_t)v->u[EZ_NODE]);
}

/* A child that is gone has perhaps only found a better parent: that is no leaving. */
static void child_joined(struct ezsp_radio *z, const struct ezsp_values *v)
{
	struct ezsp_peer *p = ezsp_peers_named(&z->peers, (uint16_t)v->u[EZ_NODE], v->u[EZ_EUI]);

	if (p)
		p->is_child = v->u[EZ_ON];
}

static void device_moved(struct ezsp_radio *z, const struct ezsp_values *v)
{
	uint16_t node = (uint16_t)v->u[EZ_NODE];
	uint64_t ieee = v->u[EZ_EUI];

	if (v->u[EZ_DEVICE_UPDATE] == UPDATE_LEFT) {
		if (in_use(z))
			z->base.to->left(z->base.owner, ieee, node);
		return;
	}
	ezsp_peers_named(&z->peers, node, ieee);
	if (in_use(z))
		z->base.to->announced(z->base.owner, ieee, node, -1);
}

/* Two devices have this address; the stick sees to it that they take others and announce them. */
static void id_conflict(struct ezsp_radio *z, uint16_t node)
{
	struct ezsp_peer *p = ezsp_peers_meet(&z->peers, node);

	if (p)
		p->known = false;
	if (in_use(z))
		z->base.to->left(z->base.owner, 0, node);
}

static void stack_status(struct ezsp_radio *z, const struct ezsp_values *v)
{
	enum ezsp_meaning meaning = ezsp_status_meaning(v->status);

	if (z->phase == EZSP_PHASE_RESUMING && !z->resume.runs)
		return; /* its own business */
	if (meaning != EZSP_NETWORK_DOWN && meaning != EZSP_NETWORK_CHANGED &&
		meaning != EZSP_NOT_JOINED)
		return;
	log_warn("ezsp status=%s", ezsp_status_name(v->status));
	if (z->phase == EZSP_PHASE_UP || z->phase == EZSP_PHASE_RESUMING)
		ezsp_phase_recover(z);
}

void ezsp_receive_callback(
	void *owner, enum ezsp_command which, const struct ezsp_values *v, msec now)
{
	struct ezsp_radio *z = owner;

	(void)now;
	if (z->is_closing)
		return;
	if (z->phase == EZSP_PHASE_RESUMING)
		ezsp_resume_callback(&z->resume, which, v);
	if (which == EZSP_STACK_STATUS)
		stack_status(z, v);
	if (which == EZSP_MESSAGE_SENT)
		message_sent(z, v);
	if (which == EZSP_INCOMING_MESSAGE)
		incoming(z, v);
	if (which == EZSP_ROUTE_RECORD)
		route_record(z, v);
	if (which == EZSP_ROUTE_ERROR)
		route_failed(z, (uint16_t)v->u[EZ_NODE]);
	if (which == EZSP_NETWORK_STATUS)
		network_status(z, v);
	if (which == EZSP_CHILD_JOIN)
		child_joined(z, v);
	if (which == EZSP_TRUST_CENTER_JOIN)
		device_moved(z, v);
	if (which == EZSP_ID_CONFLICT)
		id_conflict(z, (uint16_t)v->u[EZ_NODE]);
	z->sender = which == EZSP_SENDER_EUI64 ? v->u[EZ_EUI] : 0;
	ezsp_radio_flush(z);
}

/* --- answers to messages --- */

static void item_answered(struct ezsp_radio *z, struct send_item *item, const struct ezsp_values *v)
{
	enum ezsp_meaning meaning = ezsp_status_meaning(v->status);
	msec now = ezsp_radio_now(z);

	if (meaning == EZSP_OK) {
		item->sequence = (uint8_t)v->u[EZ_SEQUENCE];
		item->confirmed |= item->send.destination >= 0xFFF8; /* nobody acknowledges that */
		send_queue_accepted(&z->send, item, now);
		return;
	}
	send_queue_refused(&z->send, item, (int32_t)v->status.code, now);
	if (meaning != EZSP_NETWORK_DOWN && meaning != EZSP_NOT_JOINED &&
		meaning != EZSP_INVALID_ENDPOINT)
		return;
	log_warn("ezsp send status=%s \"the stick is off its network\"",
		ezsp_status_name(v->status));
	ezsp_phase_recover(z);
}

void ezsp_receive_item(struct ezsp_radio *z, const struct ezsp_reply *reply)
{
	struct send_item *item = z->item;
	msec now = ezsp_radio_now(z);

	z->item = NULL;
	if (!item)
		return;
	switch (reply->outcome) {
	case EZSP_ANSWER:
		item_answered(z, item, &reply->values);
		break;
	case EZSP_INVALID:
		send_queue_ended(&z->send, item, RADIO_NO_ANSWER, now);
		break;
	case EZSP_BROKEN:
	case EZSP_NO_ANSWER:
		/* Some firmware loses the answer and not the message. */
		if (item->confirmed)
			send_queue_accepted(&z->send, item, now);
		else
			send_queue_ended(&z->send, item, RADIO_LOST, now);
		break;
	}
}
