#include "adapters/zigbee/znp/znp_endpoint.h"

#include "adapters/zigbee/znp/znp_af.h"
#include "adapters/zigbee/znp/znp_status.h"
#include "adapters/zigbee/znp/znp_zdo.h"
#include "server/base/check.h"
#include "server/base/wire.h"

#include <string.h>

enum { AF = 0x24, ZDO = 0x25, ACTIVE_EP = 0x05, SIMPLE_DESC = 0x04, REGISTER = 0x00 };
enum { LOCAL_TIMEOUT = 3000, DELETE_TIMEOUT = 500, SPARE = 2, STATUS_NO_MEMORY = 0x10 };

static const uint8_t wanted[ZNP_OUR_ENDPOINTS] = { ZNP_ENDPOINT_1, ZNP_ENDPOINT_13,
	ZNP_ENDPOINT_SPARE };

static void next_endpoint(struct znp_endpoints *p);
static void next_delete(struct znp_endpoints *p);

static struct znp_endpoints *self(struct znp_task *t)
{
	return (struct znp_endpoints *)t;
}

static void on_registered(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	struct znp_endpoints *p = self(t);

	(void)now;
	if (!znp_task_answer(t, reply, 1))
		return;

	uint8_t status = reply->data.data[0];

	if (status == ZNP_SUCCESS)
		p->ours[p->index] = true;
	p->usable[p->index] = status == ZNP_SUCCESS || status == ZNP_DUPLICATE_ENTRY;
	if (status == STATUS_NO_MEMORY && !znp_endpoints_first(p)) {
		znp_task_refuse(t, "stick_full", "the stick has no memory for our endpoint");
		return;
	}
	p->index++;
	next_endpoint(p);
}

static void enroll(struct znp_endpoints *p)
{
	const uint8_t data[] = { wanted[p->index], 0x04, 0x01, 0x05, 0, 0, 0, 1, 0x19, 0, 0 };

	znp_task_ask(&p->task, AF, REGISTER, (struct span){ data, sizeof data }, on_registered);
}

static void on_local_srsp(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	if (znp_task_answer(t, reply, 1))
		znp_task_wait(t, self(t)->was_replied ? now : now + LOCAL_TIMEOUT, t->due);
}

/* The answer comes as a message of its own, before or after the SRSP; then, or when it does not
 * come, `then` goes on. */
static void ask_local(struct znp_endpoints *p, uint8_t cmd1, struct span data, znp_on_due *then)
{
	p->was_replied = false;
	znp_task_ask(&p->task, ZDO, cmd1, data, on_local_srsp);
	p->task.due = then;
}

static void on_described(struct znp_task *t, msec now)
{
	(void)now;
	self(t)->index++;
	next_endpoint(self(t));
}

static void finish(struct znp_endpoints *p)
{
	if (znp_endpoints_first(p))
		p->task.want = ZNP_DONE;
	else
		znp_task_refuse(&p->task, "stick_full",
			"the stick has no endpoint that could serve updates");
}

static void next_endpoint(struct znp_endpoints *p)
{
	if (p->index > SPARE || (p->index == SPARE && znp_endpoints_first(p))) {
		finish(p);
		return;
	}
	if (!memchr(p->found, wanted[p->index], sizeof p->found)) {
		enroll(p);
		return;
	}

	const uint8_t data[] = { 0, 0, 0, 0, wanted[p->index] };

	ask_local(p, SIMPLE_DESC, (struct span){ data, sizeof data }, on_described);
}

static void on_listed(struct znp_task *t, msec now)
{
	(void)now;
	self(t)->index = 0;
	next_endpoint(self(t));
}

static void list(struct znp_endpoints *p)
{
	static const uint8_t data[] = { 0, 0, 0, 0 };

	ask_local(p, ACTIVE_EP, (struct span){ data, sizeof data }, on_listed);
}

static void on_callback(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	(void)now;
	if (!znp_task_answer(t, reply, 1))
		return;
	self(t)->callback_asked = true;
	list(self(t));
}

