#include "adapters/zigbee/ezsp/ezsp_rpc.h"

#include "tests/adapters/vectors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A stick that says what the test wants; what the rpc tells goes to log as words. */
static struct bench {
	struct ezsp_rpc rpc;
	msec now;
	char log[1000];
	uint8_t version;
	uint8_t from_us, from_stick; /* frame numbers expected and next */
	struct ezsp_frame command;   /* the last */
	uint8_t raw[EZSP_FRAME_MAX];
	bool deaf; /* acknowledges nothing */
	bool restarts, asks_on;
} b;

static void note(const char *word, const char *what, int code)
{
	size_t n = strlen(b.log);

	snprintf(b.log + n, sizeof b.log - n, "%s%s %s %d", n ? " " : "", word, what, code);
}

static void line_says(const struct ash_frame *f)
{
	uint8_t out[ASH_WIRE_MAX];

	ezsp_rpc_bytes(&b.rpc, (struct span){ out, ash_write(f, out) }, b.now);
}

/* Every frame of ours, taken apart as the stick does. */
static void on_write(void *owner, struct span bytes)
{
	struct ash_reader r = { 0 };
	struct ash_frame f;

	(void)owner;
	for (size_t i = 0; i < bytes.size; i++) {
		if (ash_read(&r, bytes.data[i], &f) != ASH_READ_FRAME || f.kind != ASH_DATA ||
			f.again)
			continue;
		cr_assert(eq(u8, f.number, b.from_us));
		memcpy(b.raw, f.data.data, f.data.size);
		cr_assert(ezsp_frame_read(
			b.version, (struct span){ b.raw, f.data.size }, &b.command));
		b.from_us = b.deaf ? b.from_us : (f.number + 1) % 8;
	}
}

static void on_ready(void *owner, const struct ezsp_hello *hello, msec now)
{
	(void)owner;
	(void)now;
	cr_assert(eq(u16, hello->stack_version, 0x7450));
	note("ready", "v", hello->version);
}

static void on_reply(void *owner, const struct ezsp_reply *reply, msec now)
{
	(void)owner;
	note("reply", ezsp_command_name(reply->command), reply->outcome);
	if (reply->outcome == EZSP_INVALID)
		note("reason", "is", reply->reason);
	if (b.asks_on) {
		b.asks_on = false;
		cr_assert(ezsp_rpc_call(&b.rpc, EZSP_NOP, NULL, now));
	}
}

static void on_callback(void *owner, enum ezsp_command which, const struct ezsp_values *v, msec now)
{
	(void)owner;
	(void)now;
	note("callback", ezsp_command_name(which), (int)v->status.code);
}

static const char *const ends[] = { "ash", "version", "stack", "handshake", "silent", "forgot" };

static void on_failed(void *owner, const struct ezsp_failure *why, msec now)
{
	(void)owner;
	note("failed", ends[why->end], why->code);
	cr_assert(not(ezsp_rpc_ready(&b.rpc)));
	if (b.restarts)
		ezsp_rpc_start(&b.rpc, now);
}

static const struct ezsp_rpc_events events = { on_write, on_ready, on_reply, on_callback, on_failed,
	NULL };

static void expect(const char *want)
{
	cr_assert(eq(str, b.log, (char *)want));
	b.log[0] = 0;
}

static void stick_says(const char *ezsp)
{
	struct ash_frame f = {
		.kind = ASH_DATA, .number = b.from_stick, .ack = b.from_us, .data = unhex(ezsp)
	};

	b.from_stick = (b.from_stick + 1) % 8;
	b.now += 5;
	line_says(&f);
}

/* With the sequence number of the last command. */
static void answer(const char *rest)
{
	char hex[400];

	snprintf(hex, sizeof hex, "%02x%s", b.command.sequence, rest);
	stick_says(hex);
}

static void restart_stick(void)
{
	b.from_us = b.from_stick = 0;
	b.version = 0;
	line_says(&(struct ash_frame){ .kind = ASH_RSTACK, .data = unhex("020b") });
}

static void connect_stick(void)
{
	b = (struct bench){ .now = 70000 };
	ezsp_rpc_init(&b.rpc, &events, NULL);
	ezsp_rpc_start(&b.rpc, b.now);
	restart_stick();
	cr_assert(eq(u16, b.command.id, 0));
	cr_assert(eq(u8, b.command.params.data[0], EZSP_NEWEST));
}

static void up(void)
{
	connect_stick();
	b.version = 13;
	answer("80000d025074");
	answer("800100000d025074");
	b.log[0] = 0;
}

static void ask(enum ezsp_command command)
{
	cr_assert(ezsp_rpc_call(&b.rpc, command, NULL, b.now));
}

/* Lets time pass, deadline by deadline. */
static void pass(msec ms)
{
	msec end = b.now + ms, next;

	while ((next = ezsp_rpc_deadline(&b.rpc)) && next <= end) {
		b.now = next;
		ezsp_rpc_due(&b.rpc, b.now);
	}
	b.now = end;
}

