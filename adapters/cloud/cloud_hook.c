/* Messages of the vendor to us: proven, then taken as a hint to look. */
#include "adapters/cloud/cloud_crypto.h"
#include "adapters/cloud/cloud_private.h"
#include "server/base/text.h"

#include <string.h>

enum { HOOK_BODY_MAX = 65536, HOOK_WINDOW_S = 300 };

static void hmac_hex(char out[2 * CRYPTO_SHA256_SIZE + 1], const char *key, struct span text)
{
	uint8_t mac[CRYPTO_SHA256_SIZE];

	crypto_hmac_sha256(mac, (struct span){ (const uint8_t *)key, strlen(key) }, text);
	text_hex(out, (struct span){ mac, sizeof mac });
}

static bool proves_body(const char *told, const char *key, struct span body)
{
	char want[2 * CRYPTO_SHA256_SIZE + 1];

	hmac_hex(want, key, body);
	return crypto_equal(told, want);
}

static bool proves_time(
	const struct cloud *c, const struct vendor_hook *hook, const char *told, const char *key)
{
	const char *time = hook->header(hook->arg, c->profile->hook.timestamp_header);
	int64_t now = (loop_wall(c->loop) + c->account.clock_offset) / 1000, age;
	struct text_buffer b = text_buffer(HOOK_BODY_MAX + 64);
	uint64_t seconds;
	bool good;

	if (!time || !text_uint(&seconds, time, UINT32_MAX))
		return false;
	age = now - (int64_t)seconds;
	if (age > HOOK_WINDOW_S || age < -HOOK_WINDOW_S)
		return false;
	text_add(&b, time);
	text_add(&b, ".");
	text_add_n(&b, (const char *)hook->body.data, hook->body.size);
	good = !b.bad && proves_body(told, key, text_span(&b));
	text_buffer_done(&b);
	return good;
}

static bool is_proven(const struct cloud *c, const struct vendor_hook *hook)
{
	const struct profile_hook *h = &c->profile->hook;
	const char *key = h->secret ? secrets_get(&c->secrets, h->secret) : NULL;
	const char *told = h->header ? hook->header(hook->arg, h->header) : NULL;

	if (!key || !*key || !told || hook->body.size > HOOK_BODY_MAX)
		return false;
	switch (h->scheme) {
	case HOOK_HMAC_HEX:
		return proves_body(told, key, hook->body);
	case HOOK_HMAC_TIMESTAMP:
		return proves_time(c, hook, told, key);
	case HOOK_BEARER:
		return !strncasecmp(told, "Bearer ", 7) && crypto_equal(told + 7, key);
	case HOOK_NONE:
		break;
	}
	return false;
}

static void find_lock(struct cloud *c, const json_t *body)
{
	const json_t *pointers = c->profile->hook.device;
	char id[ADDRESS_SIZE];

	for (size_t i = 0; i < json_array_size(pointers); i++) {
		const char *pointer = json_string_value(json_array_get(pointers, i));

		if (scalar_text(id, sizeof id, pointer_get(body, pointer))) {
			poll_hooked(c, id);
			return;
		}
	}
}

bool cloud_hook(struct adapter *a, const struct vendor_hook *hook)
{
	static const struct json_bounds bounds = { HOOK_BODY_MAX, 16, 4000 };
	struct cloud *c = (struct cloud *)a;
	json_t *body;

	if (!is_proven(c, hook))
		return false;
	body = cloud_json_parse(hook->body, &bounds, false, NULL);
	if (body)
		find_lock(c, body);
	json_decref(body);
	return true;
}
