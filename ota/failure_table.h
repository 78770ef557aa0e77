/* failure_table.h: the rows of the failure catalogue; the last one of each table has no code. */
#pragma once

#include "ota/failure.h"

extern const struct failure failure_table[], failure_policy_table[], failure_firmware[],
	failure_vendor_table[];
