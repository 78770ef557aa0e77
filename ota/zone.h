/* zone.h: time zones by their IANA name, read from the system's zoneinfo once each and kept. The
 * files are a few KiB; each is read when its name is first used. */
#pragma once

#include "server/base/err.h"

#include <stdbool.h>

struct tz;
struct zones;

enum { ZONE_NAME_SIZE = 48 };

struct zones *zones_new(const char *folder); /* "/usr/share/zoneinfo" */
void zones_free(struct zones *zones);
/* Lives as long as zones. "UTC" needs no file. "time_zone": there is no such zone, or no zoneinfo.
 */
MUST_USE enum err_code zones_get(
	struct zones *zones, const struct tz **out, const char *name, struct err *e);
/* Like "Europe/Berlin": nothing that leads out of the folder. */
bool zone_is_name(const char *name);
