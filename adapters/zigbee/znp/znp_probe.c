#include "adapters/zigbee/znp/znp_probe.h"

#include "server/base/check.h"

enum kind { DRAIN, PING, SKIP, LINES };

struct step {
	enum kind kind;
	uint32_t ms; /* to wait for the answer, or after it was done */
	bool dtr, rts;
};

static const struct step steps[] = {
	{ DRAIN, 100, false, false },
	{ PING, 1000, false, false },
	{ PING, 1000, false, false },
	{ SKIP, 1000, false, false },
	{ PING, 1000, false, false },
	/* With lines only, from here on. */
	{ LINES, 150, false, false },
	{ LINES, 150, false, true },
	{ LINES, 1500, false, false },
	{ PING, 2000, false, false },
	{ PING, 2000, false, false },
};
enum { STEPS_WITHOUT_LINES = 5 };

static void due(struct znp_task *t, msec now);

static void fail(struct znp_probe *p)
{
	if (p->in_bootloader)
		znp_task_retry(&p->task, "stick_bootloader",
			"the stick sits in its bootloader: unplug it and plug it in again");
	else
		znp_task_retry(&p->task, "no_znp",
			"nothing that speaks ZNP answers here: is it the right port and is the "
			"baud rate right?");
}

static void next(struct znp_probe *p, msec now)
{
	size_t n = p->has_lines ? ARRAY_SIZE(steps) : (size_t)STEPS_WITHOUT_LINES;
	struct znp_task *t = &p->task;

	if (p->step == n) {
		fail(p);
		return;
	}

	const struct step *s = &steps[p->step++];
	static const enum znp_want wants[] = {
		[DRAIN] = ZNP_WAIT, [PING] = ZNP_ASK, [SKIP] = ZNP_SKIP, [LINES] = ZNP_LINES
	};

	t->want = wants[s->kind];
	t->ask = (struct znp_ask){ .cmd0 = 0x21, .cmd1 = 0x01, .timeout = s->ms };
	t->wake = s->kind == PING ? 0 : now + s->ms;
	t->due = due;
	t->dtr = s->dtr;
	t->rts = s->rts;
}

static void due(struct znp_task *t, msec now)
{
	next((struct znp_probe *)t, now);
}

static void reply(struct znp_task *t, const struct znp_reply *r, msec now)
{
	if (r->outcome == ZNP_ANSWER)
		t->want = ZNP_DONE;
	else
		next((struct znp_probe *)t, now);
}

/* TI's bootloader says FE 00 4D 04 49. */
static void areq(struct znp_task *t, const struct znp_frame *f, msec now)
{
	(void)now;
	if (f->cmd0 == 0x4D)
		((struct znp_probe *)t)->in_bootloader = true;
}

void znp_probe_begin(struct znp_probe *p, bool has_lines, msec now)
{
	*p = (struct znp_probe){ .has_lines = has_lines, .task = { .reply = reply, .areq = areq } };
	next(p, now);
}
