#include "adapters/zigbee/network_pin.h"

#include <inttypes.h>
#include <stdio.h>

static const char key[] = "network";

#define PIN_FORMAT "channel=%u pan=0x%04X ext=0x%016" PRIX64 " coordinator=0x%016" PRIX64

enum { PIN_TEXT = 96 };

static void write_text(char out[PIN_TEXT], const struct radio_network *n)
{
	snprintf(out, PIN_TEXT, PIN_FORMAT, n->channel, n->pan_id, n->ext_pan_id, n->coordinator);
}

void network_pin_load(struct network_expect *expect, struct adapter_store *store)
{
	const char *text = store ? store->get(store, key) : NULL;
	struct radio_network *p = &expect->pin;
	unsigned channel, pan;

	expect->pinned =
		text && sscanf(text, "channel=%u pan=0x%X ext=0x%" SCNx64 " coordinator=0x%" SCNx64,
				&channel, &pan, &p->ext_pan_id, &p->coordinator) == 4;
	if (!expect->pinned)
		return;
	p->channel = (uint8_t)channel;
	p->pan_id = (uint16_t)pan;
}

void network_pin_save(struct adapter_store *store, const struct radio_network *network)
{
	char text[PIN_TEXT];

	write_text(text, network);
	if (store)
		store->put(store, key, text);
}

static uint64_t reversed(uint64_t v)
{
	return __builtin_bswap64(v);
}

/* Old owners wrote the extended PAN id the other way round, so both orders are taken. */
static bool config_fits(const struct network_expect *x, const struct radio_network *n)
{
	return (!x->has_pan_id || x->pan_id == n->pan_id) &&
	       (!x->ext_pan_id || x->ext_pan_id == n->ext_pan_id ||
		       reversed(x->ext_pan_id) == n->ext_pan_id) &&
	       (!x->coordinator || x->coordinator == n->coordinator);
}

static bool pin_fits(const struct radio_network *pin, const struct radio_network *n)
{
	return pin->channel == n->channel && pin->pan_id == n->pan_id &&
	       pin->ext_pan_id == n->ext_pan_id && pin->coordinator == n->coordinator;
}

enum err_code network_check(
	const struct network_expect *expect, const struct radio_network *found, struct err *e)
{
	bool named = expect->has_pan_id || expect->ext_pan_id || expect->coordinator;
	char text[PIN_TEXT];

	write_text(text, found);
	if (!config_fits(expect, found))
		return err_because(e, ERR_REFUSED, "foreign_network",
			"the stick holds %s, not the network that the configuration names", text);
	if (expect->pinned && !pin_fits(&expect->pin, found))
		return err_because(e, ERR_REFUSED, "foreign_network",
			"the stick holds %s, not the network adopted before", text);
	if (!expect->pinned && !named && !expect->adopt)
		return err_because(e, ERR_REFUSED, "adoption_unconfirmed",
			"the stick holds %s: confirm that this is yours", text);
	return OK;
}
