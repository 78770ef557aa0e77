/* supervisor.h: asks the Supervisor of Home Assistant OS, whose app we are: plain HTTP to the one
 * host that it gives the name "supervisor" in our container, with the token it gave us. On a thread
 * of its own, one question after the other; answers come in the loop. Logs name neither body nor
 * token. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

struct loop;
struct supervisor;

enum { SUPERVISOR_ANSWER_MAX = 64 * 1024, SUPERVISOR_LIMIT_S = 30 };

/* ERR_NOT_FOUND "no_libcurl". */
MUST_USE enum err_code supervisor_new(
	struct supervisor **out, struct loop *loop, const char *token, struct err *e);
/* What is under way is broken off within about a second and told with ERR_BUSY from in here;
 * no done() comes later. NULL is fine. */
void supervisor_free(struct supervisor *supervisor);

/* In the loop, never from within supervisor_ask(). e->code OK: there is an answer, whatever its
 * status; body ends with a NUL and is valid during the call. */
typedef void supervisor_done(void *owner, unsigned status, struct span body, const struct err *e);
/* method and path are literals; body is JSON, copied; NULL: none. */
void supervisor_ask(struct supervisor *supervisor, const char *method, const char *path,
	const char *body, supervisor_done *done, void *owner);
