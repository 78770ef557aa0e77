/* image_digest.h: SHA-256, SHA3-256 and SHA-512 of bytes at once or as they come. The only file of
 * ota/ that knows libcrypto. */
#pragma once

#include "ota/image_file.h"
#include "server/base/check.h"
#include "server/base/span.h"

enum { SHA256_SIZE = 32, SHA512_SIZE = 64 };

void sha256_of(uint8_t out[SHA256_SIZE], struct span bytes);
void sha512_of(uint8_t out[SHA512_SIZE], struct span bytes);
void sha256_text(char out[SHA256_TEXT], struct span bytes);
void sha3_256_text(char out[SHA256_TEXT], struct span bytes);
void sha512_text(char out[SHA512_TEXT], struct span bytes);
/* SHA-256 of what comes in pieces. */
struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *digest, struct span bytes);
void digest_end(struct digest *digest, char out[SHA256_TEXT]); /* frees */
/* Fills id and file digests of f, which was read from `file`. */
void image_digests(struct image_file *f, struct span file);
