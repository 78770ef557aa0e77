#include "tests/adapters/znp_house.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

void house_build(struct house *h, const struct sim_znp_options *znp)
{
	memset(h, 0, sizeof *h);
	h->b.loop = loop_new();
	h->network = sim_network_new(h->b.loop, &(struct sim_network_options){ .channel = 15,
							.pan_id = 0x4402,
							.ext_pan_id = 0xA2BA38A8B5E683A0,
							.coordinator = 0x00124B001E17EFA8,
							.seed = 1 });
	h->lock = sim_lock_new(h->network, &(struct sim_lock_options){ .ieee = 0x0102030405060708,
						   .address = 0x3A5C,
						   .manufacturer_code = 0x1234,
						   .image_type = 1,
						   .version = 0x01000000,
						   .hardware_version = 0xFFFF,
						   .model = "Lock",
						   .manufacturer = "Maker",
						   .sleepy = true,
						   .battery_half_percent = 200,
						   .battery_decivolt = 60 });
	h->znp = sim_znp_new(h->network, znp);
	sim_znp_stats(h->znp, &h->before);
	h->options = (struct radio_options){ .stream = sim_znp_factory(h->znp), .adopt = true };
}

void house_go(struct house *h)
{
	bench_start(&h->b, &h->options);
}

static void unharmed(const struct house *h)
{
	struct sim_stick_stats s;

	sim_znp_stats(h->znp, &s);
	cr_assert(eq(u32, s.forbidden, 0), "forbidden: %s", s.last_forbidden);
	cr_assert(not(s.formed_alarm));
	cr_assert(eq(u64, s.nv_digest, h->before.nv_digest));
	cr_assert(eq(u32, s.lock_commands, 0));
}

void house_finish(struct house *h)
{
	unharmed(h);
	bench_close(&h->b);
	sim_znp_free(h->znp);
	sim_network_free(h->network);
	loop_free(h->b.loop);
}

uint32_t house_endpoints(const struct house *h)
{
	struct sim_stick_stats s;

	sim_znp_stats(h->znp, &s);
	return s.endpoints;
}
