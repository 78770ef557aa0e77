/* support.h: the api in a test: a real loop on virtual time, the api itself, and doubles of what it
 * talks to (http server, WebSocket hub, engine, store, library). Requests go through guard and
 * route table as in the service. */
#pragma once

#include "api/api.h"
#include "ota/engine.h"
#include "ota/library.h"
#include "ota/sources.h"
#include "ota/store.h"
#include "server/http.h"
#include "tests/support/loop_virtual.h"

#include <jansson.h>

enum { FAKE_MAX = 8, FAKE_EVENTS = 1000 };

struct http_reply { /* the one of the last ask() */
	unsigned status;
	int answers; /* must become 1 */
	char type[64], headers[1024];
	char *body;
	size_t size;
	bool upgraded, resumed;
	struct span note;
	char note_bytes[WS_NOTE_MAX];
};

struct engine {
	struct lock locks[FAKE_MAX];
	size_t n_locks;
	struct job jobs[FAKE_MAX]; /* active */
	size_t n_jobs;
	struct adapter adapters[FAKE_MAX];
	size_t n_adapters;
	struct progress progress; /* of all */
	struct offer offer;       /* to all */
	struct check check;
	bool scanning, paused;
	struct window_state window;
	struct store *store;
	const char *image_in_use;
	struct err fails; /* the next call that can fail */
	enum job_answer answer;
	/* what was asked */
	struct job_request request;
	char request_lock[64], request_key[64], request_digest[SHA256_TEXT], request_by[64];
	struct lock_patch patch;
	char patch_name[LOCK_NAME_SIZE];
	char called[64]; /* "cancel 17" */
	const struct engine_listener *listener;
	void *listener_owner;
};

struct store {
	struct loop *loop;
	struct event events[FAKE_EVENTS]; /* by seq */
	size_t n_events;
	int64_t oldest;
	struct job jobs[FAKE_MAX]; /* on disk, by id descending */
	size_t n_jobs;
	struct token tokens[FAKE_MAX];
	size_t n_tokens;
	struct job_filter filter; /* of the last store_jobs() */
	unsigned pages;           /* store_events() calls */
	struct err fails;
	bool hold; /* store_events() answers only at store_release() */
	void *held;
	bool still; /* store_hold() */
};
void store_release(struct store *store);

struct sources {
	struct source_view views[2];
	size_t n;
	unsigned refreshes;
};

struct library {
	struct image images[FAKE_MAX];
	size_t n;
	size_t room; /* of library_upload_chunk(), then it is full */
	char name[128];
	size_t received;
	bool aborted;
	struct err fails;
	void (*resumed)(void *owner);
	void *resumed_owner;
};

struct ws_peer {
	void *data;
	char *sent[FAKE_EVENTS];
	size_t n;
	char latest[4096];
	int64_t latest_key;
	unsigned closed;
};

struct world {
	struct loop *loop;
	struct engine engine;
	struct store store;
	struct library library;
	struct sources sources;
	struct api *api;
	struct http_options http;
	struct http_reply reply;
	struct http_request request;
	json_t *json;      /* of the last answer; NULL: none */
	char token[4][96]; /* a header for each scope */
};

/* With changes->engine the real one is behind the api, with its loop, store and library; the loop
 * then belongs to the world. */
/* auth_none: everybody on loopback has control. The api is ready. */
struct world *world_new(bool auth_none);
struct world *world_of(const struct api_options *changes);
void world_free(struct world *world);
/* "POST /api/v1/jobs?x=y", body or NULL, then "Name: value" headers up to NULL. Host is added
 * unless given. Runs the loop until the answer is there. Returns the status. */
unsigned ask(struct world *world, const char *line, const char *body, ...)
	__attribute__((sentinel));
/* The same over the control socket. */
unsigned ask_local(struct world *world, int64_t uid, const char *line, const char *body);
/* Of the body, where it is not text; 0: a text. */
extern size_t ask_size;
/* From another peer. */
extern const char *ask_peer;
const char *text_of(const struct world *world, const char *name); /* of json; "" if none */
void settle(struct world *world);                                 /* until nothing happens */

struct event *add_event(struct world *world, enum event_kind kind); /* durable, not announced */
void announce(struct world *world, const struct event *event);
struct lock *add_lock(struct world *world, const char *id);
struct job *add_job(struct world *world, int64_t id, const char *lock);
struct adapter *add_adapter(struct world *world, const char *id);
struct adapter *add_vendor(struct world *world, const char *id);
struct image *add_image(struct world *world, char fill);

/* jansson's macros are more than Criterion's can take. */
static inline bool holds_true(const json_t *json)
{
	return json_is_true(json);
}

static inline bool holds_null(const json_t *json)
{
	return json_is_null(json);
}

static inline bool holds_object(const json_t *json)
{
	return json_is_object(json);
}
