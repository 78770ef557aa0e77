/* Any frame that parses can be written and reads back the same; records never overrun. */
#include "adapters/zigbee/zcl.h"
#include "adapters/zigbee/zdo.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct zcl_frame *f)
{
	uint8_t head[8];
	struct wire_out w = wire_out(head, sizeof head);
	struct zcl_frame again;

	zcl_put_header(&w, f);
	assert(!w.bad && zcl_parse(&again, wire_span(&w)));
	assert(again.cluster_specific == f->cluster_specific && again.command == f->command &&
		again.tsn == f->tsn && again.manufacturer == f->manufacturer &&
		again.from_server == f->from_server &&
		again.no_default_response == f->no_default_response);
}

static void records(struct span payload, bool (*next)(struct wire_in *, struct zcl_attribute *))
{
	struct wire_in w = wire_in(payload);
	struct zcl_attribute a;
	size_t left = w.left;

	while (next(&w, &a)) {
		char text[8];

		assert(w.left < left); /* each record takes something */
		left = w.left;
		zcl_text(text, sizeof text, &a.value);
		assert(strlen(text) < sizeof text);
	}
}

static void zdo(struct span payload)
{
	struct zdo_address address;
	struct zdo_node node;
	struct zdo_endpoints endpoints;
	struct zdo_simple simple;
	struct zdo_neighbours list;
	struct zdo_neighbour n;
	unsigned count = 0;

	zdo_parse_address(&address, payload);
	zdo_parse_node(&node, payload);
	if (zdo_parse_endpoints(&endpoints, payload))
		assert(endpoints.endpoints.size <= payload.size);
	if (zdo_parse_simple(&simple, payload))
		assert(simple.in.size + simple.out.size <= payload.size);
	if (!zdo_parse_neighbours(&list, payload))
		return;
	while (zdo_next_neighbour(&list, &n))
		count++;
	assert(count * 22U <= payload.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zcl_frame f;

	zdo((struct span){ data, size });
	if (!zcl_parse(&f, (struct span){ data, size }))
		return 0;
	round_trip(&f);
	records(f.payload, zcl_next_read);
	records(f.payload, zcl_next_report);
	return 0;
}
