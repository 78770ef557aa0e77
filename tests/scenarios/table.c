#include "server/base/check.h"
#include "tests/scenarios/rows.h"
#include "tests/scenarios/scenario.h"

/* clang-format off */
#define UPDATED EACH, "succeeded", "updated", "verified_by_version"

const struct scenario SCENARIOS[] = {
	{ "1", "The lock is awake and told that there is an image", row_1_notify_query_offer, UPDATED, "one notify; the offer names ids, version and size, under the query's number" },
	{ "2", "A real image of 204,522 bytes in blocks of 50", row_2_blocks, UPDATED, "4,091 requests, as many answers; the last one has 22 bytes" },
	{ "3", "The lock has it all and asks whether to install", row_3_end, UPDATED, "told once, with the delay of 5 s" },
	{ "4", "It restarts and asks again, with the new version", row_4_new_version_gets_no_image, UPDATED, "that query is the evidence; it gets NO_IMAGE" },
	{ "5", "It asks for blocks of 32", row_5_asked_size, UPDATED, "no block is larger" },
	{ "6", "It asks for a page: 1,024 bytes, 32 each, 50 ms apart", row_6_page, UPDATED, "32 answers under one number, never closer" },
	{ "7", "It has the whole image already, from before", row_7_stored_already, UPDATED, "no block is sent; the version is proven as always" },
	{ "8", "A lock with Poll Control checks in", row_8_check_in, UPDATED, "fast polling for 60 s, then a notify; stopped at the end" },
	{ "9", "The window is shut when it has it all", row_9_hold, UPDATED, "held, each time it asks; released when the window opens" },
	{ "10", "Two locks, one transfer at a time", row_10_two_locks, UPDATED, "the second is told NO_IMAGE meanwhile, and notified later" },
	{ "11", "The lock sleeps when the update is ordered", row_11_asleep, UPDATED, "waits for wake, no error; a notify within 500 ms of its next word" },
	{ "12", "It is never heard at all", row_12_never_heard, EACH, "failed", "no_contact", "", "after seven days (one limit for all waiting); fewer than 25 frames on air meanwhile" },
	{ "13", "It misses a block and asks for it again", row_13_missed_block, UPDATED, "the same bytes under the new number; counted" },
	{ "14", "The same request comes twice", row_14_duplicate, UPDATED, "one answer while the first is not confirmed" },
	{ "15", "Ten minutes of silence, then a request far ahead", row_15_silence_then_another_offset, UPDATED, "answered at once, without a query; progress follows" },
	{ "16", "It restarts at 60 % and forgets all", row_16_reboot, UPDATED, "offered again, served from 0" },
	{ "17", "It comes back under another address", row_17_new_address, UPDATED, "nothing goes to the old address any more" },
	{ "18", "Its new address is not known", row_18_unknown_address, UPDATED, "WAIT of 5 s, its name is asked for once, then served" },
	{ "19", "Five answers in a row are not delivered", row_19_sends_fail, UPDATED, "at most one answer for each request" },
	{ "20", "The service is killed at 40 % and comes back", row_20_service_restarts, UPDATED, "the next request is served, no query is needed" },
	{ "21", "The image's file is gone after a restart", row_21_image_gone, EACH, "failed", "image_missing", "", "the lock is told to stop" },
	{ "22", "The stick restarts in mid-transfer", row_22_stick_restarts, UPDATED, "" },
	{ "23", "The stick is unplugged for five minutes", row_23_unplugged, UPDATED, "waits for adapter meanwhile" },
	{ "24", "The stick has no room for an answer", row_24_no_room, UPDATED, "sent a moment later; the lock need not ask again" },
	{ "25", "A block of 63 is too long for the way", row_25_too_long, UPDATED, "50 at once, 63 again after 500 good ones" },
	{ "26", "The stick is out of memory twice", row_26_no_memory, UPDATED, "ZNP: blocks of 40; EZSP, which says it of any size: slower, not smaller" },
	{ "27", "Too long for a Telink client, which stores by 16", row_27_telink, UPDATED, "48 or 32, nothing between" },
	{ "28", "The battery falls to 8 % at 30 %", row_28_battery_falls, UPDATED, "goes on, but is held at the end (battery_alarm) until there are new batteries" },
	{ "29", "A block every 40 minutes", row_29_slow, UPDATED, "16 hours, never an error" },
	{ "30", "Cancelled while it sleeps", row_30_cancelled_asleep, EACH, "cancelled", "cancelled", "", "at once; its next request gets ABORT" },
	{ "31", "Cancelled in the middle of a page", row_31_cancelled_in_a_burst, EACH, "cancelled", "cancelled", "", "the page ends; ABORT to the next request" },
};
/* clang-format on */

const size_t N_SCENARIOS = ARRAY_SIZE(SCENARIOS);
