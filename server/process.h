/* process.h: what is settled for the whole process before any thread exists. */
#pragma once

#include "server/base/check.h"
#include "server/base/err.h"

/* Signals blocked (threads inherit the mask), files private, memory given back early. */
void process_prepare(void);

/* Readable when the process shall stop (struct signalfd_siginfo). The caller closes it. */
MUST_USE enum err_code process_stop_fd(int *fd, struct err *e);
/* Makes the folder if need be; sees that it can be used. */
MUST_USE enum err_code process_data_dir(const char *dir, struct err *e);
