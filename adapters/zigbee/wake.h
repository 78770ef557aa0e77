/* wake.h: tells a lock that there is something for it, at the moments when it listens, and keeps it
 * polling meanwhile. Never a periodic call into the sleep. */
#pragma once

#include "server/base/msec.h"

#include <stdbool.h>

struct device;
struct radio_message;
struct zcl_frame;
struct zigbee;

enum { WAKE_NOTIFY_GAP = 60000, WAKE_SETTLE = 3000 };

/* A sign of life that was no OTA request: an armed lock is notified, at most once a minute in which
 * it can hear. */
void wake_life(struct zigbee *z, struct device *d);
void wake_notify_sent(struct device *d, bool delivered);
/* A client that has no version attribute says its version when it asks for an image. */
void wake_provoke(struct zigbee *z, struct device *d);
/* Poll Control check-in: answered at once. */
void wake_check_in(struct zigbee *z, struct device *d, const struct radio_message *m,
	const struct zcl_frame *frame);
void wake_stop_fast_polling(struct zigbee *z, struct device *d);
/* The notifies of "awake now" and of a new order. */
void wake_tick(struct zigbee *z, struct device *d, msec now);
