/* ota_block.h: the block service of ota_server.h: single blocks and page bursts. */
#pragma once

#include "adapters/zigbee/ota_server.h"

/* Manufacturer and type agree; an order for 0xFFFF fits each manufacturer. */
bool ota_block_same_ids(const struct ota_key *order, const struct ota_key *asked);
/* And the version; 0xFFFFFFFF in the request = any. */
bool ota_block_same_image(const struct ota_key *order, const struct ota_key *asked);

/* Both read out->request and fill the rest of out. */
void ota_block_answer(struct ota_server *s, const struct ota_context *c, struct ota_answer *out);
void ota_block_page(struct ota_server *s, const struct ota_context *c, struct ota_answer *out);
