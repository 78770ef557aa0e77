#include "adapters/zigbee/ezsp/ezsp_peers.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct ezsp_peers p;

Test(ezsp_peers, a_device_lives_at_one_address)
{
	ezsp_peers_named(&p, 0x1000, 77)->is_awake = true;
	ezsp_peers_named(&p, 0x2000, 77);
	cr_assert(ezsp_peers_find(&p, 0x1000) == NULL);
	cr_assert(eq(u64, ezsp_peers_find(&p, 0x2000)->ieee, 77));
}

Test(ezsp_peers, what_was_known_of_a_former_inhabitant_is_forgotten)
{
	struct ezsp_peer *e = ezsp_peers_named(&p, 0x1000, 77);

	e->is_child = e->is_awake = true;
	e->patience = EZSP_PATIENCE_ASKED;
	e = ezsp_peers_named(&p, 0x1000, 78);
	cr_assert(eq(u64, e->ieee, 78));
	cr_assert(eq(int, e->is_child || e->is_awake, 0));
	cr_assert(eq(int, e->patience, EZSP_PATIENCE_UNKNOWN));
	cr_assert(eq(u64, ezsp_peers_named(&p, 0x1000, 0)->ieee, 78), "no name is no other name");
}

Test(ezsp_peers, broadcasts_are_nobody)
{
	cr_assert(ezsp_peers_meet(&p, 0xFFFD) == NULL);
	cr_assert(ezsp_peers_named(&p, 0xFFFC, 5) == NULL);
	cr_assert(ezsp_peers_find(&p, 0xFFFD) == NULL);
}

Test(ezsp_peers, who_was_not_met_for_longest_makes_place_and_children_stay)
{
	for (uint16_t i = 0; i < EZSP_PEERS_MAX; i++)
		ezsp_peers_named(&p, (uint16_t)(0x1000 + i), 100u + i)->is_child = i < 8;
	ezsp_peers_meet(&p, 0x1008);
	ezsp_peers_meet(&p, 0x3000);
	cr_assert(ezsp_peers_find(&p, 0x1000) != NULL, "a child");
	cr_assert(ezsp_peers_find(&p, 0x1008) != NULL, "met just before");
	cr_assert(ezsp_peers_find(&p, 0x1009) == NULL);
	cr_assert(ezsp_peers_find(&p, 0x3000) != NULL);
}

Test(ezsp_peers, the_way_costs_what_its_relays_cost)
{
	struct ezsp_peer *e = ezsp_peers_named(&p, 0x1000, 77);

	cr_assert(eq(u8, ezsp_peers_overhead(&p, 0x1000), 0), "no way known");
	cr_assert(eq(u16, ezsp_peers_last_hop(&p, 0x1000), RADIO_NO_ADDRESS));
	e->relays = 3;
	e->last_hop = 0x2222;
	cr_assert(eq(u8, ezsp_peers_overhead(&p, 0x1000), 8));
	cr_assert(eq(u16, ezsp_peers_last_hop(&p, 0x1000), 0x2222));
	e->is_child = true;
	cr_assert(eq(u8, ezsp_peers_overhead(&p, 0x1000), 0));
	cr_assert(eq(u16, ezsp_peers_last_hop(&p, 0x1000), 0x1000));
}

Test(ezsp_peers, patience_is_wanted_once_and_for_sleepers_behind_routers_only)
{
	ezsp_peers_meet(&p, 0x1000);
	ezsp_peers_named(&p, 0x2000, 2)->is_child = true;
	ezsp_peers_named(&p, 0x3000, 3)->is_awake = true;
	ezsp_peers_named(&p, 0x4000, 4);
	for (uint16_t a = 0x1000; a <= 0x5000; a = (uint16_t)(a + 0x1000))
		ezsp_peers_wait_for(&p, a);
	cr_assert(eq(u16, ezsp_peers_impatient(&p)->address, 0x4000));
	ezsp_peers_impatient(&p)->patience = EZSP_PATIENCE_ASKED;
	ezsp_peers_wait_for(&p, 0x4000);
	cr_assert(ezsp_peers_impatient(&p) == NULL);
}
