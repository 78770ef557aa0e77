#include "adapters/zigbee/znp/znp_task.h"

#include <assert.h>
#include <string.h>

void znp_task_ask(
	struct znp_task *t, uint8_t cmd0, uint8_t cmd1, struct span data, znp_on_reply *then)
{
	assert(data.size <= ZNP_ASK_MAX);
	t->ask = (struct znp_ask){
		.cmd0 = cmd0, .cmd1 = cmd1, .length = (uint8_t)data.size, .tries = 2
	};
	if (data.size)
		memcpy(t->ask.data, data.data, data.size);
	t->want = ZNP_ASK;
	t->wake = 0;
	t->reply = then;
}

void znp_task_wait(struct znp_task *t, msec until, znp_on_due *then)
{
	t->want = ZNP_WAIT;
	t->wake = until;
	t->due = then;
}

void znp_task_retry(struct znp_task *t, const char *reason, const char *text)
{
	t->want = ZNP_RETRY;
	err_because(&t->why, ERR_TIMEOUT, reason, "%s", text);
}

void znp_task_refuse(struct znp_task *t, const char *reason, const char *text)
{
	t->want = ZNP_REFUSE;
	err_because(&t->why, ERR_REFUSED, reason, "%s", text);
}

static void unknown(struct znp_task *t, const char *what, uint8_t error)
{
	t->want = ZNP_REFUSE;
	err_because(&t->why, ERR_REFUSED, "stick_unknown",
		"the firmware of this stick %s request %02X %02X (error %u): not one that is known "
		"to be safe",
		what, t->ask.cmd0, t->ask.cmd1, error);
}

bool znp_task_answer(struct znp_task *t, const struct znp_reply *reply, size_t min)
{
	switch (reply->outcome) {
	case ZNP_ANSWER:
		if (reply->data.size >= min)
			return true;
		unknown(t, "answered too short to", 0);
		return false;
	case ZNP_RPC_ERROR:
		unknown(t, "does not know", reply->error);
		return false;
	case ZNP_NO_ANSWER:
	case ZNP_DEAD:
		znp_task_retry(t, "stick_silent", "the stick stopped answering");
		return false;
	}
	return false;
}
