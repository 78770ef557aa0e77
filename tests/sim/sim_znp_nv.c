#include "tests/sim/sim_znp_nv.h"

#include "server/base/alloc.h"

#include <stdlib.h>
#include <string.h>

struct item {
	struct item *next;
	uint64_t key;
	size_t size;
	uint8_t *data;
};

struct nv {
	struct item *items;
};

struct nv *nv_new(void)
{
	return xcalloc(1, sizeof(struct nv));
}

static struct item **find(const struct nv *nv, uint64_t key)
{
	struct item **at = (struct item **)(uintptr_t)&nv->items;

	while (*at && (*at)->key != key)
		at = &(*at)->next;
	return at;
}

void nv_remove(struct nv *nv, uint64_t key)
{
	struct item **at = find(nv, key);
	struct item *item = *at;

	if (!item)
		return;
	*at = item->next;
	free(item->data);
	free(item);
}

void nv_free(struct nv *nv)
{
	if (!nv)
		return;
	while (nv->items)
		nv_remove(nv, nv->items->key);
	free(nv);
}

uint64_t nv_table(uint8_t system, uint16_t item, uint16_t sub)
{
	return UINT64_C(1) << 48 | (uint64_t)system << 32 | (uint64_t)item << 16 | sub;
}

struct span nv_get(const struct nv *nv, uint64_t key)
{
	const struct item *item = *find(nv, key);

	return item ? (struct span){ item->data, item->size } : (struct span){ NULL, 0 };
}

uint8_t nv_byte(const struct nv *nv, uint64_t key, uint8_t otherwise)
{
	struct span s = nv_get(nv, key);

	return s.size ? s.data[0] : otherwise;
}

void nv_put(struct nv *nv, uint64_t key, const void *data, size_t size)
{
	struct item *item = xcalloc(1, sizeof *item);

	nv_remove(nv, key);
	item->key = key;
	item->size = size;
	item->data = xcalloc(1, size + 1);
	if (data)
		memcpy(item->data, data, size);
	item->next = nv->items;
	nv->items = item;
}

bool nv_write(struct nv *nv, uint64_t key, size_t at, struct span data)
{
	struct item *item = *find(nv, key);

	if (!item || at > item->size || data.size > item->size - at)
		return false;
	if (data.size)
		memcpy(item->data + at, data.data, data.size);
	return true;
}

static uint64_t hash(uint64_t h, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	while (size-- > 0)
		h = (h ^ *bytes++) * 1099511628211u;
	return h;
}

/* The order of the items does not matter. */
uint64_t nv_digest(const struct nv *nv)
{
	uint64_t sum = 0;

	for (const struct item *i = nv->items; i; i = i->next) {
		uint64_t h = hash(14695981039346656037u, &i->key, sizeof i->key);

		sum += hash(h, i->data, i->size);
	}
	return sum;
}
