#include "adapters/zigbee/ezsp/ezsp_message.h"
#include "adapters/zigbee/ezsp/ezsp_radio_impl.h"
#include "server/base/log.h"
#include "server/loop.h"

enum { SETTLE_TCP = 1000, MARGIN_TCP = 200, DRAIN_MAX = 3000, STOP_MAX = 3800 };
enum { FULL_CONCURRENCY = 8 };

static void enter(struct ezsp_radio *z, enum ezsp_phase phase, msec until)
{
	z->phase = phase;
	z->phase_until = until;
}

static void forget_line(struct ezsp_radio *z)
{
	z->asker = EZSP_BY_NOBODY;
	z->item = NULL;
	z->sender = 0;
	z->is_to_reset = false;
	send_queue_lose_all(&z->send);
}

static void close_line(struct ezsp_radio *z)
{
	forget_line(z);
	z->is_closing = z->stream != NULL;
}

static void finish_stop(struct ezsp_radio *z)
{
	z->rests = false;
	close_line(z);
	enter(z, EZSP_PHASE_OFF, 0);
}

static void pause_line(struct ezsp_radio *z, const struct err *why, uint32_t ms)
{
	close_line(z);
	enter(z, EZSP_PHASE_CLOSED, ezsp_radio_now(z) + ms);
	ezsp_radio_tell(z, RADIO_DOWN, why);
}

void ezsp_phase_failed(struct ezsp_radio *z, const struct err *why)
{
	if (z->is_stopping)
		finish_stop(z);
	else
		pause_line(z, why, stick_record_failed(&z->record));
}

void ezsp_phase_refused(struct ezsp_radio *z, const struct err *why)
{
	if (z->is_stopping) {
		finish_stop(z);
		return;
	}
	close_line(z);
	enter(z, EZSP_PHASE_REFUSED, 0);
	ezsp_radio_tell(z, RADIO_REFUSED, why);
}

/* Each start restarts the stick: no more often than for any other reason of ours. */
static void start_later(struct ezsp_radio *z, const struct err *why)
{
	msec now = ezsp_radio_now(z), rest = STICK_UNSTABLE_PAUSE;
	msec at = stick_record_restart_at(&z->record, now);

	if (z->is_stopping || !z->options.may_restart) {
		ezsp_phase_refused(z, why);
		return;
	}
	if (at > now + rest)
		rest = at - now;
	pause_line(z, why, (uint32_t)rest);
	z->rests = true;
}

bool ezsp_phase_wake(struct ezsp_radio *z)
{
	if (!z->rests || z->is_stopping)
		return false;
	z->phase_until = ezsp_radio_now(z);
	return true;
}

static void open_line(struct ezsp_radio *z)
{
	struct err why;

	if (z->rests)
		stick_record_restarted(&z->record, ezsp_radio_now(z));
	z->rests = false;
	enter(z, EZSP_PHASE_OPENING, 0);
	if (z->options.stream.open(&z->options.stream, &z->stream, &ezsp_radio_stream, z, &why) !=
		OK)
		ezsp_phase_failed(z, &why);
}

void ezsp_phase_opened(struct ezsp_radio *z)
{
	bool is_serial = z->stream->is_serial;

	z->rpc.margin = is_serial ? 0 : MARGIN_TCP;
	enter(z, EZSP_PHASE_SETTLING, ezsp_radio_now(z) + (is_serial ? 0 : SETTLE_TCP));
}

void ezsp_phase_connect(struct ezsp_radio *z)
{
	forget_line(z);
	z->is_to_reset = true;
	enter(z, EZSP_PHASE_CONNECTING, 0);
}

void ezsp_phase_recover(struct ezsp_radio *z)
{
	struct err why;

	if (stick_record_reset(&z->record, ezsp_radio_now(z)) && !z->is_stopping) {
		err_because(&why, ERR_IO, "stick_unstable",
			"the stick failed %d times in ten minutes: check its power, cable, flow "
			"control and firmware",
			STICK_RESETS_KEPT);
		pause_line(z, &why, STICK_UNSTABLE_PAUSE);
		return;
	}
	ezsp_phase_restart(z);
}

void ezsp_phase_restart(struct ezsp_radio *z)
{
	ezsp_radio_tell(z, RADIO_STARTING, NULL);
	ezsp_phase_connect(z);
}

void ezsp_phase_ready(struct ezsp_radio *z, const struct ezsp_hello *hello)
{
	struct network_expect expect;

	if (z->phase != EZSP_PHASE_CONNECTING)
		return;
	network_pin_expect(&expect, &z->options);
	ezsp_resume_begin(&z->resume, &expect, hello);
	ezsp_peers_forget(&z->peers);
	enter(z, EZSP_PHASE_RESUMING, 0);
}

static void resumed(struct ezsp_radio *z)
{
	const struct ezsp_facts *f = &z->resume.facts;
	uint8_t limit = f->message_limit;
	const char *warning = ezsp_facts_warning(f);

	if (z->is_stopping) {
		finish_stop(z);
		return;
	}
	network_pin_adopt(&z->resume.expect, z->options.store, &f->network);
	send_queue_init(&z->send, ezsp_message_family(f->hello.version),
		limit && limit < FULL_CONCURRENCY ? limit : FULL_CONCURRENCY);
	stick_record_runs(&z->record);
	ezsp_chores_begin(z);
	if (warning)
		log_warn("ezsp \"%s\"", warning);
	enter(z, EZSP_PHASE_UP, 0);
	ezsp_radio_tell(z, RADIO_UP, NULL);
}