/* The line acknowledges the last command, the stick says nothing. */
static void acknowledge(void)
{
	line_says(&(struct ash_frame){ .kind = ASH_ACK, .ack = b.from_us });
}

TestSuite(ezsp_rpc, .init = up);

Test(ezsp_rpc, speaks_every_version_in_its_own_header, .init = NULL)
{
	for (uint8_t version = EZSP_OLDEST; version <= EZSP_NEWEST; version++) {
		char hex[40];
		const char *head = version < 5 ? "8000" : version < 8 ? "80ff0000" : "80010000";

		connect_stick();
		snprintf(hex, sizeof hex, "8000%02x025074", version);
		b.version = version;
		answer(hex);
		cr_assert(eq(u16, b.command.id, 0));
		cr_assert(eq(u8, b.command.params.data[0], version));
		snprintf(hex, sizeof hex, "%s%02x025074", head, version);
		expect("");
		answer(hex);
		snprintf(hex, sizeof hex, "ready v %d", version);
		expect(hex);
	}
}

Test(ezsp_rpc, refuses_versions_and_stacks_it_does_not_know, .init = NULL)
{
	connect_stick();
	answer("800003025074");
	expect("failed version 3");
	connect_stick();
	answer("800014025074");
	expect("failed version 20");
	connect_stick();
	answer("80000d015074");
	expect("failed stack 1");
	connect_stick();
	answer("80000d");
	expect("failed handshake -1");
}

Test(ezsp_rpc, a_stick_that_changes_its_mind_about_the_version_is_refused, .init = NULL)
{
	connect_stick();
	b.version = 13;
	answer("80000d025074");
	answer("800100000e025074");
	expect("failed handshake -1");
}

Test(ezsp_rpc, a_handshake_without_an_answer_ends, .init = NULL)
{
	connect_stick();
	acknowledge();
	pass(EZSP_VERSION_TIMEOUT - 1);
	expect("");
	pass(1);
	expect("failed handshake -1");
	cr_assert(eq(u64, ezsp_rpc_deadline(&b.rpc), 0));
}

Test(ezsp_rpc, says_what_the_line_said, .init = NULL)
{
	connect_stick();
	line_says(&(struct ash_frame){ .kind = ASH_ERROR, .data = unhex("0251") });
	expect("failed ash 81");
}

Test(ezsp_rpc, a_restart_begins_anew_with_the_oldest_header)
{
	b.restarts = true;
	ask(EZSP_GET_EUI64);
	line_says(&(struct ash_frame){ .kind = ASH_RSTACK, .data = unhex("0202") });
	expect("failed ash 2");
	restart_stick();
	cr_assert(eq(u8, b.command.params.data[0], EZSP_NEWEST));
	b.version = 8;
	answer("800008025074");
	answer("8001000008025074");
	expect("ready v 8");
}

Test(ezsp_rpc, one_question_one_answer)
{
	ask(EZSP_GET_NODE_ID);
	cr_assert(not(ezsp_rpc_ready(&b.rpc)));
	answer("800127000000");
	expect("reply getNodeId 0");
	cr_assert(ezsp_rpc_ready(&b.rpc));
	cr_assert(eq(u64, ezsp_rpc_deadline(&b.rpc), 0));
}

Test(ezsp_rpc, the_next_question_may_be_asked_from_the_answer)
{
	b.asks_on = true;
	ask(EZSP_GET_NODE_ID);
	answer("800127000000");
	cr_assert(eq(u16, b.command.id, 0x0005));
	answer("80010500");
	expect("reply getNodeId 0 reply nop 0");
}

Test(ezsp_rpc, asking_while_asked_is_our_bug, .signal = SIGABRT)
{
	ask(EZSP_NOP);
	ask(EZSP_NOP);
}

Test(ezsp_rpc, what_the_gate_or_the_version_refuses_is_not_asked)
{
	struct ezsp_values v = { .u = { [EZ_ID] = 7 } };

	cr_assert(not(ezsp_rpc_call(&b.rpc, EZSP_SET_VALUE, &v, b.now)));
	cr_assert(eq(u32, b.rpc.gate.denied, 1));
	cr_assert(not(ezsp_rpc_call(&b.rpc, EZSP_STACK_STATUS, NULL, b.now)));
	cr_assert(ezsp_rpc_ready(&b.rpc));
	cr_assert(eq(u64, ezsp_rpc_deadline(&b.rpc), 0));
	ask(EZSP_NOP); /* and no sequence number was lost */
	cr_assert(eq(u8, b.command.sequence, 2));
}

Test(ezsp_rpc, callbacks_are_told_by_their_bit_not_by_their_sequence)
{
	ask(EZSP_NETWORK_INIT);
	answer("90011900 90");
	expect("callback stackStatusHandler 144");
	cr_assert(not(ezsp_rpc_ready(&b.rpc)));
	answer("8001170000");
	expect("reply networkInit 0");
	answer("94011900 91");
	expect("callback stackStatusHandler 145");
}

