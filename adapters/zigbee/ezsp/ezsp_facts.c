#include "adapters/zigbee/ezsp/ezsp_facts.h"

#include "server/base/check.h"

#include <stdio.h>

/* Releases major.minor.first..last (ezsp.md §9.1). */
struct known_bad {
	uint8_t major, minor, first, last;
	const char *text;
};

static const struct known_bad known_bad[] = {
	{ 8, 0, 0, 0,
		"EmberZNet 8.0.0 loses answers under load and reports a wrong link quality: "
		"updates may stall. Install 8.0.2 or newer on the stick." },
	{ 8, 0, 1, 1,
		"EmberZNet 8.0.1 reports a wrong link quality. Install 8.0.2 or newer on the "
		"stick." },
	{ 8, 1, 0, 2,
		"EmberZNet 8.1.0 to 8.1.2 lose bytes with software flow control (xonxoff): use "
		"firmware with hardware flow control (rtscts), or install 8.1.3 or newer." },
};

void ezsp_facts_hello(struct ezsp_facts *f, const struct ezsp_hello *hello)
{
	uint16_t v = hello->stack_version;

	*f = (struct ezsp_facts){ .hello = *hello };
	f->stack.major = (uint8_t)(v >> 12);
	f->stack.minor = v >> 8 & 0x0F;
	f->stack.patch = v >> 4 & 0x0F;
	f->stack.special = v & 0x0F;
}

void ezsp_facts_version(struct ezsp_facts *f, struct span value)
{
	struct wire_in in = wire_in(value);
	uint16_t build = wire_u16(&in);
	uint8_t major = wire_u8(&in), minor = wire_u8(&in), patch = wire_u8(&in),
		special = wire_u8(&in);

	if (in.bad)
		return;
	f->stack.build = build;
	f->stack.major = major;
	f->stack.minor = minor;
	f->stack.patch = patch;
	f->stack.special = special;
}

void ezsp_facts_network(struct ezsp_facts *f, const struct ezsp_values *v)
{
	f->node_type = (uint8_t)v->u[EZ_NODE_TYPE];
	f->network.channel = (uint8_t)v->u[EZ_CHANNEL];
	f->network.pan_id = (uint16_t)v->u[EZ_PAN];
	f->network.ext_pan_id = v->u[EZ_EXT_PAN];
}

void ezsp_facts_firmware(const struct ezsp_facts *f, char *out, size_t max)
{
	(void)snprintf(out, max, "EmberZNet %u.%u.%u.%u build %u, EZSP %u", f->stack.major,
		f->stack.minor, f->stack.patch, f->stack.special, f->stack.build, f->hello.version);
}

const char *ezsp_facts_warning(const struct ezsp_facts *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_bad); i++) {
		const struct known_bad *b = &known_bad[i];

		if (f->stack.major == b->major && f->stack.minor == b->minor &&
			f->stack.patch >= b->first && f->stack.patch <= b->last)
			return b->text;
	}
	return NULL;
}

bool ezsp_facts_lqi_is_garbage(const struct ezsp_facts *f)
{
	return f->stack.major == 8 && f->stack.minor == 0 && f->stack.patch <= 1;
}
