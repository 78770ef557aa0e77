#include "adapters/zigbee/znp/znp_resume.h"

#include "server/base/check.h"
#include "server/base/wire.h"

enum { SYS = 0x21, UTIL = 0x27, ZDO = 0x25, APP_CNF = 0x2F };
enum { BDB_NO_NETWORK = 0x02, BDB_RESTORED = 0x0D };
enum { RESTARTS_MAX = 3, POLL = 1000, SETTLE = 10000, RESET_TIMEOUT = 15000 };
enum { START_SRSP_TIMEOUT = 40000, START_TIMEOUT = 15000, START_TIMEOUT_12 = 60000 };

struct item {
	uint16_t id;
	bool not_on_12; /* only BDB firmware has it */
};

static const struct item items[] = {
	{ ZNP_NV_STARTUP_OPTION, false },
	{ ZNP_NV_LOGICAL_TYPE, false },
	{ ZNP_NV_ON_A_NETWORK, true },
	{ ZNP_NV_DIRECT_CB, false },
	{ ZNP_NV_NIB, false },
};

static void ask_ping(struct znp_resume *r);
static void read_items(struct znp_resume *r, size_t from);
static void judge(struct znp_resume *r, msec now);
static void verify(struct znp_resume *r);

static struct znp_resume *self(struct znp_task *t)
{
	return (struct znp_resume *)t;
}

static void ask(struct znp_resume *r, uint8_t cmd0, uint8_t cmd1, znp_on_reply *then)
{
	znp_task_ask(&r->task, cmd0, cmd1, (struct span){ NULL, 0 }, then);
}

static void garbled(struct znp_resume *r, const char *what)
{
	r->task.want = ZNP_REFUSE;
	err_because(&r->task.why, ERR_REFUSED, "stick_unknown",
		"the stick's answer about its %s makes no sense", what);
}

/* --- what firmware it is --- */

static void on_device(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	(void)now;
	if (!znp_task_answer(t, reply, 1))
		return;
	if (!znp_facts_device(&self(t)->facts, reply->data))
		garbled(self(t), "state");
	else
		read_items(self(t), 0);
}

static void on_probe(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	struct znp_resume *r = self(t);

	(void)now;
	if (reply->outcome != ZNP_RPC_ERROR && !znp_task_answer(t, reply, 0))
		return;
	r->facts.stack = reply->outcome == ZNP_RPC_ERROR ? ZNP_STACK_30X : ZNP_STACK_3X0;
	ask(r, UTIL, 0x00, on_device);
}

static void on_version(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	static const uint8_t link_keys[] = { 1, 4, 0, 0, 0 }; /* the length only */
	struct znp_resume *r = self(t);

	(void)now;
	if (!znp_task_answer(t, reply, 5))
		return;
	znp_facts_version(&r->facts, reply->data);
	if (r->facts.capabilities & ZNP_CAP_APP_CNF) {
		znp_task_ask(t, SYS, 0x32, (struct span){ link_keys, sizeof link_keys }, on_probe);
		return;
	}
	r->facts.stack = ZNP_STACK_12;
	ask(r, UTIL, 0x00, on_device);
}

static void on_ping(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	(void)now;
	if (!znp_task_answer(t, reply, 2))
		return;
	self(t)->facts.capabilities = (uint16_t)(reply->data.data[0] | reply->data.data[1] << 8);
	ask(self(t), SYS, 0x02, on_version);
}

static void ask_ping(struct znp_resume *r)
{
	r->cleared = false;
	r->started = false;
	r->facts = (struct znp_facts){ .startup_option = ZNP_ABSENT,
		.logical_type = ZNP_ABSENT,
		.on_a_network = ZNP_ABSENT,
		.direct_cb = ZNP_ABSENT };
	ask(r, SYS, 0x01, on_ping);
}

/* --- what it keeps --- */

static void on_item(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	struct znp_resume *r = self(t);
	uint16_t id = items[r->item].id;
	int *value = znp_facts_item(&r->facts, id);

	(void)now;
	if (!znp_task_answer(t, reply, 2))
		return;

	struct wire_in in = wire_in(reply->data);
	uint8_t status = wire_u8(&in), size = wire_u8(&in);
	struct span data = wire_take(&in, size);

	if (status != 0 || in.bad || (value && size < 1) ||
		(!value && (size != r->facts.nib_size || !znp_nib_read(&r->facts.nib, data)))) {
		garbled(r, "settings");
		return;
	}
	if (value)
		*value = data.data[0];
	read_items(r, r->item + 1);
}

