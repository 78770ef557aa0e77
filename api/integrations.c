#include "api/integrations.h"

#include "api/reply.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

/* A corner of the store beside those of the adapters; no adapter's id begins with a dot. */
static const char corner[] = ".integrations";

bool integrations_is_id(const char *id)
{
	size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

	return n && n <= INTEGRATION_ID_MAX && !id[n];
}

static void save(const struct integrations *all)
{
	json_t *list = json_array();
	char *text;

	for (size_t i = 0; i < all->n; i++)
		json_array_append_new(list,
			json_pack("{s:s,s:s,s:I}", "id", all->at[i].id, "principal",
				all->at[i].principal, "seen_at", (json_int_t)all->at[i].seen_at));
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	if (text)
		all->values->put(all->values, "list", text);
	free(text);
}

enum err_code integrations_load(struct integrations *all, struct store *store, struct err *e)
{
	enum err_code code = store_adapter_store(store, corner, &all->values, e);
	const char *text = code ? NULL : all->values->get(all->values, "list");
	json_t *list = text ? json_loads(text, 0, NULL) : NULL, *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		struct integration *one = &all->at[all->n];
		const char *id = NULL, *principal = NULL;
		json_int_t seen_at = 0;

		if (all->n == INTEGRATIONS_MAX ||
			json_unpack(item, "{s:s,s:s,s:I}", "id", &id, "principal", &principal,
				"seen_at", &seen_at) ||
			!integrations_is_id(id))
			continue;
		(void)text_copy(one->id, sizeof one->id, id);
		(void)text_copy(one->principal, sizeof one->principal, principal);
		one->seen_at = seen_at;
		all->n++;
	}
	json_decref(list);
	return code;
}

static struct integration *find(struct integrations *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->at[i].id, id))
			return &all->at[i];
	return NULL;
}

static bool is_stale(const struct integration *one, int64_t wall)
{
	return wall - one->seen_at > INTEGRATION_STALE_S * INT64_C(1000);
}

static void drop(struct integrations *all, struct integration *one)
{
	log_info("integration=%s token=%s does not show the locks any more", one->id,
		one->principal);
	*one = all->at[--all->n];
}

/* Those that did not say goodbye make room. */
static void drop_stale(struct integrations *all, int64_t wall)
{
	for (size_t i = all->n; i-- > 0;)
		if (is_stale(&all->at[i], wall))
			drop(all, &all->at[i]);
}

const struct integration *integrations_put(struct integrations *all, const struct integration *one)
{
	struct integration *there;

	drop_stale(all, one->seen_at);
	there = find(all, one->id);
	if (!there && all->n == INTEGRATIONS_MAX)
		return NULL;
	if (!there) {
		there = &all->at[all->n++];
		log_info("integration=%s token=%s shows the locks: over MQTT they are not shown",
			one->id, one->principal);
	}
	*there = *one;
	save(all);
	return there;
}

bool integrations_remove(struct integrations *all, const char *id)
{
	struct integration *there = find(all, id);

	if (!there)
		return false;
	drop(all, there);
	save(all);
	return true;
}

void integrations_forget_token(struct integrations *all, const char *principal)
{
	size_t before = all->n;

	for (size_t i = all->n; i-- > 0;)
		if (!strcmp(all->at[i].principal, principal))
			drop(all, &all->at[i]);
	if (all->n != before)
		save(all);
}

bool integrations_show(const struct integrations *all, int64_t wall)
{
	for (size_t i = 0; i < all->n; i++)
		if (!is_stale(&all->at[i], wall))
			return true;
	return false;
}
