#include "adapters/zigbee/znp/znp_radio_impl.h"
#include "adapters/zigbee/znp/znp_status.h"
#include "server/loop.h"

enum { RECOVER_PAUSE = 1000, DRAIN_MAX = 3000, STOP_MAX = 3800, LINGER = 500 };
enum { MARGIN_TCP = 200, MARGIN_SLOW = 3000, FULL_CONCURRENCY = 4 };

static void enter(struct znp_radio *z, enum znp_phase phase, msec until)
{
	z->phase = phase;
	z->phase_until = until;
}

static void forget_line(struct znp_radio *z)
{
	znp_rpc_clear(&z->rpc);
	z->rpc.gate.stack = ZNP_STACK_UNKNOWN;
	z->asker = ZNP_BY_NOBODY;
	z->item = NULL;
	z->task = NULL;
	z->release.cmd0 = 0;
	z->is_doubted = false;
	send_queue_lose_all(&z->send);
}

static void close_line(struct znp_radio *z, msec in)
{
	forget_line(z);
	if (z->stream && !z->close_at)
		z->close_at = znp_radio_now(z) + in;
}

static void finish_stop(struct znp_radio *z)
{
	close_line(z, 0);
	enter(z, ZNP_OFF, 0);
}

static void pause_line(struct znp_radio *z, const struct err *why, uint32_t ms)
{
	close_line(z, 0);
	enter(z, ZNP_CLOSED, znp_radio_now(z) + ms);
	znp_radio_tell(z, RADIO_DOWN, why);
}

void znp_phase_failed(struct znp_radio *z, const struct err *why)
{
	if (z->is_stopping)
		finish_stop(z);
	else
		pause_line(z, why, stick_record_failed(&z->record));
}

void znp_phase_refused(struct znp_radio *z, const struct err *why)
{
	bool reset = z->task && z->task->reset_first;

	if (reset)
		znp_rpc_tell(&z->rpc, 0x41, 0x00, (struct span){ (const uint8_t[]){ 1 }, 1 });
	if (z->is_stopping) {
		finish_stop(z);
		return;
	}
	/* A reset must leave the line before it is closed. */
	close_line(z, reset ? LINGER : 0);
	enter(z, ZNP_REFUSED, 0);
	znp_radio_tell(z, RADIO_REFUSED, why);
}

void znp_phase_open(struct znp_radio *z)
{
	struct err why;

	enter(z, ZNP_OPENING, 0);
	if (z->options.stream.open(&z->options.stream, &z->stream, &znp_radio_stream, z, &why) !=
		OK)
		znp_phase_failed(z, &why);
}

static void resume(struct znp_radio *z, bool reset)
{
	struct network_expect expect;

	network_pin_expect(&expect, &z->options);
	znp_resume_begin(&z->resume, &expect, reset, znp_radio_now(z));
	z->task = &z->resume.task;
	enter(z, ZNP_RESUMING, 0);
}

void znp_phase_enroll(struct znp_radio *z)
{
	znp_endpoints_begin(&z->endpoints, z->is_wrapped);
	z->task = &z->endpoints.task;
	enter(z, ZNP_ENROLLING, 0);
}

void znp_phase_restart(struct znp_radio *z)
{
	send_queue_lose_all(&z->send);
	z->item = NULL;
	if (z->asker == ZNP_BY_ITEM)
		z->asker = ZNP_BY_NOBODY;
	znp_radio_tell(z, RADIO_STARTING, NULL);
	resume(z, true);
}

void znp_phase_reset(struct znp_radio *z)
{
	msec now = znp_radio_now(z);
	struct err why;

	forget_line(z);
	znp_endpoints_forget(&z->endpoints);
	if (stick_record_reset(&z->record, now)) {
		err_because(&why, ERR_IO, "stick_unstable",
			"the stick restarted %d times in ten minutes: check its power, cable and "
			"firmware",
			STICK_RESETS_KEPT);
		pause_line(z, &why, STICK_UNSTABLE_PAUSE);
		return;
	}
	znp_radio_tell(z, RADIO_STARTING, NULL);
	enter(z, ZNP_RECOVERING, now + RECOVER_PAUSE);
}

static void resumed(struct znp_radio *z)
{
	const struct znp_facts *f = &z->resume.facts;
	bool is_slow = f->stack != ZNP_STACK_3X0;
	struct radio_network network;

	z->rpc.gate.stack = ZNP_STACK_UNKNOWN;
	z->rpc.margin =
		(is_slow ? MARGIN_SLOW : 0) + (uint32_t)(z->stream->is_serial ? 0 : MARGIN_TCP);
	z->is_wrapped = f->direct_cb != 1;
	send_queue_init(&z->send, &znp_send_family, is_slow ? 1 : FULL_CONCURRENCY);
	znp_facts_network(f, &network);
	network_pin_adopt(&z->resume.expect, z->options.store, &network);
	if (z->is_stopping)
		finish_stop(z);
	else
		znp_phase_enroll(z);
}

static void enrolled(struct znp_radio *z)
{
	z->task = NULL;
	stick_record_runs(&z->record);
	if (z->is_stopping) {
		enter(z, ZNP_DRAINING, znp_radio_now(z) + DRAIN_MAX);
		return;
	}
	enter(z, ZNP_UP, 0);
	znp_radio_tell(z, RADIO_UP, NULL);
}

static void task_done(struct znp_radio *z)
{
	if (z->task == &z->probe.task)
		resume(z, false);
	else if (z->task == &z->resume.task)
		resumed(z);
	else if (z->phase == ZNP_ENROLLING)
		enrolled(z);
	else
		finish_stop(z);
}

