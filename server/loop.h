/* loop.h: the one event loop. Only loop_lws.c knows that it is libwebsockets; tests link
 * tests/support/loop_virtual.c instead, where time jumps to the next deadline.
 *
 * All calls but loop_post() belong to the loop's thread. */
#pragma once

#include "server/base/msec.h"

#include <stdbool.h>

struct loop;
struct loop_watch;
struct loop_timer;

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4 };

struct loop *loop_new(void);
void loop_free(struct loop *loop);
int loop_run(struct loop *loop);   /* until loop_stop(); returns 0 */
void loop_stop(struct loop *loop); /* from the loop; signals come in by signalfd */

msec loop_now(const struct loop *loop);     /* monotonic; read once a turn, never 0 */
int64_t loop_wall(const struct loop *loop); /* Unix ms, only for what people read */

/* Level-triggered. The caller keeps fd and closes it after loop_unwatch(). LOOP_HANGUP comes
 * unasked, together with what can still be read, again and again until loop_unwatch(); but who
 * wants neither reading nor writing hears nothing. No regular files. */
struct loop_watch *loop_watch(
	struct loop *loop, int fd, void (*ready)(void *owner, unsigned events), void *owner);
/* Once, before its first event: it comes first in each turn, and between the pieces of long work.
 * For the stick: a lock waits for each block. */
void loop_watch_urgent(struct loop_watch *watch);
/* Between pieces of long work within one turn: ready() of urgent watches runs in here and may do
 * anything, so nothing of the caller may be half done. */
void loop_serve_urgent(struct loop *loop);
void loop_want_read(struct loop_watch *watch, bool want); /* initially true */
void loop_want_write(struct loop_watch *watch, bool want);
void loop_unwatch(struct loop_watch *watch); /* also from ready(); NULL is fine */

struct loop_timer *loop_timer_new(struct loop *loop, void (*due)(void *owner), void *owner);
void loop_timer_set(struct loop_timer *timer, msec when); /* when <= now: next turn; 0 stops it */
void loop_timer_free(struct loop_timer *timer);           /* also from due(); NULL is fine */

/* The only call that another thread may make: run(arg) in the loop, in order. From the loop's own
 * thread: run(arg) in the next turn. */
void loop_post(struct loop *loop, void (*run)(void *arg), void *arg);
