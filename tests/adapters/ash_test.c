#include "adapters/zigbee/ezsp/ash.h"

#include "server/base/text.h"
#include "tests/adapters/vectors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Everything that comes out, as words: ">bytes" written, "up code", "<frame", "end why seen code".
 */
static struct bench {
	struct ash ash;
	msec now;
	char log[4000];
	bool reconnects; /* when it fails */
	char answer[64]; /* sent when a frame comes */
} b;

static void note(const char *what, struct span bytes)
{
	char hex[1000];
	size_t n = strlen(b.log);

	cr_assert(bytes.size < sizeof hex / 2);
	text_hex(hex, bytes);
	snprintf(b.log + n, sizeof b.log - n, "%s%s%s", n ? " " : "", what, hex);
}

static void on_write(void *owner, struct span bytes)
{
	(void)owner;
	note(">", bytes);
}

static void on_connected(void *owner, int code, msec now)
{
	char word[32];

	(void)owner;
	cr_assert(eq(u64, now, b.now));
	snprintf(word, sizeof word, "up %d", code);
	note(word, (struct span){ NULL, 0 });
}

static void on_frame(void *owner, struct span ezsp, msec now)
{
	(void)owner;
	note("<", ezsp);
	if (*b.answer)
		ash_send(&b.ash, unhex(b.answer), now);
}

static void on_failed(void *owner, const struct ash_failure *why, msec now)
{
	char word[64];

	(void)owner;
	snprintf(word, sizeof word, "end %d %d %d", why->end, why->seen, why->code);
	note(word, (struct span){ NULL, 0 });
	if (b.reconnects)
		ash_connect(&b.ash, now);
}

static const struct ash_events events = { on_write, on_connected, on_frame, on_failed };

static void expect(const char *want)
{
	cr_assert(eq(str, b.log, (char *)want));
	b.log[0] = 0;
}

static void hear(const char *hex)
{
	ash_bytes(&b.ash, unhex(hex), b.now);
}

static void hear_text(const char *text)
{
	ash_bytes(&b.ash, (struct span){ (const uint8_t *)text, strlen(text) }, b.now);
}

static void hear_frame(const struct ash_frame *f)
{
	uint8_t out[ASH_WIRE_MAX];

	ash_bytes(&b.ash, (struct span){ out, ash_write(f, out) }, b.now);
}

static void send(const char *hex)
{
	ash_send(&b.ash, unhex(hex), b.now);
}

/* To the next deadline, which must be in so many ms. */
static void wait(msec ms)
{
	cr_assert(eq(u64, ash_deadline(&b.ash), b.now + ms), "in %d ms",
		(int)(ash_deadline(&b.ash) - b.now));
	b.now += ms - 1;
	ash_due(&b.ash, b.now);
	expect("");
	b.now++;
	ash_due(&b.ash, b.now);
}

static void start(void)
{
	b = (struct bench){ .now = 1000000 };
	ash_init(&b.ash, &events, &b);
	ash_connect(&b.ash, b.now);
}

static void up(void)
{
	start();
	hear("1ac1020b0a527e");
	b.log[0] = 0;
}

/* As many frames from both sides, all acknowledged. */
static void talk(uint8_t ours, uint8_t theirs)
{
	for (uint8_t i = 0; i < ours; i++) {
		send("00000005");
		hear_frame(&(struct ash_frame){ .kind = ASH_ACK, .ack = (i + 1) % 8 });
	}
	for (uint8_t i = 0; i < theirs; i++)
		hear_frame(&(struct ash_frame){ .kind = ASH_DATA,
			.number = i % 8,
			.ack = ours % 8,
			.data = unhex("008005") });
	b.log[0] = 0;
}

TestSuite(ash, .init = up);

#define CANCELS "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a"

Test(ash, resets_the_stick_and_takes_its_word, .init = start)
{
	expect(">1ac038bc7e");
	hear("1ac1020b0a527e");
	expect(">8070787e up 11");
	cr_assert(eq(u64, ash_deadline(&b.ash), 0));
}

