/* What is read of an OTA request is in its bytes: at no cut is a field invented. */
#include "adapters/zigbee/ota_cluster.h"
#include "adapters/zigbee/zcl.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t least(const struct ota_request *r)
{
	switch (r->command) {
	case OTA_QUERY_REQUEST:
		return r->has_hardware ? 11 : 9;
	case OTA_BLOCK_REQUEST:
		return 14U + (r->has_node ? 8 : 0) + (r->has_period ? 2 : 0);
	case OTA_PAGE_REQUEST:
		return 18U + (r->has_node ? 8 : 0);
	case OTA_END_REQUEST:
		return r->has_key ? 9 : 1;
	default:
		return 18;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zcl_frame f;
	struct ota_request r;

	if (!zcl_parse(&f, (struct span){ data, size }))
		return 0;
	switch (ota_parse(&r, &f)) {
	case OTA_PARSED:
		assert(f.payload.size >= least(&r));
		assert(r.has_key || (r.command == OTA_END_REQUEST && r.status != ZCL_SUCCESS));
		break;
	case OTA_SHORT:
		assert(f.payload.size < 18);
		break;
	case OTA_UNKNOWN:
		assert(r.tsn == f.tsn);
		break;
	}
	return 0;
}
