#include "ota/zone.h"

#include "ota/tz.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZONES_MAX = 64, PATH_SIZE = 512 };

struct zones {
	char folder[PATH_SIZE - ZONE_NAME_SIZE - 2];
	size_t n;
	struct {
		char name[ZONE_NAME_SIZE];
		struct tz *tz;
	} list[ZONES_MAX];
};

struct zones *zones_new(const char *folder)
{
	struct zones *zones = xcalloc(1, sizeof *zones);

	(void)text_copy(zones->folder, sizeof zones->folder, folder);
	return zones;
}

void zones_free(struct zones *zones)
{
	if (!zones)
		return;
	for (size_t i = 0; i < zones->n; i++)
		tz_free(zones->list[i].tz);
	free(zones);
}

bool zone_is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_+-/";
	size_t n = strlen(name);

	return n > 0 && n < ZONE_NAME_SIZE && name[strspn(name, letters)] == '\0' &&
	       name[0] != '/' && name[0] != '-' && name[n - 1] != '/' && !strstr(name, "//");
}

static enum err_code unknown(const char *name, struct err *e)
{
	return err_because(e, ERR_INVALID, "time_zone",
		"there is no time zone \"%.47s\" in this system's zoneinfo", name);
}

static enum err_code read_zone(
	const struct zones *zones, struct tz **out, const char *name, struct err *e)
{
	char path[PATH_SIZE];
	uint8_t *bytes;
	enum err_code code;
	size_t n;
	FILE *f;

	if (strcmp(name, "UTC") == 0)
		return tz_by_rule(out, "UTC0", e);
	(void)snprintf(path, sizeof path, "%s/%s", zones->folder, name);
	f = fopen(path, "re");
	if (!f)
		return unknown(name, e);
	bytes = xcalloc(1, TZ_FILE_MAX + 1);
	n = fread(bytes, 1, TZ_FILE_MAX + 1, f); /* a folder reads as nothing */
	(void)fclose(f);                         /* only read from */
	code = n ? tz_parse(out, (struct span){ bytes, n }, e) : unknown(name, e);
	free(bytes);
	return code;
}

enum err_code zones_get(struct zones *zones, const struct tz **out, const char *name, struct err *e)
{
	struct tz *tz = NULL;
	enum err_code code;

	for (size_t i = 0; i < zones->n; i++)
		if (strcmp(zones->list[i].name, name) == 0) {
			*out = zones->list[i].tz;
			return OK;
		}
	if (!zone_is_name(name))
		return unknown(name, e);
	if (zones->n == ZONES_MAX)
		return err_set(e, ERR_TOO_LARGE, "no more than %d time zones", ZONES_MAX);
	code = read_zone(zones, &tz, name, e);
	if (code)
		return code;
	(void)text_copy(zones->list[zones->n].name, ZONE_NAME_SIZE, name);
	zones->list[zones->n++].tz = tz;
	*out = tz;
	return OK;
}
