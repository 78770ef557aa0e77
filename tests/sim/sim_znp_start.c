/* Power, reset, and how the stick comes onto its network, or forms one. */
#include "tests/sim/sim_znp_private.h"

enum {
	CLEAR_CONFIG = 0x01,
	CLEAR_STATE = 0x02,
	MODE_FORMATION = 0x04,
	BDB_SUCCESS = 0,
	BDB_NO_NETWORK = 2,
	BDB_FORMATION_FAILED = 8,
	BDB_RESTORED = 0x0D,
};

void mt_version(const struct sim_znp *znp, struct wire_out *w)
{
	static const uint8_t version[][9] = {
		[SIM_ZSTACK_12] = { 2, 0, 2, 6, 3, 0x90, 0x15, 0x34, 0x01 },
		[SIM_ZSTACK_30X] = { 2, 2, 2, 7, 2, 0xD9, 0x14, 0x34, 0x01 },
		[SIM_ZSTACK_3X0] = { 2, 1, 2, 7, 1, 0x6B, 0xB1, 0x34, 0x01 },
	};

	wire_put(w, version[znp->options.stack], znp->options.no_revision ? 5 : 9);
}

static void apply_startup_option(struct sim_znp *znp)
{
	uint8_t option = nv_byte(znp->nv, NV_STARTUP_OPTION, 0);

	if (!(option & (CLEAR_CONFIG | CLEAR_STATE)))
		return;
	nv_forget_network(znp->nv, znp->options.stack);
	nv_write(znp->nv, NV_STARTUP_OPTION, 0, (struct span){ (const uint8_t *)"\0", 1 });
}

void mt_reset_indication(struct sim_znp *znp, uint8_t reason, msec delay)
{
	struct mt_frame f = { .cmd0 = MT_AREQ | MT_SYS, .cmd1 = 0x80 };
	struct wire_out w = wire_out(f.data, sizeof f.data);
	struct mt_frame version = { 0 };
	struct wire_out v = wire_out(version.data, sizeof version.data);

	mt_version(znp, &v);
	wire_put_u8(&w, reason);
	wire_put(&w, version.data, 5);
	f.size = (uint8_t)w.size;
	mt_say_later(znp, &f, delay);
}

/* Everything on its way out is lost. */
void mt_reset(struct sim_znp *znp, uint8_t reason)
{
	sim_events_drop(znp->events, znp, NULL);
	znp->state = STATE_HOLD;
	znp->restored = false;
	znp->all_callbacks = false;
	znp->endpoint_count = znp->group_count = 0;
	znp->in_flight = 0;
	znp->epoch++;
	znp->parser.have = 0;
	apply_startup_option(znp);
	mt_reset_indication(znp, reason, sim_network_jitter(znp->network, 100, 300));
}

void sim_znp_reset(struct sim_znp *znp)
{
	mt_reset(znp, 2);
}

void sim_znp_unplug(struct sim_znp *znp, bool out)
{
	if (out == znp->link.unplugged)
		return;
	if (out) {
		mt_reset(znp, 0);
		sim_events_drop(znp->events, znp, NULL);
	}
	znp->link.unplugged = out;
	if (out)
		sim_link_close(&znp->link, "the simulated stick was unplugged");
}

static void say_state(struct sim_znp *znp, uint8_t state)
{
	struct mt_frame f = {
		.cmd0 = MT_AREQ | MT_ZDO, .cmd1 = 0xC0, .size = 1, .data = { state }
	};

	znp->state = state;
	mt_say_later(znp, &f, sim_network_jitter(znp->network, 50, 100));
}

/* A firmware that lost its network says the state that it is in then: held. */
void sim_znp_network_down(struct sim_znp *znp)
{
	znp->restored = false;
	say_state(znp, STATE_HOLD);
}

static bool on_a_network(const struct sim_znp *znp)
{
	struct nv_network net;

	return nv_network_of(znp->nv, &net) && !nv_byte(znp->nv, NV_LOGICAL_TYPE, 0) &&
	       (znp->options.stack == SIM_ZSTACK_12 || nv_byte(znp->nv, NV_ON_A_NETWORK, 0));
}

static void say_commissioned(struct sim_znp *znp, uint8_t status, uint8_t mode, uint8_t remaining)
{
	struct mt_frame f = { .cmd0 = MT_AREQ | MT_APP_CNF,
		.cmd1 = 0x80,
		.size = 3,
		.data = { status, mode, remaining } };

	msec first = status == BDB_FORMATION_FAILED ? 120 : 100; /* the end of it comes last */

	if (znp->options.stack != SIM_ZSTACK_12)
		mt_say_later(znp, &f, sim_network_jitter(znp->network, first, first + 10));
}

