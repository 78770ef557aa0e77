/* retraction_fuzz.c: any bytes as a list of withdrawn firmware. Property: what is kept is within
 * its bounds and says why, and whatever a list of this machine may say, one from elsewhere may,
 * too. */
#include "ota/retraction.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct retraction *row)
{
	size_t n = strlen(row->reason), digest = strlen(row->what.digest);

	if (!n || n >= RETRACTION_REASON_SIZE)
		abort();
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)row->reason[i] < ' ')
			abort();
	if (row->what.by_version ? digest != 0 : digest != 64 && digest != 128)
		abort();
}

static struct retraction_list *read(struct span text, bool local)
{
	struct retraction_list *list = NULL;
	struct err e = { 0 };
	enum err_code code = retraction_list_read(&list, text, local, &e);

	if ((code == OK) != (list != NULL) || (code && !e.reason[0]))
		abort();
	for (size_t i = 0; list && i < list->n; i++)
		check(&list->rows[i]);
	if (list && (list->n > RETRACTIONS_MAX || (local && list->skipped)))
		abort();
	return list;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct image image = { .file_version = 1 };
	struct retractions all = { 0 };

	all.list[0] = read((struct span){ data, size }, true);
	all.list[1] = read((struct span){ data, size }, false);
	if (all.list[0] && (!all.list[1] || all.list[1]->n != all.list[0]->n))
		abort();
	(void)retractions_find(&all, &image);
	retraction_list_free(all.list[0]);
	retraction_list_free(all.list[1]);
	return 0;
}
