/* aps_gate.h: what this program may say to a device. Every radio asks it about each message just
 * before the frame is written, whoever made the message.
 *
 * Allowed (ZCL8 and Zigbee R22 names), all else refused:
 *
 *   profile 0x0000   NWK_addr (also broadcast), IEEE_addr, Node_Desc, Simple_Desc, Active_EP and
 *                    Mgmt_Lqi requests
 *   profile 0x0104   Read Attributes and Default Response, any cluster
 *                    OTA 0x0019, server to client: Image Notify, Query, Block, End and
 *                    device-specific file responses
 *                    Poll Control 0x0020, client to server: Check-in Response, Fast Poll Stop
 *
 * So there is no way to lock, unlock, write, bind, configure or remove anything. */
#pragma once

#include "adapters/zigbee/radio.h"

bool aps_gate_allows(const struct radio_send *s);
