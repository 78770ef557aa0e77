#include "adapters/cloud/cloud_adapter.h"

#include "adapters/cloud/cloud_private.h"
#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An order that could not leave for so long is refused: the engine takes it for lost after a
 * minute, and what it was decided on is as old. */
enum { CLOCK_WARNING_MS = 60000, ORDER_MAX_MS = 45000 };

static struct cloud *self(struct adapter *a)
{
	return (struct cloud *)a;
}

static enum err_code start(struct adapter *a, struct err *e)
{
	struct cloud *c = self(a);

	(void)e;
	c->stopping = false;
	c->base.state = ADAPTER_STARTING;
	c->list_due = loop_now(c->loop);
	cloud_wake(c);
	return OK;
}

static void on_stopped(void *owner)
{
	struct cloud *c = owner;

	cloud_set_state(c, ADAPTER_STOPPED, NULL);
	c->stopped_hook(c->stopped_owner);
}

static void stop(struct adapter *a, void (*done)(void *owner), void *owner)
{
	struct cloud *c = self(a);

	c->stopping = true;
	loop_timer_set(c->timer, 0);
	tasks_drop(c, NULL);
	login_stop(c, false);
	c->stopped = on_stopped;
	c->stopped_hook = done;
	c->stopped_owner = owner;
	if (c->renewal == RENEWAL_NONE) /* else when the new login is on disk */
		loop_post(c->loop, on_stopped, c);
}

static enum err_code restart(struct adapter *a, struct err *e)
{
	struct cloud *c = self(a);

	(void)e;
	c->account.broken = VENDOR_OK;
	c->account.hold_until = 0;
	c->renew_at = 0;
	c->refresh_failed = false;
	c->list_due = loop_now(c->loop);
	cloud_wake(c);
	return OK;
}

static enum err_code busy(struct err *e)
{
	return err_set(e, ERR_BUSY, "the cloud is asked too much already");
}

static enum err_code scan(struct adapter *a, struct err *e)
{
	struct task *t = task_add(self(a), TASK_SCAN, "");

	if (!t)
		return busy(e);
	t->ops[t->n_ops++] = OP_LIST;
	return OK;
}

static void know(struct adapter *a, const char *address, const struct lock_facts *facts)
{
	(void)facts;
	if (!cloud_device_add(self(a), address))
		log_warn("adapter=%s has too many locks: %s is left out", a->id, address);
	cloud_wake(self(a));
}

static void forget(struct adapter *a, const char *address)
{
	tasks_drop(self(a), address);
	cloud_device_remove(self(a), address);
}

static enum err_code no_radio(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "a cloud's lock is not reached that way");
}

static enum err_code read_facts(
	struct adapter *a, const char *address, unsigned what, struct err *e)
{
	(void)a;
	(void)address;
	(void)what;
	return no_radio(e);
}

static enum err_code update(struct adapter *a, const struct update_order *order, struct err *e)
{
	(void)a;
	(void)order;
	return no_radio(e);
}

static void finish(struct adapter *a, const char *address, uint32_t delay_s)
{
	(void)a;
	(void)address;
	(void)delay_s;
}

static void cancel(struct adapter *a, const char *address, int64_t abort_until)
{
	(void)a;
	(void)address;
	(void)abort_until;
}

/* Does progress need the vendor's number of the update, and is there none? */
static bool lacks_number(struct cloud *c, const char *address, const char *component)
{
	const json_t *requests = json_object_get(c->profile->ops[OP_PROGRESS], "requests");
	const char *path = json_string_value(json_object_get(json_array_get(requests, 0), "path"));
	char key[16 + ADDRESS_SIZE + COMPONENT_ID_SIZE];

	(void)snprintf(key, sizeof key, "job %s %s", address, component);
	return path && strstr(path, "{vendor_job}") && !c->store->get(c->store, key);
}

static void choose_ops(struct task *t)
{
	struct cloud *c = t->cloud;
	bool check = c->profile->ops[OP_CHECK] != NULL;
	bool progress = c->profile->ops[OP_PROGRESS] && !lacks_number(c, t->address, t->component);

	if (t->what & LOOK_STATUS || (t->what & LOOK_VERSIONS && !check))
		t->ops[t->n_ops++] = OP_STATUS;
	if (t->what & LOOK_VERSIONS && check)
		t->ops[t->n_ops++] = OP_CHECK;
	if (!(t->what & LOOK_PROGRESS) || t->n_ops == TASK_OPS)
		return;
	if (progress)
		t->ops[t->n_ops++] = OP_PROGRESS;
	else if (check && !(t->what & LOOK_VERSIONS))
		t->ops[t->n_ops++] = OP_CHECK;
	else if (!t->n_ops)
		t->ops[t->n_ops++] = OP_STATUS;
}

static enum err_code look(
	struct adapter *a, const char *address, const char *component, unsigned what, struct err *e)
{
	struct task *t;

	if (!what)
		return err_set(e, ERR_INVALID, "nothing to look at");
	t = task_add(self(a), TASK_LOOK, address);
	if (!t)
		return busy(e);
	t->what = what;
	(void)text_copy(t->component, sizeof t->component, component ? component : "");
	choose_ops(t);
	return OK;
}

