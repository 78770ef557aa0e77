/* znp_endpoint.h: the endpoints through which locks reach us, and giving them back (znp.md §7,
 * §4.5). Endpoints that were there before us are used as they are and never deleted. */
#pragma once

#include "adapters/zigbee/znp/znp_task.h"

enum { ZNP_OUR_ENDPOINTS = 3 };

struct znp_endpoints {
	struct znp_task task;
	bool wrapped;        /* the stick must be told to hand on ZDO answers */
	bool callback_asked; /* and was told so by us */
	uint8_t found[32];
	bool ours[ZNP_OUR_ENDPOINTS];   /* registered by us: deleted at the end */
	bool usable[ZNP_OUR_ENDPOINTS]; /* ours or found with the right profile */
	size_t index;
	bool was_replied; /* the answer to the request outstanding came before its SRSP */
};

/* A zeroed object; kept over reconnects, so that what we registered stays known as ours. */
void znp_endpoints_begin(struct znp_endpoints *p, bool wrapped);
/* The stick restarted: nothing is registered any more. */
void znp_endpoints_forget(struct znp_endpoints *p);
void znp_endpoints_hand_back(struct znp_endpoints *p);

bool znp_endpoints_has(const struct znp_endpoints *p, uint8_t endpoint);
uint8_t znp_endpoints_first(const struct znp_endpoints *p); /* 0: none */
