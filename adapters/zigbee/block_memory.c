#include "adapters/zigbee/block_memory.h"

#include "adapters/zigbee/zigbee_private.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <inttypes.h>
#include <stdio.h>

static void size_key(char *out, size_t max, const struct device *d)
{
	(void)snprintf(out, max, "block/0x%016" PRIx64 "/%04x", d->ieee, d->transfer.size_parent);
}

void block_memory_load(struct zigbee *z, struct device *d, uint16_t last_hop)
{
	struct transfer *t = &d->transfer;
	uint16_t parent = last_hop != RADIO_NO_ADDRESS ? last_hop : d->facts.parent;
	char key[48];
	const char *value;
	uint64_t cap;

	if (t->size_loaded && t->size_parent == parent)
		return;
	t->size_loaded = true;
	t->size_parent = parent;
	t->ota.size.cap = 0;
	t->ota.size.good = 0;
	size_key(key, sizeof key, d);
	value = z->store ? z->store->get(z->store, key) : NULL;
	if (value && text_uint(&cap, value, BLOCK_SIZE_MAX))
		t->ota.size.cap = (uint8_t)cap;
}

void block_memory_save(struct zigbee *z, struct device *d)
{
	uint8_t cap = d->transfer.ota.size.cap;
	char key[48], value[8];

	log_info("lock=0x%016" PRIx64 " blocks of at most %u bytes from now on", d->ieee, cap);
	if (!z->store)
		return;
	size_key(key, sizeof key, d);
	(void)snprintf(value, sizeof value, "%u", cap);
	z->store->put(z->store, key, cap == BLOCK_SIZE_MAX ? NULL : value);
}
