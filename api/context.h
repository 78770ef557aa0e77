/* context.h: what the files of this folder share: the api object and its handlers. */
#pragma once

#include "adapters/adapter_store.h"
#include "api/api.h"
#include "api/auth.h"
#include "api/identity.h"
#include "api/integrations.h"
#include "api/reply.h"

#include <sys/types.h>

enum { FIRMWARE_MAX = 16 << 20, BODY_MAX = 64 << 10, EVENTS_MOVED_MAX = 16, EVENTS_QUIET_MAX = 64 };

struct creation; /* of a token, tokens.c */
struct ha_names;
struct loop_timer;
struct subscriber;

struct api {
	struct api_options options; /* its texts are copies */
	struct auth auth;
	struct creation *creations; /* of tokens that are not yet on disk */
	struct integrations integrations;
	const struct ha_names *mqtt; /* under which the locks are told; NULL: no MQTT */
	char id[IDENTITY_SIZE];      /* the service's */
	struct ws_hub *hub;
	struct answer *answers;         /* requests that wait for the domain */
	struct subscriber *subscribers; /* WebSocket peers, see events.c */
	int64_t last_event;             /* newest seq announced */
	struct {
		struct loop_timer *timer;
		int64_t told_at; /* loop time */
		int64_t jobs[EVENTS_MOVED_MAX];
		size_t n;
	} moved; /* jobs whose progress the subscribers do not know yet */
	struct {
		struct loop_timer *timer;
		int64_t jobs[EVENTS_QUIET_MAX];
		size_t n;
	} quiet;                     /* jobs that wait for so long that they are not in progress */
	struct loop_timer *hold;     /* when a backup was forgotten; NULL: there was none */
	struct adapter_store *hooks; /* adapter > key of its public address */
	uid_t uid;                   /* who may use the control socket, beside root */
	bool ready;
};

/* The guard of every request, before its body (http.h). */
bool gate(void *owner, struct http_request *request, struct http_reply *reply);
/* The scope of a secret; notes its use. SCOPE_NONE: wrong. name: of the token, may be NULL. */
int gate_token(struct api *api, const char *secret, char name[64]);

/* One resource each; owner is the struct api. */
http_handler locks_list, locks_get, locks_put, locks_patch, locks_delete, locks_check, locks_wake,
	locks_dismiss;
http_handler jobs_list, jobs_create, jobs_get, jobs_events, jobs_diagnostics, jobs_cancel,
	jobs_retry, jobs_verify, jobs_confirm;
http_handler policy_get, policy_patch, update_all;
http_handler images_list, images_get, images_delete;
http_handler firmware_sources, firmware_refresh;
extern const struct http_upload images_upload;
http_handler adapters_list, adapters_get, adapters_scan, adapters_restart, adapters_hook,
	hooks_post;
http_handler tokens_list, tokens_create, tokens_delete;
http_handler backup_begin, backup_end;
http_handler integrations_list, integrations_put_one, integrations_delete;
http_handler events_get;
http_handler system_healthz, system_readyz, system_metrics, system_openapi, system_page;

/* tokens.c: a new secret (scope control) for the token of that name, in the place of an older one;
 * valid at once, done() when it is stored. */
MUST_USE enum err_code tokens_renew(struct api *api, const char *name, char secret[TOKEN_TEXT_SIZE],
	store_simple_done *done, void *owner, struct err *e);
void tokens_forget(struct api *api, const char *name); /* valid no more from now on */
/* events.c: its progress is news */
void events_moved(struct api *api, const struct job *job);
/* events_quiet.c */
void events_quiet_begin(struct api *api);
void events_quiet_done(struct api *api);
/* events.c: closes the WebSocket peers of a token that is no more. */
void events_forget_token(struct api *api, const char *name);
