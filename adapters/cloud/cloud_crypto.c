#include "adapters/cloud/cloud_crypto.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

/* Without SHA-256 libcrypto is broken or out of memory; there is no way on. */
void crypto_sha256(uint8_t out[CRYPTO_SHA256_SIZE], struct span bytes)
{
	if (!EVP_Digest(bytes.data, bytes.size, out, NULL, EVP_sha256(), NULL))
		abort();
}

void crypto_hmac_sha256(uint8_t out[CRYPTO_SHA256_SIZE], struct span key, struct span bytes)
{
	unsigned size = 0;

	if (key.size > INT_MAX ||
		!HMAC(EVP_sha256(), key.data, (int)key.size, bytes.data, bytes.size, out, &size) ||
		size != CRYPTO_SHA256_SIZE)
		abort();
}

bool crypto_md5(uint8_t out[CRYPTO_MD5_SIZE], struct span bytes)
{
	return EVP_Digest(bytes.data, bytes.size, out, NULL, EVP_md5(), NULL) == 1;
}

void crypto_base64(char *out, struct span bytes)
{
	if (bytes.size > INT_MAX / 2)
		abort();
	(void)EVP_EncodeBlock((unsigned char *)out, bytes.data, (int)bytes.size);
}

void crypto_base64_url(char *out, struct span bytes)
{
	crypto_base64(out, bytes);
	for (char *c = out; *c; c++) {
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
		else if (*c == '=')
			*c = '\0';
	}
}

bool crypto_equal(const char *a, const char *b)
{
	size_t n = strlen(a);

	return strlen(b) == n && CRYPTO_memcmp(a, b, n) == 0;
}

void crypto_wipe(void *data, size_t size)
{
	OPENSSL_cleanse(data, size);
}