/* With what the host configured, as far as it did. */
static void form(struct sim_znp *znp)
{
	struct nv_network net = mt_default_network(znp);
	struct span pan = nv_get(znp->nv, NV_PANID);
	struct span ext = nv_get(znp->nv, NV_EXTENDED_PAN_ID);
	struct wire_in w = wire_in(pan);
	uint16_t wanted = wire_u16(&w);

	if (wanted && wanted < 0xFFFE)
		net.pan_id = wanted;
	w = wire_in(ext);
	if (ext.size == 8)
		net.ext_pan_id = wire_u64(&w);
	znp->formed_alarm = true;
	nv_form(znp->nv, znp->options.stack, &net);
	say_state(znp, STATE_COORDINATOR);
	say_commissioned(znp, BDB_SUCCESS, 2, 0);
}

/* Formation, if it was asked for as well, fails then: there is a network already. */
static void restore(struct sim_znp *znp, uint8_t mode)
{
	znp->restored = true;
	say_state(znp, STATE_COORDINATOR);
	say_commissioned(znp, BDB_RESTORED, 0, mode);
	if (mode & MODE_FORMATION)
		say_commissioned(znp, BDB_FORMATION_FAILED, 2, 0);
}

/* A wipe that is armed, or a NIB that is missing though NV says "on a network", ends in a new
 * network even in mode 0: nothing on the wire can stop it. */
static bool must_form(const struct sim_znp *znp)
{
	struct nv_network net;

	return nv_byte(znp->nv, NV_STARTUP_OPTION, 0) & CLEAR_STATE ||
	       (znp->options.stack != SIM_ZSTACK_12 && nv_byte(znp->nv, NV_ON_A_NETWORK, 0) &&
		       !nv_network_of(znp->nv, &net));
}

void mt_commission(struct sim_znp *znp, uint8_t mode)
{
	if (znp->state == STATE_COORDINATOR) {
		say_commissioned(znp, mode & MODE_FORMATION ? BDB_SUCCESS : BDB_NO_NETWORK, 0, 0);
		return;
	}
	if (must_form(znp)) {
		apply_startup_option(znp);
		form(znp);
	} else if (on_a_network(znp)) {
		restore(znp, mode);
	} else if (mode & MODE_FORMATION) {
		form(znp);
	} else {
		say_commissioned(znp, BDB_NO_NETWORK, 0, 0);
	}
}

uint8_t mt_startup(struct sim_znp *znp)
{
	bool known = znp->state == STATE_COORDINATOR || (on_a_network(znp) && !must_form(znp));

	if (znp->state == STATE_COORDINATOR)
		say_state(znp, STATE_COORDINATOR);
	else
		mt_commission(znp, MODE_FORMATION);
	return znp->options.stack == SIM_ZSTACK_12 && !known;
}

/* --- what a guest on a borrowed stick must never send --- */

static bool forbidden_sys(uint8_t cmd1)
{
	static const uint8_t bad[] = { 0x03, 0x07, 0x09, 0x12, 0x1D, 0x30, 0x31, 0x34 };

	return memchr(bad, cmd1, sizeof bad);
}

static bool forbidden_zdo(const struct mt_frame *f, enum sim_znp_stack stack)
{
	static const uint8_t bad[] = { 0x21, 0x22, 0x23, 0x34, 0x37, 0x54 };

	if (f->cmd1 == 0x40)
		return stack != SIM_ZSTACK_12;
	if (f->cmd1 == 0x36)
		return f->size < 4 || f->data[3];
	return memchr(bad, f->cmd1, sizeof bad);
}

bool mt_is_forbidden(const struct mt_frame *frame, enum sim_znp_stack stack)
{
	switch (frame->cmd0) {
	case MT_SREQ | MT_SYS:
		return forbidden_sys(frame->cmd1);
	case MT_SREQ | MT_ZDO:
		return forbidden_zdo(frame, stack);
	case MT_SREQ | MT_SAPI:
		return frame->cmd1 != 0x04;
	case MT_SREQ | MT_UTIL: /* configuration setters, child table */
		return (frame->cmd1 >= 0x02 && frame->cmd1 <= 0x05) || frame->cmd1 == 0x63 ||
		       frame->cmd1 == 0x64;
	case MT_SREQ | MT_APP_CNF:
		return frame->cmd1 != 0x05 || !frame->size || frame->data[0];
	default:
		return false;
	}
}
