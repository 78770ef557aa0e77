#include "tests/adapters/ezsp_rig.h"

#include "adapters/zigbee/ezsp/ezsp_radio.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

void rig_build(struct rig *r, uint8_t version)
{
	memset(r, 0, sizeof *r);
	r->b.loop = loop_new();
	r->b.make = ezsp_radio_new;
	ncp_init(&r->ncp, r->b.loop, version);
	r->options = (struct radio_options){ .stream = ncp_factory(&r->ncp), .adopt = true };
}

void rig_go(struct rig *r)
{
	bench_start(&r->b, &r->options);
}

void rig_up(struct rig *r, uint8_t version)
{
	rig_build(r, version);
	rig_go(r);
	cr_assert(bench_reach(&r->b, RADIO_UP, RIG_START), "EZSP %u: %s", version, r->b.why.text);
}

void rig_finish(struct rig *r)
{
	bench_close(&r->b);
	ncp_free(&r->ncp);
	loop_free(r->b.loop);
}

void rig_say(struct rig *r, uint16_t to, uint32_t tag, bool ack, const char *zcl_hex)
{
	uint8_t raw[RADIO_PAYLOAD_MAX];
	size_t size = 0;

	text_unhex(raw, sizeof raw, &size, zcl_hex);
	r->b.radio->ops->send(r->b.radio, &(struct radio_send){ .destination = to,
						  .endpoint = 1,
						  .source_endpoint = 1,
						  .profile = 0x0104,
						  .cluster = 0x0019,
						  .urgent = true,
						  .ack = ack,
						  .tag = tag,
						  .payload = { raw, size } });
}