static void on_length(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	struct znp_resume *r = self(t);
	uint16_t id = items[r->item].id;
	const uint8_t data[] = { (uint8_t)id, (uint8_t)(id >> 8), 0, 0 };

	(void)now;
	if (!znp_task_answer(t, reply, 2))
		return;

	uint16_t size = (uint16_t)(reply->data.data[0] | reply->data.data[1] << 8);
	bool unreadable = id == ZNP_NV_NIB && size > ZNP_NIB_MAX;

	if (id == ZNP_NV_NIB)
		r->facts.nib_size = size;
	if (size == 0 || unreadable)
		read_items(r, r->item + 1);
	else
		znp_task_ask(t, SYS, 0x1C, (struct span){ data, sizeof data }, on_item);
}

static void on_ieee(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	struct znp_resume *r = self(t);

	if (!znp_task_answer(t, reply, 8))
		return;

	struct wire_in in = wire_in(reply->data);

	r->facts.ieee = wire_u64(&in);
	judge(r, now);
}

static void read_items(struct znp_resume *r, size_t from)
{
	while (from < ARRAY_SIZE(items) && items[from].not_on_12 && r->facts.stack == ZNP_STACK_12)
		from++;
	r->item = from;
	if (from == ARRAY_SIZE(items)) {
		ask(r, SYS, 0x04, on_ieee);
		return;
	}

	const uint8_t data[] = { (uint8_t)items[from].id, (uint8_t)(items[from].id >> 8) };

	znp_task_ask(&r->task, SYS, 0x13, (struct span){ data, sizeof data }, on_length);
}

/* --- the verdict, and the start --- */

static void on_no_reset(struct znp_task *t, msec now)
{
	(void)now;
	znp_task_retry(t, "stick_silent", "the stick did not come back from its restart");
}

static void reset(struct znp_resume *r, msec now)
{
	znp_task_wait(&r->task, now + RESET_TIMEOUT, on_no_reset);
	r->task.want = ZNP_RESET;
	r->reset_done = true;
}

/* Nothing that we sent can have this effect on a stick that passed the checks; if it happens
 * nevertheless, the radio must go off at once. */
static void formed(struct znp_resume *r)
{
	znp_task_refuse(&r->task, "stick_formed",
		"the stick began to make a new network and was stopped by a restart: give it back "
		"to its owner and restore the owner's backup");
	r->task.reset_first = true;
}

static void on_poll(struct znp_task *t, const struct znp_reply *reply, msec now);

static void poll(struct znp_task *t, msec now)
{
	(void)now;
	ask(self(t), UTIL, 0x00, on_poll);
}

static void still_not_up(struct znp_resume *r, msec now)
{
	bool late = now >= r->give_up;

	if (!late)
		znp_task_wait(&r->task, now + POLL, poll);
	else if (r->started)
		znp_task_refuse(&r->task, "stick_start_failed",
			"the stick did not bring its network back after the start");
	else if (!r->reset_done)
		reset(r, now);
	else
		znp_task_retry(&r->task, "stick_not_ready", "the stick hangs in its start");
}

static void on_started(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	struct znp_resume *r = self(t);

	if (!znp_task_answer(t, reply, 1))
		return;

	uint8_t status = reply->data.data[0];
	bool is_12 = r->facts.stack == ZNP_STACK_12;

	if (is_12 && status == 1) {
		formed(r);
		return;
	}
	if (status != 0) {
		znp_task_refuse(t, "stick_start_failed", "the stick refused to start its network");
		return;
	}
	r->give_up = now + (is_12 ? START_TIMEOUT_12 : START_TIMEOUT);
	znp_task_wait(t, now + POLL, poll);
}

