#include "api/auth.h"
#include "server/base/text.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

/* RFC 4648 §5 without padding: 32 bytes make 43 characters. */
static void base64url(char *out, const uint8_t *data, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < size; i++) {
		held = (held << 8 | data[i]) & 0xffff;
		for (bits += 8; bits >= 6; bits -= 6)
			*out++ = digits[held >> (bits - 6) & 63];
	}
	if (bits)
		*out++ = digits[held << (6 - bits) & 63];
	*out = '\0';
}

void auth_sha256(char out[SHA256_TEXT], struct span data)
{
	uint8_t raw[SHA256_DIGEST_LENGTH];
	static const uint8_t nothing[1];

	SHA256(data.size ? data.data : nothing, data.size, raw);
	text_hex(out, (struct span){ raw, sizeof raw });
}

static void digest_of(char out[SHA256_TEXT], const char *secret)
{
	auth_sha256(out, (struct span){ (const uint8_t *)secret, strlen(secret) });
}

enum err_code auth_make_token(char text[TOKEN_TEXT_SIZE], char digest[SHA256_TEXT], struct err *e)
{
	uint8_t raw[32];

	if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
		return err_set(e, ERR_INTERNAL, "no random numbers: %s", strerror(errno));
	(void)text_copy(text, TOKEN_TEXT_SIZE, "lw_");
	base64url(text + 3, raw, sizeof raw);
	OPENSSL_cleanse(raw, sizeof raw);
	digest_of(digest, text);
	return OK;
}

const char *auth_bearer(const char *authorization)
{
	if (!authorization || strncasecmp(authorization, "Bearer ", 7) != 0)
		return NULL;
	return authorization + 7 + strspn(authorization + 7, " ");
}

struct token *auth_by_secret(struct auth *auth, const char *secret)
{
	struct token *found = NULL;
	char digest[SHA256_TEXT];

	digest_of(digest, secret);
	for (size_t i = 0; i < auth->n; i++)
		if (CRYPTO_memcmp(auth->tokens[i].digest, digest, sizeof digest - 1) == 0)
			found = &auth->tokens[i];
	return found;
}