Test(ash, asks_five_times_and_clears_the_line_from_the_second_time_on, .init = start)
{
	expect(">1ac038bc7e");
	for (int i = 2; i <= ASH_ATTEMPTS; i++) {
		wait(ASH_RESET_WAIT);
		expect(">0a" CANCELS "c038bc7e");
	}
	wait(ASH_RESET_WAIT);
	expect("end 0 0 -1"); /* nothing seen */
	cr_assert(eq(u64, ash_deadline(&b.ash), 0));
	hear("1ac1020b0a527e");
	expect("");
}

Test(ash, takes_only_the_codes_of_a_start, .init = start)
{
	for (unsigned code = 0; code < 256; code++) {
		uint8_t data[] = { 2, (uint8_t)code };
		bool good = code == 1 || code == 2 || code == 9 || code == 0x0B;

		start();
		hear_frame(&(struct ash_frame){ .kind = ASH_RSTACK, .data = { data, 2 } });
		cr_assert(eq(int, b.ash.state == ASH_CONNECTED, good), "code %u", code);
		start();
		hear_frame(&(struct ash_frame){ .kind = ASH_ERROR, .data = { data, 2 } });
		cr_assert(eq(int, b.ash.state, ASH_CONNECTING), "code %u", code);
		start();
		data[0] = 3;
		hear_frame(&(struct ash_frame){ .kind = ASH_RSTACK, .data = { data, 2 } });
		cr_assert(eq(int, b.ash.state, ASH_CONNECTING));
	}
}

Test(ash, an_error_while_waiting_is_remembered_and_asked_again, .init = start)
{
	hear("c20203d20a7e"); /* watchdog */
	for (int i = 0; i < ASH_ATTEMPTS; i++) {
		b.log[0] = 0;
		wait(ASH_RESET_WAIT);
	}
	expect("end 0 5 3");
}

Test(ash, acknowledges_at_once_and_before_it_hands_up)
{
	text_copy(b.answer, sizeof b.answer, "00000005");
	hear("0042a1a8478ffa7e0000"); /* wrong sum */
	expect(">a0547d3a7e");
	hear("7e");
	hear_frame(&(struct ash_frame){ .kind = ASH_DATA, .data = unhex("0080000d025074") });
	expect(">8160597e <0080000d025074 >014221a851575c7e");
}

/* However the bytes are cut. */
static void cut_everywhere(const char *hex, uint8_t ours, uint8_t theirs, const char *want)
{
	struct span wire = unhex(hex);
	uint8_t copy[100];

	memcpy(copy, wire.data, wire.size);
	for (size_t cut = 0; cut <= wire.size; cut++) {
		up();
		talk(ours, theirs);
		ash_bytes(&b.ash, (struct span){ copy, cut }, b.now);
		ash_bytes(&b.ash, (struct span){ copy + cut, wire.size - cut }, b.now);
		expect(want);
	}
}

Test(ash, recovers_from_every_published_disturbance)
{
	/* A flipped bit; the stick repeats. */
	cut_everywhere("3541a1ad072a1549497e3d41a1a9072a15dae47e", 5, 3,
		">a364797e >8430fc7e <038001530000");
	/* Two disturbances, one NAK. */
	cut_everywhere("3541a1ad072a1549497e3541a1ad072a1549497e", 5, 3, ">a364797e");
	/* Nothing for a cancelled frame, nor for noise that is no DATA. */
	cut_everywhere("3541a11a3541a1a9072a1549497e", 5, 3, ">8430fc7e <038001530000");
	cut_everywhere("c3a1a17e", 5, 3, "");
	cut_everywhere("354118a1a9072a1549497e", 5, 3, ">a364797e");
	cut_everywhere("35411141a1a9072a15134949 7e", 5, 3, ">a364797e");
	cut_everywhere("351141a1a9072a1513494911 7e", 5, 3, ">8430fc7e <038001530000");
}

Test(ash, a_repeated_frame_is_acknowledged_and_not_handed_up_again)
{
	talk(0, 1);
	hear_frame(&(struct ash_frame){ .kind = ASH_DATA, .again = true, .data = unhex("008005") });
	expect(">8160597e");
	cr_assert(eq(u32, b.ash.counters.duplicates, 1));
}

