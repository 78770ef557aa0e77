#include "ota/image_digest.h"

#include "server/base/text.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* Without its digests libcrypto is broken or out of memory; there is no way on. */
static void hash(uint8_t *out, struct span bytes, const EVP_MD *kind)
{
	if (!EVP_Digest(bytes.data, bytes.size, out, NULL, kind, NULL))
		abort();
}

void sha256_of(uint8_t out[SHA256_SIZE], struct span bytes)
{
	hash(out, bytes, EVP_sha256());
}

void sha512_of(uint8_t out[SHA512_SIZE], struct span bytes)
{
	hash(out, bytes, EVP_sha512());
}

void sha256_text(char out[SHA256_TEXT], struct span bytes)
{
	uint8_t raw[SHA256_SIZE];

	sha256_of(raw, bytes);
	text_hex(out, (struct span){ raw, sizeof raw });
}

void sha3_256_text(char out[SHA256_TEXT], struct span bytes)
{
	uint8_t raw[SHA256_SIZE];

	hash(raw, bytes, EVP_sha3_256());
	text_hex(out, (struct span){ raw, sizeof raw });
}

void sha512_text(char out[SHA512_TEXT], struct span bytes)
{
	uint8_t raw[SHA512_SIZE];

	sha512_of(raw, bytes);
	text_hex(out, (struct span){ raw, sizeof raw });
}

struct digest *digest_new(void)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();

	if (!digest || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
		abort();
	return (struct digest *)(void *)digest;
}

void digest_add(struct digest *digest, struct span bytes)
{
	if (!EVP_DigestUpdate((EVP_MD_CTX *)(void *)digest, bytes.data, bytes.size))
		abort();
}

void digest_end(struct digest *digest, char out[SHA256_TEXT])
{
	EVP_MD_CTX *context = (EVP_MD_CTX *)(void *)digest;
	uint8_t raw[SHA256_SIZE];

	if (!EVP_DigestFinal_ex(context, raw, NULL))
		abort();
	EVP_MD_CTX_free(context);
	text_hex(out, (struct span){ raw, sizeof raw });
}

void image_digests(struct image_file *f, struct span file)
{
	sha256_text(f->image.id, (struct span){ file.data + f->offset, f->image.size });
	sha256_text(f->image.file_sha256, file);
	sha512_text(f->image.file_sha512, file);
}
