/* codec.h: our values as JSON and back; the only place (codec*.c) that knows member names. What is
 * not known is null, never absent. Nothing here asks the clock or the disk. */
#pragma once

#include "api/auth.h"
#include "api/body.h"
#include "api/integrations.h"
#include "ota/engine.h"

#include <jansson.h>

/* --- parts --- */
json_t *codec_time(int64_t at);     /* Unix ms -> RFC 3339; 0 -> null */
json_t *codec_count(int64_t value); /* negative -> null */
json_t *codec_version(bool known, uint32_t version);
/* "0x11070000" with that many digits; unknown -> null */
json_t *codec_hex(bool known, uint64_t value, int digits);
json_t *codec_tenth(double value); /* one decimal, cut; negative -> null */
/* {code, detail, advice, retryable, escalate}; OK -> null */
json_t *codec_error(const struct err *e);
void codec_put(json_t *object, const char *name, json_t *value); /* takes value */
/* {"<name>": items, "next": next or null}; takes items */
json_t *codec_list(const char *name, json_t *items, const char *next);

/* --- things --- */
struct lock_view {
	const struct lock *lock;
	const struct adapter *adapter; /* NULL: not configured */
	const struct job *job;         /* active; NULL none */
	struct progress progress;
	struct offer offer;
	struct policy policy; /* what holds */
	bool has_window;
	struct window_state window;
};
json_t *codec_lock(const struct lock_view *view);
/* codec_vendor.c, for codec_lock(): online, capabilities, guide; and what a vendor's lock has else
 */
bool codec_is_vendor(const struct lock_view *view);
void codec_put_reach(json_t *out, const struct lock_view *view);
void codec_put_vendor_versions(json_t *out, const struct lock_view *view);
const char *codec_vendor_source(const struct lock_view *view); /* of its main version */
json_t *codec_vendor_components(const struct lock_view *view);
json_t *codec_guide(const struct adapter *adapter); /* {app, steps}; null: it needs none */
json_t *codec_policy(const struct policy *policy);
void codec_put_lock_policy(json_t *out, const struct lock_view *view);
/* waiting_until, deadline, action: what a wait is about */
void codec_put_wait(json_t *out, const struct job *job, const struct progress *progress);

struct job_view {
	const struct job *job;
	bool active;
	struct progress progress; /* of an active one */
};
json_t *codec_job(const struct job_view *view);

json_t *codec_image(const struct image *image, bool in_use);
json_t *codec_check(const char *lock, const struct check *check);
json_t *codec_event(const struct event *event);
json_t *codec_adapter(const struct adapter *adapter, bool scanning, size_t n_locks);
json_t *codec_token(const struct token *token, const char *secret /* once, else NULL */);
/* mqtt_devices: taken; NULL: not asked for */
json_t *codec_integration(const struct integration *integration, json_t *mqtt_devices);
struct events_page {
	int64_t next, last, oldest; /* seq to ask on after; newest; oldest kept, 0 none */
	bool more, resync;
};
json_t *codec_events_page(json_t *events, const struct events_page *page); /* takes events */
json_t *codec_health(const char *id, const char *version);

struct diagnostics { /* each may be NULL: null; all taken */
	int64_t at;
	const char *version;
	json_t *job, *lock, *adapter, *image, *check, *events, *policy, *failure, *host, *log;
};
json_t *codec_failure(const char *code); /* of the catalogue; NULL: no such entry */
json_t *codec_host(const struct host_facts *host);
json_t *codec_diagnostics(const struct diagnostics *parts);

/* --- WebSocket messages; events.h of openapi.yaml --- */
struct hello {
	const char *version;
	int64_t seq, oldest;
};
json_t *codec_hello(const struct hello *hello);
json_t *codec_resync(int64_t since, int64_t oldest, int64_t seq);
json_t *codec_event_message(const struct event *event);
json_t *codec_progress(json_t *job);                                                /* takes job */
json_t *codec_snapshot(int64_t seq, json_t *locks, json_t *jobs, json_t *adapters); /* takes all */
json_t *codec_message(const char *type); /* {"type":…} */
json_t *codec_message_error(const char *code, const char *detail);

struct client_message {
	enum { CLIENT_UNKNOWN, CLIENT_AUTH, CLIENT_PING } type;
	char token[128]; /* wipe it after use */
};
void codec_client_message(struct client_message *out, const char *text, size_t size);

/* --- bodies; texts in the outputs point into *root --- */
struct body_in {
	struct span text;
	json_t **root;
	struct problem_details *details;
};
MUST_USE enum err_code codec_read_job(
	struct job_request *out, const struct body_in *in, struct err *e);
MUST_USE enum err_code codec_read_lock(
	struct lock_patch *out, const struct body_in *in, struct err *e);
MUST_USE enum err_code codec_read_update_all(
	struct job_request *out, const struct body_in *in, struct err *e); /* without a lock */
MUST_USE enum err_code codec_read_version(
	const char **out, const struct body_in *in, struct err *e);
MUST_USE enum err_code codec_read_pause(bool *paused, const struct body_in *in, struct err *e);
/* For the codec's own files. refuse: a value of the right type that still makes no sense; gives the
 * body back. */
MUST_USE enum err_code codec_read_fields(
	const struct body_in *in, const struct body_field *fields, struct err *e);
enum err_code codec_refuse(
	const struct body_in *in, const char *path, const char *why, struct err *e);
struct token_request {
	const char *name;
	int scope; /* SCOPE_CONTROL when not said */
};
MUST_USE enum err_code codec_read_token(
	struct token_request *out, const struct body_in *in, struct err *e);
/* A body where none is needed: only {} passes. */
MUST_USE enum err_code codec_read_nothing(const struct body_in *in, struct err *e);
