#include "ota/image_container.h"

#include "ota/image_digest.h"
#include "server/base/wire.h"

/* Legrand: u32 of the length of the OTA image, the image, 17 bytes nobody explained.
 *
 * Third Reality: SHA-512 of all that follows, 4 bytes, u32 of the length that follows the digest,
 * more to 152 bytes, the OTA image.
 *
 * NGIS (IKEA): "NGIS", then u32: 12, 0x7DA, size of the hashed part, offset and size of the OTA
 * image, offset of the 512-byte signature, 11, block size, number of blocks; then that many
 * SHA-256, one for each block of the OTA image. */
enum {
	LEGRAND_HEAD = 4,
	LEGRAND_TAIL = 17,
	THIRD_REALITY_HEAD = 152,
	THIRD_REALITY_LENGTH = 68,
	NGIS_TABLE = 40,
	NGIS_FIELDS = 16, /* where the ones we use begin */
};

static const uint8_t magic[4] = { 0x1E, 0xF1, 0xEE, 0x0B };

bool image_has_magic(struct span file, size_t at)
{
	return at <= file.size && file.size - at >= sizeof magic &&
	       !memcmp(file.data + at, magic, sizeof magic);
}

static uint32_t u32_at(struct span file, size_t at)
{
	struct wire_in w = wire_in(file);

	(void)wire_take(&w, at);
	return wire_u32(&w);
}

static struct span part(struct span file, size_t at, size_t size)
{
	return (struct span){ file.data + at, size };
}

static bool is_legrand(struct span file)
{
	return file.size > LEGRAND_HEAD + LEGRAND_TAIL &&
	       u32_at(file, 0) == file.size - LEGRAND_HEAD - LEGRAND_TAIL &&
	       image_has_magic(file, LEGRAND_HEAD);
}

static bool is_third_reality(struct span file)
{
	return file.size > THIRD_REALITY_HEAD &&
	       (uint64_t)u32_at(file, THIRD_REALITY_LENGTH) + SHA512_SIZE == file.size &&
	       image_has_magic(file, THIRD_REALITY_HEAD);
}

static enum err_code open_third_reality(
	struct image_container *out, struct span file, struct err *e)
{
	uint8_t digest[SHA512_SIZE];

	sha512_of(digest, part(file, SHA512_SIZE, file.size - SHA512_SIZE));
	if (memcmp(digest, file.data, sizeof digest) != 0)
		return err_because(e, ERR_INTEGRITY, "image_bad_digest",
			"the SHA-512 at the start of this Third Reality container does not match "
			"what follows: damaged download?");
	*out = (struct image_container){ "third_reality", "checked", THIRD_REALITY_HEAD,
		file.size - THIRD_REALITY_HEAD };
	return OK;
}

struct ngis {
	uint32_t offset, size, signature, block_size, n_blocks;
};

static struct ngis ngis_fields(struct span file)
{
	struct wire_in w = wire_in(file);
	struct ngis n;

	(void)wire_take(&w, NGIS_FIELDS);
	n.offset = wire_u32(&w);
	n.size = wire_u32(&w);
	n.signature = wire_u32(&w);
	(void)wire_u32(&w);
	n.block_size = wire_u32(&w);
	n.n_blocks = wire_u32(&w);
	return n;
}

static bool ngis_has_table(const struct ngis *n)
{
	return n->block_size && n->n_blocks &&
	       NGIS_TABLE + (uint64_t)SHA256_SIZE * n->n_blocks == n->offset &&
	       ((uint64_t)n->size + n->block_size - 1) / n->block_size == n->n_blocks;
}

/* The number of the first block that differs from its digest; n_blocks when none does. */
static uint32_t ngis_damaged_block(const struct ngis *n, struct span file)
{
	uint8_t digest[SHA256_SIZE];

	for (uint32_t i = 0; i < n->n_blocks; i++) {
		uint64_t at = (uint64_t)i * n->block_size;
		uint64_t size = n->size - at < n->block_size ? n->size - at : n->block_size;

		sha256_of(digest, part(file, n->offset + at, size));
		if (memcmp(digest, file.data + NGIS_TABLE + (size_t)SHA256_SIZE * i,
			    sizeof digest) != 0)
			return i;
	}
	return n->n_blocks;
}

static enum err_code open_ngis(struct image_container *out, struct span file, struct err *e)
{
	struct ngis n = ngis_fields(file);
	bool table = ngis_has_table(&n);
	uint32_t damaged;

	if ((uint64_t)n.offset + n.size > file.size)
		return err_because(e, ERR_INTEGRITY, "image_truncated",
			"the NGIS container declares %llu bytes, has %zu: truncated download?",
			(unsigned long long)n.offset + n.size, file.size);
	damaged = table ? ngis_damaged_block(&n, file) : 0;
	if (table && damaged < n.n_blocks)
		return err_because(e, ERR_INTEGRITY, "image_bad_digest",
			"block %u of %u of this NGIS container does not match its SHA-256: "
			"damaged download?",
			damaged + 1, n.n_blocks);
	*out = (struct image_container){ "ngis", table ? "checked" : "present", n.offset, n.size };
	return OK;
}

enum err_code image_container_find(struct image_container *out, struct span file, struct err *e)
{
	if (is_legrand(file)) {
		*out = (struct image_container){ "legrand", "none", LEGRAND_HEAD,
			file.size - LEGRAND_HEAD - LEGRAND_TAIL };
		return OK;
	}
	if (file.size >= NGIS_TABLE && !memcmp(file.data, "NGIS", 4))
		return open_ngis(out, file, e);
	if (is_third_reality(file))
		return open_third_reality(out, file, e);
	*out = (struct image_container){ "none", "none", 0, file.size };
	return OK;
}

/* Half a byte at a time: a table of 64 bytes that needs no start-up, shared by all threads. */
uint32_t image_crc32(struct span bytes)
{
	static const uint32_t table[16] = { 0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
		0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8,
		0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C };
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < bytes.size; i++) {
		crc ^= bytes.data[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

const char *image_trailer_kind(struct span region, size_t used)
{
	if (region.size == used)
		return "none";
	if (region.size - used == 4 && u32_at(region, used) == image_crc32(part(region, 0, used)))
		return "crc32";
	return "unknown";
}
