/* main_host.h: a part of main.c: the machine's facts for the check, sampled once a minute on the
 * work thread. */
#pragma once

#include "ota/engine.h"
#include "server/base/log.h"

struct config;
struct main_host;
struct worker;

/* folder is borrowed. */
struct main_host *main_host_new(
	struct loop *loop, struct worker *work, struct engine *engine, const char *folder);
void main_host_free(struct main_host *host); /* after the worker; NULL is fine */
/* Where the sticks are plugged in, and how many locks may load through each. */
void main_tell_ports(struct engine *engine, const struct config *config);
enum log_level main_log_level(const char *name);
