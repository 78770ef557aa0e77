/* err.h: one error type from the serial port to the HTTP body.
 *
 * A function that can fail returns enum err_code and takes a struct err * last (may be NULL).
 * On failure its outputs are untouched. A function either returns an error or logs it, never both.
 */
#pragma once

#include "server/base/check.h"

enum err_code {
	OK = 0,
	ERR_INVALID,      /* the request makes no sense                   400 */
	ERR_UNAUTHORIZED, /* no or wrong token                            401 */
	ERR_FORBIDDEN,    /* known, but not allowed                       403 */
	ERR_NOT_FOUND,    /*                                              404 */
	ERR_CONFLICT,     /* contradicts the present state                409 */
	ERR_TOO_LARGE,    /* more than the named maximum                  413 */
	ERR_MEDIA_TYPE,   /* wrong content type                           415 */
	ERR_UNSUPPORTED,  /* this adapter, lock or image cannot           422 */
	ERR_INTEGRITY,    /* wrong digest, signature, size or header      422 */
	ERR_BUSY,         /* try again later                              503 */
	ERR_TIMEOUT,      /* nobody answered in time                      504 */
	ERR_IO,           /* the port, socket or disk failed              502 */
	ERR_PROTOCOL,     /* the peer spoke nonsense                      502 */
	ERR_REFUSED,      /* the lock, stick or cloud said no             502 */
	ERR_NO_SPACE,     /* the disk is full                             507 */
	ERR_INTERNAL,     /* our bug, or no memory                        500 */
	ERR_CODES
};

struct err {
	enum err_code code;
	char reason[40]; /* stable machine word, e.g. "lock_busy"; never empty on failure */
	char text[216];  /* for people, one sentence: what is wrong */
};

/* Fills *e and returns code, so: return err_set(e, ERR_IO, "..."); reason = err_name(code). */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same with a reason of its own: an entry of the failure catalogue (ota/failure.h). */
enum err_code err_because(struct err *e, enum err_code code, const char *reason, const char *fmt,
	...) PRINTF_LIKE(4, 5);
/* Puts "opening /dev/ttyUSB0: " before the text; returns e's code (ERR_INTERNAL for NULL). */
enum err_code err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
const char *err_name(enum err_code code); /* "timeout": into JSON, job rows and logs */
unsigned err_http(enum err_code code);    /* the HTTP status of the table above; OK -> 200 */
