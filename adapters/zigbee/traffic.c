/* Received messages: whose they are, what they mean, who is asked for his name. */
#include "adapters/zigbee/ota_cluster.h"
#include "adapters/zigbee/poll_control.h"
#include "adapters/zigbee/wake.h"
#include "adapters/zigbee/zcl.h"
#include "adapters/zigbee/zdo.h"
#include "adapters/zigbee/zigbee_private.h"

enum {
	WAIT_STRANGER_S = 5,
	STRANGERS_WINDOW = 1000,
	STRANGERS_TOLD_MAX = 5,
	FRESH_STRANGER = 3000
};
enum { COORDINATOR = 0x0000, OPERATION_EVENT = 0x20 };

static void ask_name(struct zigbee *z, uint16_t address)
{
	uint8_t bytes[8];
	struct wire_out w = wire_out(bytes, sizeof bytes);

	zdo_put_ieee_addr_req(&w, address);
	zigbee_send(z, NULL, SENT_OTHER,
		&(struct radio_send){ .destination = address,
			.cluster = ZDO_IEEE_ADDR_REQ,
			.payload = wire_span(&w) });
}

/* At most one question a minute for each address, and only so many addresses at a time. */
void traffic_doubt(struct zigbee *z, uint16_t address)
{
	msec now = loop_now(z->loop);
	size_t place = STRANGERS_MAX;

	for (size_t i = 0; i < STRANGERS_MAX; i++) {
		bool old =
			!z->strangers[i].asked_at || now - z->strangers[i].asked_at >= STRANGER_GAP;

		if (!old && z->strangers[i].address == address)
			return;
		if (old && place == STRANGERS_MAX)
			place = i;
	}
	if (place == STRANGERS_MAX)
		return;
	z->strangers[place].address = address;
	z->strangers[place].asked_at = now;
	ask_name(z, address);
}

/* When we asked for this address's name because it spoke; 0: we did not. */
static msec was_asked(struct zigbee *z, uint16_t address)
{
	for (size_t i = 0; i < STRANGERS_MAX; i++) {
		msec asked_at = z->strangers[i].asked_at;

		if (z->strangers[i].address == address && asked_at) {
			z->strangers[i].asked_at = 0;
			return asked_at;
		}
	}
	return 0;
}

/* A flood of made up addresses must not take the queue from the locks. */
static bool are_many(struct zigbee *z)
{
	msec now = loop_now(z->loop);

	if (!z->strangers_window || now - z->strangers_window >= STRANGERS_WINDOW) {
		z->strangers_window = now;
		z->strangers_told = 0;
	}
	if (z->strangers_told >= STRANGERS_TOLD_MAX)
		return true;
	z->strangers_told++;
	return false;
}

/* A block request must not meet silence, even before we know whose it is. */
static void wait_stranger(struct zigbee *z, const struct radio_message *m)
{
	struct zcl_frame frame;
	uint8_t bytes[16];
	struct wire_out w = wire_out(bytes, sizeof bytes);

	if (m->cluster != ZCL_OTA || !zcl_parse(&frame, m->payload) || !frame.cluster_specific ||
		frame.from_server || frame.has_manufacturer || frame.command != OTA_BLOCK_REQUEST ||
		are_many(z))
		return;
	ota_put_wait(&w, &(struct ota_request){ .tsn = frame.tsn }, WAIT_STRANGER_S);
	zigbee_send(z, NULL, SENT_OTHER,
		&(struct radio_send){ .destination = m->source,
			.endpoint = m->source_endpoint,
			.source_endpoint = m->endpoint,
			.profile = m->profile,
			.cluster = ZCL_OTA,
			.urgent = true,
			.payload = wire_span(&w) });
}

/* A device we never looked at says something that locks say. */
static bool may_be_lock(const struct device *d, uint16_t cluster)
{
	return !d->known && !d->has_lock && !d->interview.looked &&
	       (cluster == ZCL_DOOR_LOCK || cluster == ZCL_POLL_CONTROL || cluster == ZCL_POWER ||
		       cluster == ZCL_OTA);
}

static void first_life(struct zigbee *z, struct device *d, uint16_t cluster)
{
	if (may_be_lock(d, cluster)) {
		d->interview.looked = true;
		interview_want(d, ASK_WHAT, true);
	}
	if (d->known && !d->interview.done_once) {
		d->interview.done_once = true;
		interview_want(d, ASK_ALL, false);
	}
	survey_ask(z, d);
}