static void no_such_command(struct ezsp_radio *z)
{
	struct ezsp_resume *r = &z->resume;
	struct err why;

	if (!ezsp_command_known(r->command, r->facts.hello.version)) {
		ezsp_resume_reply(r,
			&(struct ezsp_reply){ .outcome = EZSP_INVALID, .command = r->command },
			ezsp_radio_now(z));
		return;
	}
	err_because(&why, ERR_INTERNAL, "gate", "command %s is not one we may give so",
		ezsp_command_name(r->command));
	ezsp_phase_refused(z, &why);
}

static bool ask_for_resume(struct ezsp_radio *z)
{
	struct ezsp_resume *r = &z->resume;

	if (!ezsp_rpc_ready(&z->rpc))
		return false;
	r->want = EZSP_WANT_ANSWER;
	z->asker = EZSP_BY_RESUME;
	if (ezsp_rpc_call(&z->rpc, r->command, &r->ask, ezsp_radio_now(z)))
		return false;
	z->asker = EZSP_BY_NOBODY;
	no_such_command(z);
	return true;
}

/* One wish of the resume; true: it may have another at once. */
static bool drive(struct ezsp_radio *z)
{
	struct ezsp_resume *r = &z->resume;

	switch (r->want) {
	case EZSP_WANT_ASK:
		return ask_for_resume(z);
	case EZSP_WANT_ANSWER:
		return false;
	case EZSP_WANT_TIME:
		if (r->wake > ezsp_radio_now(z))
			return false;
		ezsp_resume_due(r);
		return true;
	case EZSP_WANT_NOTHING:
		resumed(z);
		return false;
	case EZSP_WANT_RETRY:
		ezsp_phase_failed(z, &r->why);
		return false;
	case EZSP_WANT_LATER:
		start_later(z, &r->why);
		return false;
	case EZSP_WANT_REFUSE:
		ezsp_phase_refused(z, &r->why);
		return false;
	}
	return false;
}

void ezsp_phase_step(struct ezsp_radio *z)
{
	if (z->is_to_reset && z->stream && !z->is_closing) {
		z->is_to_reset = false;
		ezsp_rpc_start(&z->rpc, ezsp_radio_now(z));
	}
	/* A network that runs may be given back at any moment. */
	if (z->is_stopping && z->phase == EZSP_PHASE_RESUMING && z->resume.runs)
		finish_stop(z);
	if (z->phase == EZSP_PHASE_DRAINING && !send_queue_in_flight(&z->send))
		finish_stop(z);
	while (z->phase == EZSP_PHASE_RESUMING && drive(z))
		;
}

static void phase_over(struct ezsp_radio *z)
{
	z->phase_until = 0;
	if (z->phase == EZSP_PHASE_CLOSED)
		open_line(z);
	else if (z->phase == EZSP_PHASE_SETTLING)
		ezsp_phase_connect(z);
	else if (z->phase == EZSP_PHASE_DRAINING)
		finish_stop(z);
}

/* Without a word to the stick: it keeps its network running until its owner comes. */
void ezsp_phase_close(struct ezsp_radio *z)
{
	struct stream *s = z->stream;

	z->is_closing = false;
	z->stream = NULL;
	ezsp_rpc_stop(&z->rpc);
	if (s)
		s->ops->free(s);
}

void ezsp_phase_due(struct ezsp_radio *z)
{
	msec now = ezsp_radio_now(z);

	if (z->is_stopping && z->phase != EZSP_PHASE_OFF && now >= z->stop_by)
		finish_stop(z);
	if (z->is_closing)
		ezsp_phase_close(z);
	if (z->phase_until && now >= z->phase_until)
		phase_over(z);
}

static void earlier(msec *first, msec at)
{
	if (at && (!*first || at < *first))
		*first = at;
}

/* Something to do at once, for which no byte and no time has to come. */
static bool is_pressing(const struct ezsp_radio *z)
{
	if (z->is_closing || (z->is_to_reset && z->stream))
		return true;
	if (z->phase == EZSP_PHASE_RESUMING)
		return z->resume.want == EZSP_WANT_ASK ? ezsp_rpc_ready(&z->rpc)
						       : z->resume.want > EZSP_WANT_TIME;
	if (z->phase == EZSP_PHASE_DRAINING)
		return !send_queue_in_flight(&z->send);
	return z->is_stopping && z->phase == EZSP_PHASE_OFF && !z->stream;
}

msec ezsp_phase_deadline(const struct ezsp_radio *z)
{
	msec first = z->phase_until;

	if (z->is_stopping && z->phase != EZSP_PHASE_OFF)
		earlier(&first, z->stop_by);
	if (is_pressing(z))
		earlier(&first, ezsp_radio_now(z));
	if (z->phase == EZSP_PHASE_RESUMING && z->resume.want == EZSP_WANT_TIME)
		earlier(&first, z->resume.wake);
	return first;
}

/* A stick that we restarted is not left without its network: it is resumed first. */
static bool must_finish(const struct ezsp_radio *z)
{
	return z->phase == EZSP_PHASE_CONNECTING ||
	       (z->phase == EZSP_PHASE_RESUMING && !z->resume.runs);
}

void ezsp_phase_stop(struct ezsp_radio *z)
{
	z->is_stopping = true;
	z->stop_by = ezsp_radio_now(z) + STOP_MAX;
	send_queue_drop_waiting(&z->send);
	if (must_finish(z))
		return;
	if (z->phase == EZSP_PHASE_UP)
		enter(z, EZSP_PHASE_DRAINING, ezsp_radio_now(z) + DRAIN_MAX);
	else
		finish_stop(z);
}