static enum err_code trigger(struct adapter *a, const struct vendor_order *order, struct err *e)
{
	struct cloud *c = self(a);
	char key[16 + ADDRESS_SIZE + COMPONENT_ID_SIZE];
	struct task *t;

	if (!c->profile->can_trigger)
		return err_set(e, ERR_UNSUPPORTED, "this cloud cannot start an update");
	t = task_add(c, TASK_TRIGGER, order->address);
	if (!t)
		return busy(e);
	/* The number of an update before this one says nothing about this one. */
	(void)snprintf(key, sizeof key, "job %s %s", order->address, order->component);
	c->store->put(c->store, key, NULL);
	t->job = order->job;
	t->expires = loop_now(c->loop) + ORDER_MAX_MS;
	(void)text_copy(t->component, sizeof t->component, order->component);
	if (order->version && c->profile->can_pin)
		(void)text_copy(t->version, sizeof t->version, order->version);
	t->ops[t->n_ops++] = OP_TRIGGER;
	return OK;
}

static void guide(const struct adapter *a, const char **app, const char **steps)
{
	const struct cloud *c = (const struct cloud *)a;

	*app = c->profile->app ? c->profile->app : "the vendor's app";
	*steps = c->profile->steps ? c->profile->steps : "Start the update in the app.";
}

static void info(const struct adapter *a, struct adapter_info *out)
{
	const struct cloud *c = (const struct cloud *)a;
	int64_t offset = c->account.clock_offset;

	*out = (struct adapter_info){ .last_heard = c->heard_at, .timeouts = c->failures };
	(void)snprintf(out->firmware, sizeof out->firmware, "%.20s, %.40s", c->profile->id,
		c->origin + sizeof "https://" - 1);
	if (offset > CLOCK_WARNING_MS || offset < -CLOCK_WARNING_MS)
		out->warning = "This system's clock differs from the cloud's; check the time.";
}

static void free_adapter(struct adapter *a)
{
	struct cloud *c = self(a);

	if (!a)
		return;
	tasks_drop(c, NULL);
	login_stop(c, true);
	loop_timer_free(c->timer);
	request_done(&c->token_request);
	tokens_done(&c->tokens);
	tokens_done(&c->fresh);
	secrets_done(&c->secrets);
	profile_free(c->profile);
	free(c->devices);
	free(c);
}

static const struct adapter_ops all_ops = {
	.type = "cloud",
	.start = start,
	.stop = stop,
	.restart = restart,
	.scan = scan,
	.know = know,
	.forget = forget,
	.read = read_facts,
	.update = update,
	.finish = finish,
	.cancel = cancel,
	.info = info,
	.free = free_adapter,
	.look = look,
	.trigger = trigger,
	.hook = cloud_hook,
	.guide = guide,
};

static unsigned capabilities_of(const struct profile *p)
{
	return ADAPTER_VENDOR | ADAPTER_SCANS | ADAPTER_RESTARTS |
	       (p->can_trigger ? ADAPTER_TRIGGERS : 0U) | (p->can_check ? ADAPTER_OFFERS : 0U) |
	       (p->reports_version ? ADAPTER_VERSIONS : 0U) |
	       (p->can_progress ? ADAPTER_PERCENT : 0U) | (p->can_pin ? ADAPTER_PINS : 0U);
}

/* "https://host:port" -> "host". */
static void add_host(struct cloud *c, size_t i, const char *origin)
{
	if (!*origin)
		return;
	(void)text_copy(c->host[i], sizeof c->host[i], origin + sizeof "https://" - 1);
	c->host[i][strcspn(c->host[i], ":/")] = '\0';
	c->hosts[i] = c->host[i];
}

/* Before there is a file, the credentials may bring a first pair. */
static enum err_code load_tokens(struct cloud *c, const struct cloud_options *o, struct err *e)
{
	const char *access = secrets_get(&c->secrets, "access_token");
	enum err_code r;

	if (!sign_scheme_has_tokens(c->profile->scheme))
		return OK;
	token_file_name(&c->file, o->token_folder, o->id, c->profile, c->origin);
	r = token_file_read(&c->file, &c->tokens, e);
	if (r == OK && !c->tokens.access && access) {
		tokens_set(&c->tokens, access, secrets_get(&c->secrets, "refresh_token"), 0, 0);
		c->tokens.generation = 0;
	}
	return r;
}

enum err_code cloud_adapter_new(
	struct adapter **out, const struct cloud_options *options, struct err *e)
{
	struct cloud *c = xcalloc(1, sizeof *c);
	enum err_code r;

	c->base.ops = &all_ops;
	(void)text_copy(c->base.id, sizeof c->base.id, options->id);
	c->base.capabilities = capabilities_of(options->profile);
	c->loop = options->loop;
	c->work = options->work;
	c->http = options->http;
	c->store = options->store;
	c->profile = options->profile;
	c->secrets = *options->secrets;
	*options->secrets = (struct secrets){ 0 };
	(void)text_copy(c->origin, sizeof c->origin, options->origin);
	add_host(c, 0, c->origin);
	add_host(c, 1, c->profile->token_origin);
	account_init(&c->account, c->profile, loop_now(c->loop));
	budget_load(c);
	c->timer = loop_timer_new(c->loop, cloud_pump, c);
	r = load_tokens(c, options, e);
	if (r == OK)
		*out = &c->base;
	else
		free_adapter(&c->base);
	return r;
}
