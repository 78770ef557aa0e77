/* transfer_report.h: what the engine hears of a transfer, and the battery read that comes before
 * it may decide. */
#pragma once

struct device;
struct ota_answer;
struct transfer;
struct update_report;
struct zigbee;

/* Completes r with what all reports have: the address, the repeats. */
void transfer_report(struct zigbee *z, struct device *d, struct update_report *r);
/* Reports what a says that happened, if anything. */
void transfer_tell(struct zigbee *z, struct device *d, const struct ota_answer *a);
/* Nothing of this transfer is due any more. */
void transfer_quiet(struct transfer *t);
