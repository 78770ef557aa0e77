/* context.h: what the files of this folder share: the api object and its handlers. */
#pragma once

#include "adapters/adapter_store.h"
#include "api/api.h"
#include "api/auth.h"
#include "api/identity.h"
#include "api/reply.h"

#include <sys/types.h>

enum { FIRMWARE_MAX = 16 << 20, BODY_MAX = 64 << 10, EVENTS_MOVED_MAX = 16 };

struct loop_timer;
struct subscriber;

struct api {
	struct api_options options; /* its texts are copies */
	struct auth auth;
	char id[IDENTITY_SIZE]; /* the service's */
	struct ws_hub *hub;
	struct answer *answers;         /* requests that wait for the domain */
	struct subscriber *subscribers; /* WebSocket peers, see events.c */
	int64_t last_event;             /* newest seq announced */
	struct {
		struct loop_timer *timer;
		int64_t told_at; /* loop time */
		int64_t jobs[EVENTS_MOVED_MAX];
		size_t n;
	} moved;                     /* jobs whose progress the subscribers do not know yet */
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
http_handler events_get;
http_handler system_healthz, system_readyz, system_metrics, system_openapi, system_page;

/* events.c: closes the WebSocket peers of a token that is no more. */
void events_forget_token(struct api *api, const char *name);