static void ask_for_task(struct znp_radio *z)
{
	struct err why;

	if (znp_rpc_busy(&z->rpc))
		return;
	z->rpc.gate.stack = z->task == &z->resume.task && z->resume.cleared ? z->resume.facts.stack
									    : ZNP_STACK_UNKNOWN;
	z->task->want = ZNP_ASKED;
	z->asker = ZNP_BY_TASK;
	if (znp_rpc_call(&z->rpc, &z->task->ask, znp_radio_now(z)))
		return;
	err_because(&why, ERR_INTERNAL, "gate", "request %02X %02X is not one we may make",
		z->task->ask.cmd0, z->task->ask.cmd1);
	znp_phase_refused(z, &why);
}

static void skip_bootloader(struct znp_radio *z)
{
	static const uint8_t force_run = 0xEF; /* no frame: TI's serial bootloader eats it */

	z->stream->ops->write(z->stream, (struct span){ &force_run, 1 });
}

static void set_lines(struct znp_radio *z, const struct znp_task *t)
{
	z->lines_skewed = t->dtr != t->rts;
	if (z->lines_skewed)
		stick_record_restarted(&z->record, znp_radio_now(z));
	z->stream->ops->lines(z->stream, t->dtr, t->rts);
}

/* One wish of the task; true: it may have another at once. */
static bool drive(struct znp_radio *z)
{
	struct znp_task *t = z->task;
	struct err why = t->why;

	switch (t->want) {
	case ZNP_WAIT:
		if (!t->wake || t->wake > znp_radio_now(z))
			return false;
		t->wake = 0;
		t->due(t, znp_radio_now(z));
		return true;
	case ZNP_ASKED:
		return false;
	case ZNP_ASK:
		ask_for_task(z);
		return false;
	case ZNP_RESET:
		t->want = ZNP_WAIT;
		znp_rpc_tell(&z->rpc, 0x41, 0x00, (struct span){ (const uint8_t[]){ 1 }, 1 });
		return true;
	case ZNP_SKIP:
		t->want = ZNP_WAIT;
		skip_bootloader(z);
		return true;
	case ZNP_LINES:
		t->want = ZNP_WAIT;
		set_lines(z, t);
		return true;
	case ZNP_DONE:
		task_done(z);
		return true;
	case ZNP_RETRY:
		znp_phase_failed(z, &why);
		return false;
	case ZNP_REFUSE:
		znp_phase_refused(z, &why);
		return false;
	}
	return false;
}

static void leave(struct znp_radio *z)
{
	send_queue_lose_all(&z->send);
	z->item = NULL;
	znp_endpoints_hand_back(&z->endpoints);
	z->task = &z->endpoints.task;
	enter(z, ZNP_LEAVING, 0);
}

void znp_phase_step(struct znp_radio *z)
{
	if (z->phase == ZNP_DRAINING && !send_queue_in_flight(&z->send))
		leave(z);
	while (z->task && drive(z))
		;
}

static void phase_over(struct znp_radio *z)
{
	z->phase_until = 0;
	if (z->phase == ZNP_CLOSED)
		znp_phase_open(z);
	else if (z->phase == ZNP_RECOVERING)
		resume(z, false);
	else if (z->phase == ZNP_DRAINING)
		leave(z);
}

void znp_phase_close(struct znp_radio *z)
{
	struct stream *s = z->stream;

	z->close_at = 0;
	z->stream = NULL;
	if (s && z->lines_skewed)
		s->ops->lines(s, false, false);
	z->lines_skewed = false;
	if (s)
		s->ops->free(s);
}

void znp_phase_due(struct znp_radio *z)
{
	msec now = znp_radio_now(z);

	if (z->is_stopping && z->phase != ZNP_OFF && now >= z->stop_by)
		finish_stop(z);
	if (z->close_at && now >= z->close_at)
		znp_phase_close(z);
	if (z->phase_until && now >= z->phase_until && !z->close_at)
		phase_over(z);
}

static void earlier(msec *first, msec at)
{
	if (at && (!*first || at < *first))
		*first = at;
}

/* Something to do at once, for which no byte and no time has to come. */
static bool is_pressing(const struct znp_radio *z)
{
	if (z->task && z->task->want != ZNP_WAIT && z->task->want != ZNP_ASKED)
		return !znp_rpc_busy(&z->rpc);
	if (z->phase == ZNP_DRAINING)
		return !send_queue_in_flight(&z->send);
	return z->is_stopping && z->phase == ZNP_OFF && !z->stream;
}

msec znp_phase_deadline(const struct znp_radio *z)
{
	msec first = z->close_at;

	if (z->is_stopping && z->phase != ZNP_OFF)
		earlier(&first, z->stop_by);
	if (is_pressing(z))
		earlier(&first, znp_radio_now(z));
	if (!z->close_at)
		earlier(&first, z->phase_until);
	if (z->task && z->task->want == ZNP_WAIT)
		earlier(&first, z->task->wake);
	return first;
}

/* A stick that was just reset is not left unstarted, and what is being registered can only be given
 * back when its answer is here: these go on to their end first. */
static bool must_finish(const struct znp_radio *z)
{
	return z->phase == ZNP_RECOVERING || z->phase == ZNP_ENROLLING ||
	       (z->phase == ZNP_RESUMING && z->resume.reset_done);
}

void znp_phase_stop(struct znp_radio *z)
{
	z->is_stopping = true;
	z->stop_by = znp_radio_now(z) + STOP_MAX;
	send_queue_drop_waiting(&z->send);
	if (must_finish(z))
		return;
	if (z->phase == ZNP_UP && !z->close_at) {
		enter(z, ZNP_DRAINING, znp_radio_now(z) + DRAIN_MAX);
	} else {
		finish_stop(z);
	}
}
