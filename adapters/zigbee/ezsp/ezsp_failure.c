/* What it means for the radio when the line ends. */
#include "adapters/zigbee/ezsp/ezsp_radio_impl.h"
#include "server/base/log.h"

static void nothing_answers(struct ezsp_radio *z, const struct ash_failure *ash)
{
	struct err why;

	switch (ash->seen) {
	case ASH_SEEN_NOTHING:
		err_because(&why, ERR_TIMEOUT, "no_ezsp",
			"nothing answers here: is it the right port and is the baud rate right?");
		break;
	case ASH_SEEN_NOISE:
		err_because(&why, ERR_TIMEOUT, "no_ezsp",
			"what comes from this port makes no sense: is the baud rate right, and the "
			"flow control?");
		break;
	case ASH_SEEN_ASH:
		err_because(&why, ERR_TIMEOUT, "stick_silent",
			"the stick does not come back from its restart (code 0x%02X)",
			(unsigned)ash->code & 0xFF);
		break;
	case ASH_SEEN_BOOTLOADER:
		err_because(&why, ERR_TIMEOUT, "stick_bootloader",
			"the stick sits in its bootloader and does not start its firmware: unplug "
			"it and plug it in again");
		break;
	case ASH_SEEN_FRAMES:
		err_because(&why, ERR_REFUSED, "stick_wrong_firmware",
			"the stick runs Thread (Spinel) or multiprotocol (CPC) firmware, not "
			"Zigbee's EZSP");
		ezsp_phase_refused(z, &why);
		return;
	case ASH_SEEN_UPLOAD:
		err_because(&why, ERR_REFUSED, "stick_bootloader",
			"the stick's bootloader waits for new firmware: let who installs it "
			"finish");
		ezsp_phase_refused(z, &why);
		return;
	}
	ezsp_phase_failed(z, &why);
}

bool ezsp_second_owner(struct ezsp_radio *z, const char *sign)
{
	struct err why;

	if (!stick_record_unasked(&z->record, ezsp_radio_now(z)))
		return false;
	err_because(&why, ERR_CONFLICT, "two_owners",
		"%s: another program uses this stick; stop that program first", sign);
	ezsp_phase_refused(z, &why);
	return true;
}

/* It keeps its network running while it refuses to talk. */
static bool network_survives(const struct ash_failure *ash)
{
	return ash->end == ASH_UNACKED ||
	       (ash->end == ASH_NCP_ERROR && ash->code == ASH_CODE_UNACKED);
}

static void line_ended(struct ezsp_radio *z, const struct ash_failure *ash)
{
	struct err why;

	if (ash->end == ASH_NO_RESET) {
		nothing_answers(z, ash);
		return;
	}
	if (z->phase == EZSP_PHASE_DRAINING && network_survives(ash)) {
		ezsp_phase_failed(z, &(struct err){ 0 });
		return;
	}
	if (ash->end == ASH_UNACKED) {
		err_because(&why, ERR_TIMEOUT, "stick_silent",
			"the stick stopped answering; if this lasts, unplug it and plug it in "
			"again");
		ezsp_phase_failed(z, &why);
		return;
	}
	log_warn("ezsp %s code=0x%02X \"%s\"", ash->end == ASH_NCP_ERROR ? "error" : "reset",
		(unsigned)ash->code & 0xFF,
		ash->code == ASH_CODE_UNACKED ? "the stick missed our acknowledgements"
					      : "the stick restarted");
	if (ash->end == ASH_NCP_RESET && ash->code == ASH_CODE_SOFTWARE &&
		ezsp_second_owner(z, "the stick was restarted, and not by us"))
		return;
	ezsp_phase_recover(z);
}

static void unknown(struct ezsp_radio *z, const char *what, int code)
{
	struct err why;

	err_because(&why, ERR_REFUSED, "stick_unknown",
		"the stick speaks %s %d, which is not one that is known to be safe (EZSP %d to %d)",
		what, code, EZSP_OLDEST, EZSP_NEWEST);
	ezsp_phase_refused(z, &why);
}

void ezsp_failed(void *owner, const struct ezsp_failure *why, msec now)
{
	struct ezsp_radio *z = owner;
	struct err e;

	(void)now;
	if (z->is_closing)
		return;
	switch (why->end) {
	case EZSP_END_ASH:
		line_ended(z, &why->ash);
		break;
	case EZSP_END_VERSION:
		unknown(z, "EZSP version", why->code);
		break;
	case EZSP_END_STACK_TYPE:
		unknown(z, "EZSP with stack type", why->code);
		break;
	case EZSP_END_HANDSHAKE:
		err_because(&e, ERR_TIMEOUT, "stick_silent",
			"the stick did not say which version of EZSP it speaks");
		ezsp_phase_failed(z, &e);
		break;
	case EZSP_END_SILENT:
	case EZSP_END_FORGOT:
		log_warn("ezsp \"%s\"", why->end == EZSP_END_SILENT ? "the stick stopped answering"
								    : "the stick restarted unseen");
		ezsp_phase_recover(z);
		break;
	}
}