Test(ezsp_rpc, a_callback_without_its_bit_is_one_by_its_id)
{
	ask(EZSP_NETWORK_INIT);
	answer("8001190090");
	expect("callback stackStatusHandler 144");
	cr_assert(not(ezsp_rpc_ready(&b.rpc)));
}

Test(ezsp_rpc, unknown_and_broken_callbacks_are_passed_over)
{
	answer("9001460001020304");
	answer("90011900");
	answer("9201190090"); /* truncated */
	answer("90ff1900");
	stick_says("000119");
	expect("");
	cr_assert(eq(u32, b.rpc.garbled, 4));
	cr_assert(eq(u32, b.rpc.unasked, 0));
	cr_assert(ezsp_rpc_ready(&b.rpc));
}

Test(ezsp_rpc, a_command_the_firmware_does_not_know_is_named_with_the_reason)
{
	ask(EZSP_READ_COUNTERS);
	answer("8001580031");
	expect("reply readCounters 1 reason is 49");
	ask(EZSP_READ_COUNTERS);
	answer("800158003a000000");
	expect("reply readCounters 1 reason is 58");
}

Test(ezsp_rpc, a_stick_that_wants_the_version_again_has_restarted)
{
	ask(EZSP_READ_COUNTERS);
	answer("8001580030");
	expect("failed forgot -1");
}

Test(ezsp_rpc, short_and_truncated_answers_are_broken)
{
	ask(EZSP_GET_EUI64);
	answer("80012600ccbbaafeff6f0d");
	expect("reply getEui64 2");
	ask(EZSP_GET_EUI64);
	answer("82012600ccbbaafeff6f0d00");
	expect("reply getEui64 2");
}

Test(ezsp_rpc, lost_callbacks_are_counted)
{
	ask(EZSP_NOP);
	answer("81010500");
	expect("reply nop 0");
	cr_assert(eq(u32, b.rpc.overflows, 1));
}

Test(ezsp_rpc, a_late_answer_is_not_taken_for_a_new_one)
{
	uint8_t late;

	ask(EZSP_GET_NODE_ID);
	late = b.command.sequence;
	acknowledge();
	pass(EZSP_ANSWER_TIMEOUT - 1);
	expect("");
	pass(1);
	expect("reply getNodeId 3");
	ask(EZSP_GET_NODE_ID);
	cr_assert(ne(u8, b.command.sequence, late));
	b.command.sequence--;
	answer("800127003412");
	expect("");
	cr_assert(eq(u32, b.rpc.late, 1));
	b.command.sequence++;
	answer("800127000000");
	expect("reply getNodeId 0");
	cr_assert(eq(u32, b.rpc.unasked, 0));
}

Test(ezsp_rpc, two_answers_missing_in_a_row_end_the_line)
{
	ask(EZSP_NOP);
	acknowledge();
	pass(EZSP_ANSWER_TIMEOUT);
	expect("reply nop 3");
	ask(EZSP_NOP);
	answer("80010500");
	expect("reply nop 0");
	for (int i = 0; i < 2; i++) {
		ask(EZSP_NOP);
		acknowledge();
		pass(EZSP_ANSWER_TIMEOUT);
	}
	expect("reply nop 3 failed silent -1");
}

Test(ezsp_rpc, a_dead_line_is_told_by_the_line)
{
	b.deaf = true;
	ask(EZSP_NOP);
	pass(EZSP_ANSWER_TIMEOUT);
	expect("reply nop 3");
	pass(10000);
	expect("failed ash -1");
	cr_assert(eq(int, b.rpc.ash.state, ASH_IDLE));
}

Test(ezsp_rpc, an_answer_nobody_asked_for_is_counted)
{
	answer("80012700 3412");
	ask(EZSP_NOP);
	answer("80012700 3412"); /* the right sequence, another command */
	expect("");
	cr_assert(eq(u32, b.rpc.unasked, 2));
	answer("80010500");
	expect("reply nop 0");
}

Test(ezsp_rpc, more_questions_than_sequence_numbers)
{
	for (int i = 0; i < 600; i++) {
		ask(EZSP_NOP);
		answer("80010500");
		expect("reply nop 0");
	}
}

Test(ezsp_rpc, stopping_is_silent)
{
	ask(EZSP_NOP);
	ezsp_rpc_stop(&b.rpc);
	answer("80010500");
	pass(60000);
	expect("");
	cr_assert(eq(u64, ezsp_rpc_deadline(&b.rpc), 0));
}

Test(ezsp_rpc, a_slow_line_has_its_margin, .init = NULL)
{
	up();
	b.rpc.margin = 2000;
	ask(EZSP_NOP);
	acknowledge();
	cr_assert(eq(u64, ezsp_rpc_deadline(&b.rpc), b.now + EZSP_ANSWER_TIMEOUT + 2000));
}
