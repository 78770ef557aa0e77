#include "ota/overlay.h"

#include "server/base/text.h"

#include <stdio.h>
#include <string.h>

/* Reviewed: both are for the Zigbee 3.0 generation only (their headers say "Danalock V3 BTZBE XM").
 * The public index lacks the model of the newer one, and the older generation, V3-BTZB, shares the
 * ids and must not get it. */
static const struct {
	const char *sha512;
	const char *model;
} rows[] = {
	{ "44e421aecf5b0c5793a1ba836257f8601408e1dcc2832846b0093e7c2f2a4c10"
	  "0632b8a71ef346b9c611be1d15602bcc3b693002994830b8e857da6e931f6722",
		"V3-BTZBE" },
	{ "9e45e56b0aef871e1280c678729fdce0a57628d40e569fbc3c26bca5acc2a5c4"
	  "088a90cbd59c9b6ea378d5c450310e04766b133333b23e7b4520e5c80282e334",
		"V3-BTZBE" },
};

const char *overlay_model(const char *sha512)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].sha512, sha512) == 0)
			return rows[i].model;
	return "";
}

/* A number up to the separator. */
static bool part(uint64_t *out, const char **at, char separator, uint64_t max)
{
	char copy[24];
	size_t n = strcspn(*at, "/");

	if (n >= sizeof copy || (*at)[n] != separator)
		return false;
	memcpy(copy, *at, n);
	copy[n] = '\0';
	*at += n + (separator ? 1 : 0);
	return text_uint(out, copy, max);
}

static bool read_version(struct deny *out, const char *text)
{
	uint64_t maker, type, version;

	if (!part(&maker, &text, '/', UINT16_MAX) || !part(&type, &text, '/', UINT16_MAX) ||
		!part(&version, &text, '\0', UINT32_MAX))
		return false;
	out->by_version = true;
	out->manufacturer_code = (uint16_t)maker;
	out->image_type = (uint16_t)type;
	out->file_version = (uint32_t)version;
	return true;
}

enum err_code deny_read(struct deny *out, const char *text, struct err *e)
{
	size_t n = strlen(text);
	struct deny found = { 0 };

	if ((n == SHA512_TEXT - 1 || n == SHA256_TEXT - 1) && strspn(text, "0123456789abcdef") == n)
		(void)text_copy(found.digest, sizeof found.digest, text);
	else if (!read_version(&found, text))
		return err_set(e, ERR_INVALID,
			"must be a SHA-512 or an image id in lower-case hex digits, or "
			"manufacturer/type/version such as \"0x115c/0x0004/0x11040000\"");
	*out = found;
	return OK;
}

static bool matches(const struct deny *deny, const struct image *image)
{
	if (deny->by_version)
		return deny->manufacturer_code == image->manufacturer_code &&
		       deny->image_type == image->image_type &&
		       deny->file_version == image->file_version;
	return strcmp(deny->digest, image->file_sha512) == 0 ||
	       strcmp(deny->digest, image->id) == 0 ||
	       strcmp(deny->digest, image->file_sha256) == 0;
}

bool deny_has(const struct deny *list, size_t n, const struct image *image)
{
	for (size_t i = 0; i < n; i++)
		if (matches(&list[i], image))
			return true;
	return false;
}
