#include "ota/image_payload.h"

#include "ota/image_container.h"
#include "server/base/check.h"
#include "server/base/wire.h"

#include <ctype.h>
#include <string.h>

/* GBL: elements of tag u32 LE, length u32 LE; EBL: tag u16 BE, length u16 BE. Both end with an end
 * tag that holds a CRC-32 over all before it, so that the CRC-32 over everything is a constant. */
enum { EBL_END = 0xFC04, CRC_RESIDUE = 0x2144DF1C };
static const uint32_t gbl_end = 0xFC0404FC;

static bool starts(struct span s, size_t at, const void *bytes, size_t n)
{
	return s.size >= n && s.size - n >= at && !memcmp(s.data + at, bytes, n);
}

static bool is_gbl(struct span s)
{
	return starts(s, 0, "\xEB\x17\xA6\x03", 4);
}

static bool is_ebl(struct span s)
{
	return starts(s, 0, "\0\0\0\x8C", 4) || starts(s, 0, "\xFB\x05\0\x06", 4);
}

static bool is_telink(struct span s)
{
	return starts(s, 8, "KNLT", 4);
}

static uint16_t big_u16(struct wire_in *w)
{
	uint8_t high = wire_u8(w);

	return (uint16_t)(high << 8 | wire_u8(w));
}

/* Goes over one element; its tag, or 0 past the end. */
static uint32_t next_element(struct wire_in *w, bool gbl)
{
	uint32_t tag = gbl ? wire_u32(w) : big_u16(w);
	uint32_t length = gbl ? wire_u32(w) : big_u16(w);

	(void)wire_take(w, length);
	return tag;
}

/* Bytes after the end tag are padding. */
static const char *whole(struct span s, bool gbl)
{
	struct wire_in w = wire_in(s);
	uint32_t end = gbl ? gbl_end : EBL_END;
	uint32_t tag;

	do
		tag = next_element(&w, gbl);
	while (!w.bad && tag != end);
	if (w.bad)
		return gbl ? "the GBL payload has no end tag" : "the EBL payload has no end tag";
	if (image_crc32((struct span){ s.data, s.size - w.left }) != CRC_RESIDUE)
		return gbl ? "the CRC of the GBL payload is wrong"
			   : "the CRC of the EBL payload is wrong";
	return NULL;
}

const char *image_payload_kind(struct span payload, const char **doubt)
{
	*doubt = NULL;
	if (is_gbl(payload)) {
		*doubt = whole(payload, true);
		return "gbl";
	}
	if (is_ebl(payload)) {
		*doubt = whole(payload, false);
		return "ebl";
	}
	return is_telink(payload) ? "telink" : "unknown";
}

/* "S0" to "S9" or ":" and then hex digits only. */
static bool is_hex_record(struct span s, size_t prefix)
{
	if (s.size < prefix + 8)
		return false;
	for (size_t i = prefix; i < prefix + 8; i++)
		if (!isxdigit(s.data[i]))
			return false;
	return prefix == 1 ? s.data[0] == ':' : s.data[0] == 'S' && isdigit(s.data[1]);
}

static const char *bare_payload(struct span file)
{
	if (is_gbl(file))
		return "is a bare Silicon Labs GBL file without the Zigbee OTA header";
	if (is_ebl(file))
		return "is a bare Silicon Labs EBL file without the Zigbee OTA header";
	if (is_telink(file))
		return "is a bare Telink firmware without the Zigbee OTA header";
	if (is_hex_record(file, 2))
		return "is a Motorola S-record (S37) file for a programmer, not an OTA image";
	if (is_hex_record(file, 1))
		return "is an Intel HEX file for a programmer, not an OTA image";
	return NULL;
}

/* Text does not begin like a digest or a key. */
static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.size && i < 16; i++)
		if (!isprint(s.data[i]) && !isspace(s.data[i]))
			return false;
	return true;
}

static const char *no_firmware(struct span file)
{
	static const struct {
		const char *start, *what;
	} known[] = {
		{ "\x1F\x8B", "is a gzip archive: unpack it, the OTA image is inside" },
		{ "PK\x03\x04", "is a zip archive: unpack it, the OTA image is inside" },
		{ "BZh", "is a bzip2 archive: unpack it, the OTA image is inside" },
		{ "\xFD"
		  "7zXZ",
			"is an xz archive: unpack it, the OTA image is inside" },
		{ "7z\xBC\xAF", "is a 7-Zip archive: unpack it, the OTA image is inside" },
		{ "<", "is a web page or XML, not firmware: did the download need a login?" },
		{ "{", "is JSON text, not firmware" },
		{ "[", "is JSON text, not firmware" },
		{ "version https://git-lfs", "is a Git LFS pointer, not the file itself" },
		{ "\x7F"
		  "ELF",
			"is an ELF program, not an OTA image" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (starts(file, 0, known[i].start, strlen(known[i].start)) &&
			(known[i].start[1] || is_text(file)))
			return known[i].what;
	return NULL;
}

const char *image_stranger(struct span file, const char **reason)
{
	const char *what = bare_payload(file);

	*reason = what ? "image_bare_payload" : "image_no_header";
	return what ? what : no_firmware(file);
}
