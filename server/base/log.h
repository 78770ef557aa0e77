/* log.h: one line per fact on stderr: "info job=17 lock=front-door phase=transferring->waiting".
 *
 * error: a human must act; warn: we cope; info: jobs, adapters, process; debug: frames as hex.
 * Never a secret: no token, no key, no cloud credential. Addresses yes. */
#pragma once

#include "server/base/check.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_set_level(enum log_level level); /* before threads start; default info */
bool log_wants(enum log_level level);
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The newest lines above debug, oldest first, as many as fit; for the support bundle. */
enum { LOG_RECENT_MAX = 16384 };
size_t log_recent(char *out, size_t max);
/* At debug only: "<label> FE 00 21 01 20"; cut after 255 bytes. */
void log_hex(const char *label, struct span bytes);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
