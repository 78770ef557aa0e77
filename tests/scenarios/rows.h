/* rows.h: what happens in each scenario. */
#pragma once

struct world;

/* happy.c */
void row_1_notify_query_offer(struct world *w);
void row_2_blocks(struct world *w);
void row_3_end(struct world *w);
void row_4_new_version_gets_no_image(struct world *w);
void row_5_asked_size(struct world *w);
void row_6_page(struct world *w);
void row_7_stored_already(struct world *w);
void row_8_check_in(struct world *w);
void row_9_hold(struct world *w);
void row_10_two_locks(struct world *w);

/* flaky.c */
void row_11_asleep(struct world *w);
void row_12_never_heard(struct world *w);
void row_13_missed_block(struct world *w);
void row_14_duplicate(struct world *w);
void row_15_silence_then_another_offset(struct world *w);
void row_16_reboot(struct world *w);
void row_17_new_address(struct world *w);
void row_18_unknown_address(struct world *w);
void row_19_sends_fail(struct world *w);
void row_20_service_restarts(struct world *w);
void row_21_image_gone(struct world *w);
void row_22_stick_restarts(struct world *w);
void row_23_unplugged(struct world *w);
void row_24_no_room(struct world *w);
void row_25_too_long(struct world *w);
void row_26_no_memory(struct world *w);
void row_27_telink(struct world *w);
void row_28_battery_falls(struct world *w);
void row_29_slow(struct world *w);

/* cancelled.c */
void row_30_cancelled_asleep(struct world *w);
void row_31_cancelled_in_a_burst(struct world *w);