/* A sign of life that is no message to one of our endpoints. */
static void came_alive(struct zigbee *z, struct device *d)
{
	d->heard_at = loop_now(z->loop);
	zigbee_seen(z, d, true, false);
	wake_life(z, d);
	first_life(z, d, 0);
}

/* own: the device itself answered, as it does for IEEE_addr_req. */
static void take_address(struct zigbee *z, struct span payload, bool own)
{
	struct zdo_address a;
	struct device *d;
	msec asked_at;

	if (!zdo_parse_address(&a, payload) || a.status != 0 || a.ieee == 0)
		return;
	d = device_find(&z->devices, a.ieee);
	asked_at = was_asked(z, a.address);
	if (asked_at && !d)
		d = device_add(&z->devices, a.ieee, zigbee_gone, z);
	if (!d)
		return;
	device_set_address(&z->devices, d, a.address);
	if (own)
		device_named(d, loop_now(z->loop));
	/* What made us ask was a sign of life that nobody could be thanked for then. */
	if (own || (asked_at && loop_now(z->loop) - asked_at < FRESH_STRANGER))
		came_alive(z, d);
	else
		zigbee_seen(z, d, false, false);
}

static void zdo(struct zigbee *z, const struct radio_message *m)
{
	struct device *d = device_at(&z->devices, m->source);

	if (m->cluster == (ZDO_IEEE_ADDR_REQ | ZDO_RESPONSE) ||
		m->cluster == (ZDO_NWK_ADDR_REQ | ZDO_RESPONSE)) {
		take_address(z, m->payload, m->cluster == (ZDO_IEEE_ADDR_REQ | ZDO_RESPONSE));
		return;
	}
	if (m->cluster == (ZDO_MGMT_LQI_REQ | ZDO_RESPONSE)) {
		survey_neighbours(z, m);
		return;
	}
	if (d && interview_zdo(d, m->cluster, m->payload)) {
		came_alive(z, d);
		survey_tick(z); /* somebody else may have waited for his turn */
	}
}

static struct device *sender(struct zigbee *z, const struct radio_message *m)
{
	struct device *d = m->source_ieee ? device_add(&z->devices, m->source_ieee, zigbee_gone, z)
					  : device_at(&z->devices, m->source);

	if (d && m->source_ieee) {
		device_set_address(&z->devices, d, m->source);
		device_named(d, loop_now(z->loop));
	}
	return d;
}

static void values(struct zigbee *z, struct device *d, const struct radio_message *m,
	const struct zcl_frame *frame)
{
	if (interview_zcl(d, m->cluster, frame) && m->cluster == ZCL_OTA && d->interview.no_version)
		wake_provoke(z, d);
	if (m->cluster == ZCL_POWER && !frame->cluster_specific &&
		frame->command != ZCL_REPORT_ATTRIBUTES)
		transfer_battery(z, d);
	if (m->cluster == ZCL_DOOR_LOCK && frame->from_server && frame->cluster_specific &&
		frame->command == OPERATION_EVENT && !frame->has_manufacturer)
		device_lock_event(d, frame->payload);
}

/* True: it was an OTA request, which is no moment for notifies and questions. */
static bool understand(struct zigbee *z, struct device *d, const struct radio_message *m,
	const struct zcl_frame *frame)
{
	if (m->cluster == ZCL_OTA && frame->cluster_specific) {
		transfer_frame(z, d, m, frame);
		return true;
	}
	if (m->cluster == ZCL_OTA && frame->command == ZCL_DEFAULT_RESPONSE)
		transfer_frame(z, d, m, frame);
	if (m->cluster == ZCL_POLL_CONTROL && poll_control_is_check_in(frame))
		wake_check_in(z, d, m, frame);
	values(z, d, m, frame);
	return false;
}

void traffic_message(struct zigbee *z, const struct radio_message *m)
{
	struct zcl_frame frame;
	struct device *d;
	bool request = false;

	if (m->profile == RADIO_ZDO_PROFILE || m->endpoint == 0) {
		zdo(z, m);
		return;
	}
	if (m->source == COORDINATOR)
		return;
	d = sender(z, m);
	if (!d) {
		if (!m->broadcast)
			wait_stranger(z, m);
		traffic_doubt(z, m->source);
		return;
	}
	d->heard_at = loop_now(z->loop);
	if (!m->broadcast && zcl_parse(&frame, m->payload))
		request = understand(z, d, m, &frame);
	device_path(d, m->last_hop, m->lqi, d->heard_at);
	zigbee_seen(z, d, true, false);
	if (!request) {
		transfer_life(z, d);
		wake_life(z, d);
	}
	first_life(z, d, m->cluster);
}
