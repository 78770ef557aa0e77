#include "adapters/zigbee/network_pin.h"

#include "server/base/log.h"
#include "server/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char key[] = "network";

/* The pin is this text; two networks are the same when their texts are. */
static void write_text(char out[NETWORK_PIN_SIZE], const struct radio_network *n)
{
	(void)snprintf(out, NETWORK_PIN_SIZE,
		"channel=%u pan=0x%04X ext=0x%016" PRIX64 " coordinator=0x%016" PRIX64, n->channel,
		n->pan_id, n->ext_pan_id, n->coordinator);
}

void network_pin_expect(struct network_expect *out, const struct radio_options *options)
{
	const char *text = options->store ? options->store->get(options->store, key) : NULL;

	*out = (struct network_expect){ .has_pan_id = options->has_pan_id,
		.has_channel = options->has_channel,
		.pan_id = options->pan_id,
		.channel = options->channel,
		.ext_pan_id = options->ext_pan_id,
		.coordinator = options->coordinator,
		.adopt = options->adopt };
	text_copy(out->pin, sizeof out->pin, text ? text : "");
}

void network_pin_adopt(const struct network_expect *expect, struct adapter_store *store,
	const struct radio_network *network)
{
	char text[NETWORK_PIN_SIZE];

	write_text(text, network);
	if (!expect->pin[0] && store)
		store->put(store, key, text);
	if (expect->has_channel && expect->channel != network->channel)
		log_warn("channel=%u configured=%u \"the owner moved its network; correct the "
			 "configuration\"",
			network->channel, expect->channel);
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

enum err_code network_check(
	const struct network_expect *expect, const struct radio_network *found, struct err *e)
{
	bool named = expect->has_pan_id || expect->ext_pan_id || expect->coordinator;
	char text[NETWORK_PIN_SIZE];

	write_text(text, found);
	if (!config_fits(expect, found))
		return err_because(e, ERR_REFUSED, "foreign_network",
			"the stick holds %s, not the network that the configuration names", text);
	if (expect->pin[0] && strcmp(expect->pin, text) != 0)
		return err_because(e, ERR_REFUSED, "foreign_network",
			"the stick holds %s, not the network adopted before", text);
	if (!expect->pin[0] && !named && !expect->adopt)
		return err_because(e, ERR_REFUSED, "adoption_unconfirmed",
			"the stick holds %s: confirm that this is yours", text);
	return OK;
}
