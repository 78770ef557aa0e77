/* progress.h: one job shown to a person in a terminal: a bar that is redrawn, or plain lines where
 * the output is no terminal. */
#pragma once

#include <jansson.h>

#include <stdbool.h>

struct rest_client;

/* Follows the job until it is final and says how it ended. Returns the exit status: 0 only when it
 * succeeded. Ctrl-C leaves; the job goes on and the text says so. */
int cli_follow_job(struct rest_client *client, long long id);
