/* Scenarios 69 to 75 and 80 of zigbee-ota §8.4: files and indexes. */
#include "ota/image_digest.h"
#include "ota/library.h"
#include "server/base/text.h"
#include "tests/scenarios/air.h"
#include "tests/scenarios/files.h"
#include "tests/scenarios/rows.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void refused(struct world *w)
{
	(void)text_copy(w->outcome, sizeof w->outcome, "refused");
}

void row_69_truncated(struct world *w)
{
	size_t size = 0;
	uint8_t *bytes = file_read(w, "odd/tcl-1-zb-s_hw1.x_fw0.6.1_ota20.ota", &size);

	EXPECT(w, size == 92222);
	world_begin(w, &(struct world_options){ .no_image = true, .absent = true });
	EXPECT(w, !world_import(w, (struct span){ bytes, size }));
	EXPECT(w, library_count(w->library) == 0);
	refused(w);
	free(bytes);
}

/* The file has four bytes more than the image. */
void row_70_trailer(struct world *w)
{
	file_world(w, "odd/CSB600_20170209.ota", (struct sim_lock_options){ 0 });
	EXPECT(w, strcmp(library_at(w->library, 0)->trailer, "crc32") == 0, "%s",
		library_at(w->library, 0)->trailer);
	EXPECT(w, w->image_size == 185320, "%u", (unsigned)w->image_size);
	file_update(w);
}

/* There is an image inside the image, at byte 70 of it. */
void row_71_legrand(struct world *w)
{
	static uint8_t file[IMAGE_SIZE + 21];

	world_begin(w, &(struct world_options){ .no_image = true });
	memcpy(w->image + 70, w->image, 62);
	file[0] = IMAGE_SIZE & 0xFF;
	file[1] = IMAGE_SIZE >> 8;
	memcpy(file + 4, w->image, IMAGE_SIZE);
	EXPECT(w, world_import(w, (struct span){ file, sizeof file }), "%s", w->code);
	EXPECT(w, strcmp(library_at(w->library, 0)->container, "legrand") == 0);
	EXPECT(w, library_at(w->library, 0)->size == IMAGE_SIZE);
	file_update(w);
}

void row_72_ngis(struct world *w)
{
	file_world(w, "odd/10082264-zingo_lds_stoftmoln-1.1.7.ota.ota.signed",
		(struct sim_lock_options){ 0 });
	EXPECT(w, strcmp(library_at(w->library, 0)->container, "ngis") == 0);
	EXPECT(w, strcmp(library_at(w->library, 0)->signature, "checked") == 0);
	file_update(w);
}

static void encrypt(struct world *w, uint32_t head)
{
	uint32_t length = w->image_size - 56 - head;

	w->image[56] = 0x00;
	w->image[57] = 0xF0;
	w->image[58] = (uint8_t)length;
	w->image[59] = (uint8_t)(length >> 8);
}

/* The same tag with another maker's usual head, and Telink's; a Telink client stores by 16. */
void row_73_encrypted_elements(struct world *w)
{
	world_begin(w, &(struct world_options){ .no_image = true, .lock.client = SIM_TELINK });
	encrypt(w, 6);
	w->image[14] = 0x01; /* of its version */
	EXPECT(w, world_import(w, (struct span){ w->image, w->image_size }), "%s", w->code);
	EXPECT(w, !library_at(w->library, 0)->opaque);
	encrypt(w, 8);
	w->image[14] = 0x00;
	EXPECT(w, world_import(w, (struct span){ w->image, w->image_size }), "%s", w->code);
	EXPECT(w, !library_find(w->library, w->image_id)->opaque);
	file_update(w);
}

/* A world whose index describes its image so; without it, as nobody put it into the library. */
static void index_world(struct world *w, uint32_t file_size, bool right)
{
	struct world_options options = { .no_image = true };
	char digest[SHA512_TEXT], json[512];
	struct world made = { .number = w->number, .family = w->family };

	world_begin(&made, &(struct world_options){ .no_image = true, .absent = true });
	sha512_text(digest, (struct span){ made.image, made.image_size });
	world_end(&made);
	if (!right)
		digest[0] = digest[0] == '0' ? '1' : '0';
	(void)snprintf(json, sizeof json,
		"[{\"manufacturerCode\":%d,\"imageType\":%d,\"fileVersion\":%d,\"fileSize\":%u,"
		"\"modelId\":\"V3-BTZBE\",\"url\":\"lock.ota\",\"sha512\":\"%s\"}]",
		MAKER, TYPE, NEW, (unsigned)file_size, digest);
	options.index = json;
	world_begin(w, &options);
	w->options.index = NULL;
	world_write("lock.ota", (struct span){ w->image, w->image_size });
}

void row_74_wrong_size_in_index(struct world *w)
{
	index_world(w, IMAGE_SIZE + 77, true);
	EXPECT(w, world_ask(w, &(struct job_request){ .lock = "front" }), "%s", w->code);
	EXPECT(w, w->fetched == 1);
	world_finish(w, 2);
	world_expect_updated(w);
}

void row_75_wrong_digest_in_index(struct world *w)
{
	index_world(w, IMAGE_SIZE, false);
	EXPECT(w, !world_ask(w, &(struct job_request){ .lock = "front" }));
	EXPECT(w, library_count(w->library) == 0);
	refused(w);
}

/* The bytes that a transfer has begun with are in memory; the file is looked at when it is loaded
 * the next time. */
void row_80_file_replaced(struct world *w)
{
	char path[2 * TEMP_PATH];

	world_begin(w, &(struct world_options){ 0 });
	world_order(w);
	world_transfer(w, 2400);
	(void)snprintf(path, sizeof path, "%s/../images/%s", world_folder(), w->image_id);
	cr_assert(temp_file_write(path, "another file", 12));
	world_finish(w, 2);
	world_expect_updated(w);
}