/* status, address, count, endpoints */
static void found(struct znp_endpoints *p, struct wire_in *in)
{
	wire_take(in, 3);

	struct span endpoints = wire_take(in, wire_u8(in));
	size_t n = endpoints.size < sizeof p->found ? endpoints.size : sizeof p->found;

	if (n)
		memcpy(p->found, endpoints.data, n);
}

/* status, address, length, endpoint, profile, ... */
static void described(struct znp_endpoints *p, struct wire_in *in)
{
	uint8_t status = wire_u8(in);

	wire_take(in, 2 + 1);

	uint8_t endpoint = wire_u8(in);
	uint16_t profile = wire_u16(in);

	if (!in->bad && status == 0 && p->index < ZNP_OUR_ENDPOINTS && endpoint == wanted[p->index])
		p->usable[p->index] = profile == ZNP_PROFILE;
}

static void on_areq(struct znp_task *t, const struct znp_frame *f, msec now)
{
	struct znp_endpoints *p = self(t);
	uint8_t asked = t->ask.cmd1;
	struct znp_zdo z;

	znp_zdo_read(&z, f);
	if (t->ask.cmd0 != ZDO || z.kind != ZNP_ZDO_MESSAGE || z.source != 0 ||
		z.cluster != (0x8000 | asked) || p->was_replied)
		return;

	struct wire_in in = wire_in((struct span){ z.payload, z.size });

	p->was_replied = true;
	if (asked == ACTIVE_EP)
		found(p, &in);
	else
		described(p, &in);
	if (t->want == ZNP_WAIT)
		znp_task_wait(t, now, t->due);
}

void znp_endpoints_begin(struct znp_endpoints *p, bool wrapped)
{
	static const uint8_t all[] = { 0xFF, 0xFF };

	p->task = (struct znp_task){ .areq = on_areq };
	p->wrapped = wrapped;
	memset(p->found, 0, sizeof p->found);
	memset(p->usable, 0, sizeof p->usable);
	if (wrapped)
		znp_task_ask(&p->task, ZDO, 0x3E, (struct span){ all, sizeof all }, on_callback);
	else
		list(p);
}

void znp_endpoints_forget(struct znp_endpoints *p)
{
	*p = (struct znp_endpoints){ .wrapped = p->wrapped };
}

/* --- giving back: an error is as good as an answer, the endpoint may be gone already --- */

static void on_callback_removed(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	(void)reply;
	(void)now;
	self(t)->callback_asked = false;
	next_delete(self(t));
}

static void on_deleted(struct znp_task *t, const struct znp_reply *reply, msec now)
{
	(void)reply;
	(void)now;
	self(t)->ours[self(t)->index] = false;
	next_delete(self(t));
}

static void next_delete(struct znp_endpoints *p)
{
	static const uint8_t all[] = { 0xFF, 0xFF };
	struct znp_task *t = &p->task;

	p->index = 0;
	while (p->index < ZNP_OUR_ENDPOINTS && !p->ours[p->index])
		p->index++;
	if (p->index < ZNP_OUR_ENDPOINTS)
		znp_task_ask(t, AF, 0x04, (struct span){ &wanted[p->index], 1 }, on_deleted);
	else if (p->callback_asked)
		znp_task_ask(t, ZDO, 0x3F, (struct span){ all, sizeof all }, on_callback_removed);
	else
		t->want = ZNP_DONE;
	t->ask.timeout = DELETE_TIMEOUT;
	t->ask.tries = 1;
}

void znp_endpoints_hand_back(struct znp_endpoints *p)
{
	p->task = (struct znp_task){ 0 };
	memset(p->usable, 0, sizeof p->usable);
	next_delete(p);
}

bool znp_endpoints_has(const struct znp_endpoints *p, uint8_t endpoint)
{
	for (size_t i = 0; i < ZNP_OUR_ENDPOINTS; i++)
		if (p->usable[i] && wanted[i] == endpoint)
			return true;
	return false;
}

uint8_t znp_endpoints_first(const struct znp_endpoints *p)
{
	for (size_t i = 0; i < ZNP_OUR_ENDPOINTS; i++)
		if (p->usable[i])
			return wanted[i];
	return 0;
}
