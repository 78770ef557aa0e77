#include "adapters/zigbee/znp/znp_facts.h"

#include "server/base/wire.h"

#include <stdio.h>

/* STARTUP_OPTION: clear config, clear network state, clear frame counters at the next start. */
enum { STARTUP_CLEARS = 0x83 };

static bool is_coordinator(const struct znp_facts *f)
{
	return f->logical_type <= 0 && (!znp_nib_has_network(&f->nib) || f->nib.address == 0);
}

static bool is_blank(const struct znp_facts *f)
{
	return f->nib_size == 0 || !znp_nib_has_network(&f->nib) ||
	       (f->stack != ZNP_STACK_12 && f->on_a_network != 1);
}

enum err_code znp_facts_check(const struct znp_facts *f, struct err *e)
{
	if (!is_coordinator(f))
		return err_because(e, ERR_REFUSED, "stick_not_coordinator",
			"this stick is set up as a router or end device, not as a coordinator");
	if (f->nib_size && f->nib_size != ZNP_NIB_UNALIGNED && f->nib_size != ZNP_NIB_ALIGNED)
		return err_because(e, ERR_REFUSED, "stick_unknown",
			"this firmware keeps its network in a form that is not known (%u bytes)",
			f->nib_size);
	if (is_blank(f))
		return err_because(e, ERR_REFUSED, "stick_blank",
			"this stick holds no network; starting it would make a new one, which "
			"Lockwright never does");
	if (f->startup_option != ZNP_ABSENT && f->startup_option & STARTUP_CLEARS)
		return err_because(e, ERR_REFUSED, "stick_wipe_armed",
			"this stick is set to erase its network at the next start (option 0x%02X): "
			"let its owner finish or undo that first",
			(unsigned)f->startup_option);
	return OK;
}

void znp_facts_network(const struct znp_facts *f, struct radio_network *out)
{
	*out = (struct radio_network){ .channel = f->nib.channel,
		.pan_id = f->nib.pan_id,
		.ext_pan_id = f->nib.ext_pan_id,
		.coordinator = f->ieee };
}

static const char *stack_name(enum znp_stack stack)
{
	switch (stack) {
	case ZNP_STACK_UNKNOWN:
		return "unknown";
	case ZNP_STACK_12:
		return "1.2";
	case ZNP_STACK_30X:
		return "3.0.x";
	case ZNP_STACK_3X0:
		return "3.x.0";
	}
	return "unknown";
}

void znp_facts_firmware(const struct znp_facts *f, char *out, size_t max)
{
	if (f->revision)
		(void)snprintf(out, max, "Z-Stack %s %u", stack_name(f->stack), f->revision);
	else
		(void)snprintf(out, max, "Z-Stack %s %u.%u.%u", stack_name(f->stack), f->major,
			f->minor, f->maintenance);
}

bool znp_facts_version(struct znp_facts *f, struct span data)
{
	struct wire_in in = wire_in(data);

	wire_u8(&in); /* transport revision */
	f->product = wire_u8(&in);
	f->major = wire_u8(&in);
	f->minor = wire_u8(&in);
	f->maintenance = wire_u8(&in);
	f->revision = in.left >= 4 ? wire_u32(&in) : 0;
	return !in.bad;
}

bool znp_facts_device(struct znp_facts *f, struct span data)
{
	struct wire_in in = wire_in(data);
	uint8_t status = wire_u8(&in);

	f->ieee = wire_u64(&in);
	f->address = wire_u16(&in);
	wire_u8(&in); /* what it could be, not what it is */
	f->state = wire_u8(&in);
	return !in.bad && status == 0;
}

bool znp_facts_running(const struct znp_facts *f, struct span data)
{
	struct wire_in in = wire_in(data);
	uint16_t address = wire_u16(&in);
	uint8_t state = wire_u8(&in);
	uint16_t pan_id = wire_u16(&in);

	wire_u16(&in); /* parent */

	uint64_t ext_pan_id = wire_u64(&in);

	wire_u64(&in); /* parent's EUI-64 */

	uint8_t channel = wire_u8(&in);

	return !in.bad && address == 0 && state == ZNP_STATE_COORDINATOR &&
	       pan_id == f->nib.pan_id && ext_pan_id == f->nib.ext_pan_id &&
	       channel == f->nib.channel;
}

int *znp_facts_item(struct znp_facts *facts, uint16_t id)
{
	switch (id) {
	case ZNP_NV_STARTUP_OPTION:
		return &facts->startup_option;
	case ZNP_NV_LOGICAL_TYPE:
		return &facts->logical_type;
	case ZNP_NV_ON_A_NETWORK:
		return &facts->on_a_network;
	case ZNP_NV_DIRECT_CB:
		return &facts->direct_cb;
	default:
		return NULL;
	}
}