Test(ash, a_frame_out_of_turn_is_refused_once)
{
	struct ash_frame f = { .kind = ASH_DATA, .number = 3, .data = unhex("008005") };

	hear_frame(&f);
	expect(">a0547d3a7e");
	hear_frame(&f);
	expect("");
	f.number = 0;
	hear_frame(&f);
	expect(">8160597e <008005");
	f.number = 4;
	hear_frame(&f);
	expect(">a1443b7e");
	cr_assert(eq(u32, b.ash.counters.naks_sent, 2));
}

Test(ash, a_frame_that_acknowledges_what_was_never_sent_is_refused)
{
	hear_frame(&(struct ash_frame){ .kind = ASH_DATA, .ack = 3, .data = unhex("008005") });
	expect(">a0547d3a7e");
	send("00000005");
	b.log[0] = 0;
	hear_frame(&(struct ash_frame){ .kind = ASH_ACK, .ack = 2 });
	expect("");
	cr_assert(eq(sz, b.ash.flying.size, 4));
	hear_frame(&(struct ash_frame){ .kind = ASH_NAK, .ack = 5 });
	expect("");
}

Test(ash, repeats_with_growing_patience_and_gives_up_after_six)
{
	static const msec waits[] = { 1600, 2400, 2400, 2400, 2400, 2400 };

	send("00000013");
	expect(">004221a8478ffa7e");
	wait(800);
	for (size_t i = 0; i < 6; i++) {
		expect(">084221a8478dd77e");
		wait(waits[i]);
	}
	expect("end 3 0 -1");
	cr_assert(eq(u32, b.ash.counters.retransmits, 6));
	cr_assert(eq(u32, b.ash.counters.timeouts, 7));
}

Test(ash, a_repeated_frame_carries_the_newest_acknowledgement)
{
	send("00000013");
	hear_frame(&(struct ash_frame){ .kind = ASH_DATA, .data = unhex("008005") });
	b.log[0] = 0;
	wait(800);
	cr_assert(eq(int, strncmp(b.log, ">09", 3), 0), "%s", b.log);
}

Test(ash, waits_as_long_as_the_stick_usually_takes)
{
	for (int i = 0; i < 30; i++) {
		send("00000005");
		b.now += 5;
		hear_frame(&(struct ash_frame){ .kind = ASH_ACK, .ack = (uint8_t)((i + 1) % 8) });
		b.log[0] = 0;
	}
	send("00000005");
	cr_assert(eq(u64, ash_deadline(&b.ash), b.now + ASH_ACK_MIN));
	for (int i = 31; i < 60; i++) {
		b.now += 395;
		hear_frame(&(struct ash_frame){ .kind = ASH_ACK, .ack = (uint8_t)(i % 8) });
		send("00000005");
	}
	cr_assert(ash_deadline(&b.ash) > b.now + 1500);
}

Test(ash, a_slow_line_has_its_margin)
{
	b.ash.margin = 500;
	send("00000005");
	cr_assert(eq(u64, ash_deadline(&b.ash), b.now + 1300));
}

Test(ash, repeats_at_once_when_asked_but_not_without_end)
{
	struct ash_frame nak = { .kind = ASH_NAK, .ack = 0 };

	send("00000013");
	b.log[0] = 0;
	hear_frame(&nak);
	expect(">084221a8478dd77e");
	hear_frame(&nak);
	expect(">084221a8478dd77e");
	for (int i = 0; i < 100; i++)
		hear_frame(&nak);
	expect("");
	wait(800);
	expect(">084221a8478dd77e");
}

Test(ash, a_second_frame_waits_for_the_acknowledgement_of_the_first)
{
	send("00000013");
	cr_assert(not(ash_is_full(&b.ash)));
	send("00000002");
	cr_assert(ash_is_full(&b.ash));
	expect(">004221a8478ffa7e");
	hear("8160597e");
	cr_assert(eq(int, strncmp(b.log, ">10", 3), 0), "%s", b.log);
	cr_assert(not(ash_is_full(&b.ash)));
}

