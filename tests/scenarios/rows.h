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

/* hostile.c */
void row_32_short_query(struct world *w);
void row_33_short_block(struct world *w);
void row_34_period_missing(struct world *w);
void row_35_trailing_bytes(struct world *w);
void row_36_name_of_another(struct world *w);
void row_37_size_zero(struct world *w);
void row_38_size_255(struct world *w);
void row_39_beyond_the_end(struct world *w);
void row_40_last_byte(struct world *w);
void row_41_other_version(struct world *w);
void row_42_any_version(struct world *w);
void row_43_other_type(struct world *w);
void row_44_no_job(struct world *w);
void row_45_flood(struct world *w);
void row_46_asks_each_minute(struct world *w);
void row_47_endless_page(struct world *w);
void row_48_page_too_small(struct world *w);
void row_49_page_at_the_end(struct world *w);
void row_50_page_to_nobody(struct world *w);

/* claims.c */
void row_51_invalid_image(struct world *w);
void row_52_abort(struct world *w);
void row_53_short_end(struct world *w);
void row_54_require_more(struct world *w);
void row_55_end_without_job(struct world *w);
void row_56_end_again(struct world *w);
void row_57_complains_of_a_block(struct world *w);
void row_58_complains_of_a_notify(struct world *w);
void row_59_no_space(struct world *w);
void row_60_manufacturer_specific(struct world *w);
void row_61_wrong_direction(struct world *w);
void row_62_broadcast(struct world *w);
void row_63_old_version_again(struct world *w);
void row_64_newer_than_ordered(struct world *w);
void row_65_downgrade(struct world *w);
void row_66_already_there(struct world *w);
void row_67_another_lock(struct world *w);
void row_68_same_block_for_ever(struct world *w);
void row_68a_question_open(struct world *w);
void row_68b_same_number_later(struct world *w);
void row_68c_nothing_stale(struct world *w);

/* images.c */
void row_69_truncated(struct world *w);
void row_70_trailer(struct world *w);
void row_71_legrand(struct world *w);
void row_72_ngis(struct world *w);
void row_73_encrypted_elements(struct world *w);
void row_74_wrong_size_in_index(struct world *w);
void row_75_wrong_digest_in_index(struct world *w);
void row_80_file_replaced(struct world *w);

/* offers.c */
void row_76_older_generation(struct world *w);
void row_77_one_of_29(struct world *w);
void row_78_another_product(struct world *w);
void row_79_hardware_not_told(struct world *w);
void row_81_battery_low(struct world *w);
void row_82_bolt_between(struct world *w);
void row_83_two_endpoints(struct world *w);
