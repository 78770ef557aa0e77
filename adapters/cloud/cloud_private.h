/* cloud_private.h: the adapter's own: its account, its locks, and the tasks that wait for the
 * cloud. Nothing here is called from inside a call into the adapter: that only queues. */
#pragma once

#include "adapters/cloud/account.h"
#include "adapters/cloud/call.h"
#include "adapters/cloud/cloud_adapter.h"
#include "adapters/cloud/token_file.h"
#include "server/http_client.h"
#include "server/loop.h"
#include "server/worker.h"

enum {
	CLOUD_DEVICES_MAX = 2000,
	CLOUD_TASKS_MAX = 256,
	CLOUD_HOSTS = 2,
	TASK_OPS = 3,
	READ_TRIES = 3,
	HOOK_GAP_MS = 5000 /* between two looks that messages of the vendor bring */
};

struct cloud_device {
	char address[ADDRESS_SIZE];
	msec status_due, check_due; /* 0: not planned */
	msec hooked_at;
};

enum task_kind { /* in the order of their urgency */
	TASK_TRIGGER,
	TASK_LOOK,
	TASK_HELLO, /* the list, to see that all is well */
	TASK_SCAN,
	TASK_POLL
};

struct task {
	struct task *next;
	struct cloud *cloud;
	enum task_kind kind;
	char address[ADDRESS_SIZE], component[COMPONENT_ID_SIZE], version[VENDOR_VERSION_SIZE];
	int64_t job;
	unsigned what;
	enum cloud_op ops[TASK_OPS];
	size_t n_ops, at;
	struct cloud_call *call;
	struct http_call *http;            /* under way */
	size_t n_headers, n_query, n_form; /* of the request before it was signed */
	uint32_t generation;               /* of the token it went with */
	unsigned renewals, repeats, tries;
	msec not_before, expires; /* expires: not begun or sent again from then on; 0 never */
	enum vendor_state state;
	int percent;
	char code[32];
};

enum renewal { RENEWAL_NONE, RENEWAL_LOADING, RENEWAL_ASKING, RENEWAL_SAVING };

struct cloud {
	struct adapter base;
	struct loop *loop;
	struct worker *work;
	struct http_client *http;
	struct adapter_store *store;
	struct loop_timer *timer;
	struct profile *profile;
	char origin[PROFILE_ORIGIN_SIZE];
	char host[CLOUD_HOSTS][PROFILE_ORIGIN_SIZE];
	const char *hosts[CLOUD_HOSTS + 1];
	struct secrets secrets;
	struct account account;
	struct cloud_device *devices;
	size_t n_devices;
	struct task *tasks;
	size_t n_tasks, n_active;
	msec list_due;
	unsigned hello_failures;
	int64_t heard_at;
	uint32_t failures;

	/* The login. */
	struct tokens tokens, fresh; /* fresh: on its way to the disk, not yet used */
	struct token_file file;
	enum renewal renewal;
	enum token_way way;
	bool spoiled;        /* the cloud does not take the token any more */
	bool refresh_failed; /* nor the refresh token */
	msec renew_at;       /* not before */
	unsigned renew_failures;
	struct cloud_request token_request;
	struct http_call *token_http;
	struct work saving;
	struct err save_error;

	bool stopping;
	void (*stopped)(void *cloud); /* when it has come to rest */
	void (*stopped_hook)(void *owner);
	void *stopped_owner;
};

/* cloud_task.c */
struct task *task_add(struct cloud *c, enum task_kind kind, const char *address); /* NULL: full */
bool task_exists(const struct cloud *c, enum task_kind kind);
/* Takes it out of the queue; the caller frees it. */
void task_unlink(struct task *t);
void task_free(struct task *t);
void tasks_drop(struct cloud *c, const char *address); /* NULL: all; nobody is told */
void cloud_wake(struct cloud *c);                      /* the queue is looked at in the next turn */
void cloud_pump(void *owner);
enum account_use task_use(const struct task *t);

/* cloud_answer.c */
void task_on_answer(void *owner, const struct http_result *result);
/* The task is over without an answer of the cloud's; it is gone afterwards. */
void task_fail(struct task *t, const struct verdict *v, const struct cloud_answer *answer);
void task_fail_class(struct task *t, enum vendor_class class, int64_t retry_after_s);
void cloud_answer_from(struct cloud_answer *out, const struct http_result *result);
enum vendor_class cloud_trouble(const struct cloud *c); /* why nothing can be asked; VENDOR_OK */

/* cloud_login.c */
bool login_is_ready(struct cloud *c); /* false: it is being renewed, or cannot be */
void login_spoil(struct cloud *c, uint32_t generation); /* refused with that token */
void login_stop(struct cloud *c, bool at_once); /* else it may go on until renewal is NONE */

/* cloud_report.c */
void cloud_set_state(struct cloud *c, enum adapter_state state, const struct err *why);
void report_list(struct cloud *c, const struct call_result *r);
void report_status(struct cloud *c, const char *address, const struct call_result *r);
void report_components(struct cloud *c, const char *address, const struct call_result *r);
void report_vendor(struct cloud *c, const struct vendor_report *report);

/* cloud_budget.c: what was spent of the day survives a restart. */
void budget_load(struct cloud *c);
void budget_spend(struct cloud *c);

/* cloud_poll.c */
struct cloud_device *cloud_device_find(struct cloud *c, const char *address);
struct cloud_device *cloud_device_add(struct cloud *c, const char *address); /* NULL: too many */
void cloud_device_remove(struct cloud *c, const char *address);
void poll_done(struct cloud *c, const char *address, bool good);
void poll_hooked(struct cloud *c, const char *address); /* NULL: any lock */
/* Makes the next background task if one is due; returns when the next one is, 0 never. */
msec poll_next(struct cloud *c);

/* cloud_hook.c */
bool cloud_hook(struct adapter *a, const struct vendor_hook *hook);

uint32_t cloud_dice(void);
