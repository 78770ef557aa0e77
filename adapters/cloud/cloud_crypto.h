/* cloud_crypto.h: the digests that clouds sign with, and wiping. The only file of adapters/cloud
 * that knows libcrypto. */
#pragma once

#include "server/base/span.h"

#include <stdbool.h>

enum { CRYPTO_SHA256_SIZE = 32, CRYPTO_MD5_SIZE = 16 };

void crypto_sha256(uint8_t out[CRYPTO_SHA256_SIZE], struct span bytes);
void crypto_hmac_sha256(uint8_t out[CRYPTO_SHA256_SIZE], struct span key, struct span bytes);
/* False: this system's libcrypto forbids MD5 (FIPS). */
bool crypto_md5(uint8_t out[CRYPTO_MD5_SIZE], struct span bytes);
/* out holds 4 * ((bytes.size + 2) / 3) + 1. */
void crypto_base64(char *out, struct span bytes);
void crypto_base64_url(char *out, struct span bytes); /* RFC 4648 §5, without padding */
/* In constant time for texts of one length. */
bool crypto_equal(const char *a, const char *b);
void crypto_wipe(void *data, size_t size);
