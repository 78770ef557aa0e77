/* vendor_class.h: what a class of a vendor's answer means for a job (lock-clouds: error classes).
 */
#pragma once

#include "adapters/adapter.h"
#include "ota/job.h"

enum vendor_remedy {
	REMEDY_LATER,  /* the cloud: asked again after a while */
	REMEDY_DEVICE, /* the lock or its hub must come back, wake or get a battery */
	REMEDY_USER,   /* somebody must act */
	REMEDY_NONE,   /* no use in trying again */
};

struct vendor_meaning {
	const char *code; /* of the failure catalogue */
	enum vendor_remedy remedy;
	enum job_wait wait; /* before the vendor has begun */
};

const struct vendor_meaning *vendor_meaning(enum vendor_class class);
/* Is it a failure that lasts until somebody does something about the account? */
bool vendor_needs_user(const char *code);
