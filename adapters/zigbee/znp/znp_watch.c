/* The quiet stick: does it answer at all, and does it still run the network? One that restarted
 * while its notice of that was lost answers pings for ever and hears no lock. */
#include "adapters/zigbee/znp/znp_radio_impl.h"
#include "server/base/log.h"

enum { QUIET = 30000 };

static const struct znp_ask ping = { .cmd0 = 0x21, .cmd1 = 0x01, .tries = 2 };
static const struct znp_ask device_info = { .cmd0 = 0x27, .cmd1 = 0x00 };

msec znp_watch_due(const struct znp_radio *z)
{
	msec last = z->rpc.heard > z->pinged ? z->rpc.heard : z->pinged;

	return z->is_doubted ? z->pinged : last + QUIET;
}

void znp_watch_ask(struct znp_radio *z)
{
	bool ask_state = z->is_doubted;

	z->is_doubted = false;
	z->pinged = znp_radio_now(z);
	z->asker = ask_state ? ZNP_BY_STATE : ZNP_BY_PING;
	znp_rpc_call(&z->rpc, ask_state ? &device_info : &ping, z->pinged);
}

void znp_watch_answered(struct znp_radio *z, enum znp_asker asker, const struct znp_reply *reply)
{
	struct znp_facts now = { .state = ZNP_STATE_COORDINATOR };

	if (reply->outcome != ZNP_ANSWER || z->phase != ZNP_UP)
		return;
	if (asker == ZNP_BY_PING) {
		z->is_doubted = true;
		return;
	}
	if (!znp_facts_device(&now, reply->data) || now.state == ZNP_STATE_COORDINATOR)
		return;
	log_warn("znp state=%u \"the stick restarted unseen and is off its network\"", now.state);
	znp_phase_reset(z);
}
