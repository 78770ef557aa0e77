#include "adapters/radio_types.h"

#include "adapters/zigbee/ezsp/ezsp_radio.h"
#include "adapters/zigbee/znp/znp_radio.h"
#include "server/base/check.h"

#include <assert.h>
#include <string.h>

static const struct {
	const char *type;
	struct radio *(*make)(const struct radio_options *options);
} types[] = { { "znp", znp_radio_new }, { "ezsp", ezsp_radio_new } };

struct radio *radio_of_type(const char *type, const struct radio_options *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].make(options);
	assert(false && "a type that the configuration does not know");
	return NULL;
}
