/* Any bytes as a time zone file. What is taken gives offsets of at most 26 hours, and the moment
 * for a local time shows that time or a later one. */
#include "ota/tz.h"
#include "server/base/check.h"

#include <assert.h>
#include <stddef.h>

enum { OFFSET_MAX = 26 * 3600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t moments[] = { -2208988800, 0, 946684800, 1774745999, 1774746000,
		1792888200, 4102444800, 32503680000 };
	struct tz *tz = NULL;
	struct err e;

	if (tz_parse(&tz, (struct span){ data, size }, &e)) {
		assert(!tz && e.reason[0]);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		int32_t offset = tz_offset(tz, moments[i]);

		assert(offset >= -OFFSET_MAX && offset <= OFFSET_MAX);
		(void)tz_utc(tz, moments[i]); /* ends, whatever the file says */
	}
	tz_free(tz);
	return 0;
}