static void start(struct znp_resume *r)
{
	static const uint8_t initialise[] = { 0 }, delay[] = { 100, 0 };
	struct znp_task *t = &r->task;

	r->started = true;
	if (r->facts.stack == ZNP_STACK_12)
		znp_task_ask(t, ZDO, 0x40, (struct span){ delay, sizeof delay }, on_started);
	else
		znp_task_ask(t, APP_CNF, 0x05, (struct span){ initialise, sizeof initialise },
			on_started);
	t->ask.timeout = START_SRSP_TIMEOUT;
	t->ask.tries = 1;
}

static void go_on(struct znp_resume *r, msec now)
{
	if (r->reset_wanted && !r->reset_done)
		reset(r, now);
	else if (r->facts.state == ZNP_STATE_COORDINATOR)
		verify(r);
	else if (r->facts.state == ZNP_STATE_HOLD && !r->started)
		start(r);
	else
		still_not_up(r, now);
}

static void on_poll(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	struct znp_resume *r = self(t);

	if (!znp_task_answer(t, reply, 1))
		return;
	if (!znp_facts_device(&r->facts, reply->data))
		garbled(r, "state");
	else
		go_on(r, now);
}

static void judge(struct znp_resume *r, msec now)
{
	struct radio_network found;

	znp_facts_network(&r->facts, &found);
	if (znp_facts_check(&r->facts, &r->task.why) != OK ||
		network_check(&r->expect, &found, &r->task.why) != OK) {
		r->task.want = ZNP_REFUSE;
		return;
	}
	r->cleared = true;
	r->before = r->facts;
	r->give_up = now + SETTLE;
	go_on(r, now);
}

/* --- is it still what it was? --- */

static void differs(struct znp_resume *r)
{
	znp_task_refuse(&r->task, "foreign_network",
		"the network that runs on the stick is not the one that it has stored");
}

static void on_nib_again(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	struct znp_nib nib;

	(void)now;
	if (!znp_task_answer(t, reply, 2))
		return;

	struct span data = { reply->data.data + 2, reply->data.size - 2 };

	if (!znp_nib_read(&nib, data) || !znp_nib_same(&nib, &self(t)->before.nib))
		differs(self(t));
	else
		t->want = ZNP_DONE;
}

static void on_network(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	static const uint8_t nib[] = { ZNP_NV_NIB, 0, 0, 0 };
	struct znp_resume *r = self(t);

	(void)now;
	if (!znp_task_answer(t, reply, 1))
		return;
	if (!znp_facts_running(&r->before, reply->data) || r->facts.address != 0)
		differs(r);
	else if (r->started)
		znp_task_ask(t, SYS, 0x1C, (struct span){ nib, sizeof nib }, on_nib_again);
	else
		t->want = ZNP_DONE;
}

static void verify(struct znp_resume *r)
{
	ask(r, ZDO, 0x50, on_network);
}

/* --- what the stick says by itself --- */

static void on_reset(struct znp_resume *r)
{
	bool ours = r->task.due == on_no_reset && r->task.want == ZNP_WAIT;

	if (!ours && ++r->restarts > RESTARTS_MAX)
		znp_task_retry(&r->task, "stick_unstable", "the stick restarts again and again");
	else
		ask_ping(r);
}

static void on_areq(struct znp_task *t, const struct znp_frame *f, msec now)
{
	struct znp_resume *r = self(t);
	bool waiting = r->started && t->want == ZNP_WAIT;
	bool is_state = f->cmd0 == 0x45 && f->cmd1 == 0xC0 && f->length >= 1;
	bool is_notice = f->cmd0 == 0x4F && f->cmd1 == 0x80 && f->length >= 1;

	if (f->cmd0 == 0x41 && f->cmd1 == 0x80)
		on_reset(r);
	else if (r->started && is_notice && f->data[0] == BDB_NO_NETWORK)
		znp_task_refuse(t, "stick_blank",
			"the stick says that it is on no network; nothing was started");
	else if (waiting && ((is_notice && f->data[0] == BDB_RESTORED) ||
				    (is_state && f->data[0] == ZNP_STATE_COORDINATOR)))
		poll(t, now);
}

void znp_resume_begin(
	struct znp_resume *r, const struct network_expect *expect, bool reset_wanted, msec now)
{
	(void)now;
	*r = (struct znp_resume){ .expect = *expect, .reset_wanted = reset_wanted };
	r->task.areq = on_areq;
	ask_ping(r);
}
