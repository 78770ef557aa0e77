#include "adapters/zigbee/ezsp/ezsp_command.h"
#include "adapters/zigbee/ezsp/ezsp_gate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool what)
{
	if (!what)
		abort();
}

static bool inside(struct span part, struct span whole)
{
	return part.size == 0 ||
	       (part.data >= whole.data && part.data + part.size <= whole.data + whole.size);
}

/* One byte more at the end changes nothing, one less at most makes it too short; counters are a
 * list that goes to the end. */
static void check_reading(enum ezsp_command command, uint8_t version, struct span params)
{
	struct ezsp_values v, less;

	if (!params.size || command == EZSP_READ_COUNTERS || command == EZSP_LOOKUP_NODE)
		return;
	if (!ezsp_command_read(command, version, params, &v))
		return;
	must(inside(v.data, params) && inside(v.more, params));
	params.size--;
	if (!ezsp_command_read(command, version, params, &less) || !ezsp_status_ok(less.status))
		return;
	must(memcmp(v.u, less.u, sizeof v.u) == 0);
	must(v.data.size == less.data.size && v.status.code == less.status.code);
}

/* What passes the gate reads back, and no message is a cluster command to a door lock (0x0101),
 * looked at with offsets of its own (ezsp.md 3.4). */
static void check_gate(uint8_t version, const struct ezsp_frame *f)
{
	struct ezsp_gate gate = { .version = version };
	uint8_t out[EZSP_FRAME_MAX];
	size_t size = ezsp_gate_write(&gate, f, out);
	struct ezsp_frame back;
	const uint8_t *p = f->params.data;
	size_t zcl = version < 14 ? 16 : 17;

	must(gate.denied == !size);
	if (!size)
		return;
	must(ezsp_frame_read(version, (struct span){ out, size }, &back));
	must(back.id == f->id && back.sequence == f->sequence);
	must(back.params.size == f->params.size);
	must(version == 0 || ezsp_command_known(ezsp_command_of(f->id, version), version));
	if (f->id == 0x0034 && p[3] == 0x04 && p[5] == 0x01 && p[6] == 0x01)
		must((p[zcl] & 3) == 0);
	if (f->id == 0x0034)
		must(p[0] == 0 && p[2] < 0xFF + (p[1] < 0xF8));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ezsp_frame f;

	if (size < 2)
		return 0;

	uint8_t version = data[0] % (EZSP_NEWEST + 1);
	enum ezsp_command command = (enum ezsp_command)(data[1] % EZSP_COMMANDS);
	struct span rest = { data + 2, size - 2 };

	if (ezsp_command_known(command, version))
		check_reading(command, version, rest);
	if (ezsp_frame_read(version, rest, &f)) {
		check_reading(ezsp_command_of(f.id, version), version, f.params);
		f.control = 0;
		check_gate(version, &f);
	}
	return 0;
}