/* The stick has one place for commands and keeps it until its answer is acknowledged. */
Test(ash, what_waits_goes_out_after_the_acknowledgement_of_the_answer)
{
	send("00000013");
	send("00000002");
	b.log[0] = 0;
	hear_frame(
		&(struct ash_frame){ .kind = ASH_DATA, .ack = 1, .data = unhex("0080000d025074") });
	cr_assert(eq(int, strncmp(b.log, ">8160597e <0080000d025074 >7d31", 31), 0), "%s", b.log);
}

Test(ash, sending_into_a_full_or_closed_line_is_our_bug, .signal = SIGABRT)
{
	ash_stop(&b.ash);
	send("00000013");
}

Test(ash, an_error_of_the_stick_ends_the_line)
{
	talk(1, 1);
	hear("c20251a8bd7e");
	expect("end 1 5 81");
	hear_frame(&(struct ash_frame){ .kind = ASH_DATA, .number = 1, .data = unhex("008005") });
	expect("");
}

Test(ash, a_restart_of_the_stick_ends_the_line)
{
	talk(1, 1);
	send("00000005");
	b.log[0] = 0;
	hear("1ac102029b7b7e");
	expect("end 2 5 2");
	cr_assert(eq(u64, ash_deadline(&b.ash), 0));
}

/* A bridge that resets the stick itself when the port opens, and then our own reset. */
Test(ash, a_second_restart_before_any_frame_belongs_to_the_first)
{
	send("00000013");
	b.log[0] = 0;
	hear("1ac1020b0a527e");
	expect(">8070787e up 11");
	send("00000013");
	expect(">004221a8478ffa7e");
}

Test(ash, a_stick_that_restarts_again_and_again_is_given_up)
{
	for (int i = 0; i <= ASH_ATTEMPTS; i++) {
		b.log[0] = 0;
		hear("1ac1020b0a527e");
	}
	expect("end 2 5 11");
}

Test(ash, what_came_before_a_new_reset_is_not_taken_for_its_answer)
{
	talk(0, 1);
	b.reconnects = true;
	hear("c20251a8bd7e 1ac1020b0a527e");
	expect("end 1 5 81 >1ac038bc7e");
	hear("1ac1020b0a527e");
	expect(">8070787e up 11");
}

static const char menu[] = "\r\nGecko Bootloader v1.12.00\r\n1. upload gbl\r\n2. run\r\n"
			   "3. ebl info\r\nBL > ";

Test(ash, a_stick_in_its_bootloader_is_told_to_run, .init = start)
{
	b.log[0] = 0;
	hear_text(menu);
	expect(">32");
	hear_text(menu); /* its answer to our reset bytes, still from before */
	expect("");
	wait(ASH_BOOTLOADER_WAIT);
	expect(">0a" CANCELS "c038bc7e");
	hear("1ac1020b0a527e");
	expect(">8070787e up 11");
}

Test(ash, a_bootloader_that_comes_back_has_nothing_to_run, .init = start)
{
	hear_text(menu);
	b.log[0] = 0;
	wait(ASH_BOOTLOADER_WAIT);
	b.log[0] = 0;
	hear_text(menu);
	expect("end 0 3 -1");
}

Test(ash, a_stick_that_waits_for_an_upload_is_left_alone, .init = start)
{
	b.log[0] = 0;
	hear_text("C");
	hear_text("CC");
	expect("end 0 4 -1");
}

static void no_answer(const char *hex, const char *want)
{
	start();
	for (int i = 0; i < ASH_ATTEMPTS; i++) {
		hear(hex);
		b.log[0] = 0;
		wait(ASH_RESET_WAIT);
	}
	expect(want);
}

Test(ash, says_what_answered_in_its_place)
{
	no_answer("", "end 0 0 -1");
	no_answer("00f0e1c3", "end 0 1 -1");                   /* wrong speed */
	no_answer("7e8103 06 00 71 02 1a2b 7e", "end 0 2 -1"); /* Spinel */
	no_answer("0d0a 4765636b6f20426f6f746c6f6164657220", "end 0 3 -1");
	no_answer("8160597e", "end 0 5 -1");
	no_answer("43434443", "end 0 1 -1");
}
