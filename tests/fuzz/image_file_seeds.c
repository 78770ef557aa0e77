/* Writes the first corpus of image_file_fuzz into the folder argv[1]: one small synthetic file of
 * each kind, since a fuzzer does not guess digests. Run by hand when a kind is added. */
#include "ota/image_container.h"
#include "ota/image_digest.h"
#include "server/base/wire.h"
#include "tests/ota/make_image.h"

#include <stdio.h>

enum { SEED_MAX = 2 * MADE_MAX };

static uint8_t bytes[SEED_MAX], body[SEED_MAX];

static void save(const char *folder, const char *name, const void *data, size_t n)
{
	char path[512];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	out = fopen(path, "wb");
	if (!out || fwrite(data, 1, n, out) != n || fclose(out))
		perror(path);
}

static struct made_image plain(void)
{
	static const uint8_t gbl[] = { 0xEB, 0x17, 0xA6, 0x03, 0, 0, 0, 0, 0xFC, 0x04, 0x04, 0xFC,
		4, 0, 0, 0, 1, 2, 3, 4 };
	size_t n = make_element(body, 0, (struct span){ gbl, sizeof gbl });

	return (struct made_image){ .manufacturer = 0x115C,
		.type = 4,
		.version = 0x11070000,
		.string = "seed",
		.body = { body, n } };
}

static void save_plain(const char *folder)
{
	struct made_image m = plain();
	size_t n;

	for (uint16_t control = 0; control < 8; control++) {
		char name[] = "plain0";

		name[5] = (char)('0' + control);
		m.control = control;
		save(folder, name, bytes, make_image(bytes, &m));
	}
	m.header_length = 80;
	save(folder, "longer_header", bytes, make_image(bytes, &m));
	m.total = 9999;
	save(folder, "truncated", bytes, make_image(bytes, &m));
	m = plain();
	n = make_element(body, 0xF000, (struct span){ (const uint8_t *)"0123456789", 10 });
	m.body = (struct span){ body, n + 2 };
	save(folder, "telink", bytes, make_image(bytes, &m));
}

static void save_wrapped(const char *folder)
{
	struct made_image m = plain();
	size_t n = make_image(bytes + 4, &m);
	struct wire_out w = wire_out(bytes, 4);

	wire_put_u32(&w, (uint32_t)n);
	save(folder, "legrand", bytes, n + 21);
	save(folder, "prefix", bytes, n + 9);
	w = wire_out(bytes + 4 + n, 4);
	wire_put_u32(&w, image_crc32((struct span){ bytes + 4, n }));
	save(folder, "crc_trailer", bytes + 4, n + 4);
}

static void save_third_reality(const char *folder)
{
	struct made_image m = plain();
	size_t n = make_image(bytes + 152, &m) + 152;
	struct wire_out w = wire_out(bytes + 68, 4);

	wire_put_u32(&w, (uint32_t)n - 64);
	sha512_of(bytes, (struct span){ bytes + 64, n - 64 });
	save(folder, "third_reality", bytes, n);
}

static void save_ngis(const char *folder)
{
	struct made_image m = plain();
	size_t n = make_image(body + MADE_MAX, &m);
	struct wire_out w = wire_out(bytes, SEED_MAX);
	const uint32_t fields[] = { 12, 0x7DA, 60, 72, (uint32_t)n, 72 + (uint32_t)n, 11, 4096, 1 };

	wire_put(&w, "NGIS", 4);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		wire_put_u32(&w, fields[i]);
	sha256_of(bytes + w.size, (struct span){ body + MADE_MAX, n });
	w.size += SHA256_SIZE;
	wire_put(&w, body + MADE_MAX, n);
	save(folder, "ngis", bytes, w.size);
}

static void save_strangers(const char *folder)
{
	static const char *const starts[] = { "\xEB\x17\xA6\x03", "S00600004844521B",
		":020000040000FA", "<html>", "PK\x03\x04", "version https://git-lfs" };

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		uint8_t raw[64] = { 0 };
		char name[] = "stranger0";

		memcpy(raw, starts[i], strlen(starts[i]));
		name[8] = (char)('0' + i);
		save(folder, name, raw, sizeof raw);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	save_plain(argv[1]);
	save_wrapped(argv[1]);
	save_third_reality(argv[1]);
	save_ngis(argv[1]);
	save_strangers(argv[1]);
	return 0;
}
