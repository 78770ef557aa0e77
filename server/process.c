#include "server/process.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

static void stop_signals(sigset_t *set)
{
	(void)sigemptyset(set); /* neither fails with valid signals */
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
}

void process_prepare(void)
{
	sigset_t set;

	stop_signals(&set);
	(void)sigaddset(&set, SIGPIPE);
	(void)sigprocmask(SIG_BLOCK, &set, NULL); /* cannot fail with these arguments */
	(void)umask(0077);
	(void)mallopt(M_ARENA_MAX, 1); /* a hint: four small threads need no arenas */
	/* Hints: images, and what an update needed, go back to the system when freed. */
	(void)mallopt(M_MMAP_THRESHOLD, 65536);
	(void)mallopt(M_TRIM_THRESHOLD, 65536);
	(void)mallopt(M_TOP_PAD, 16384);
}

enum err_code process_stop_fd(int *fd, struct err *e)
{
	sigset_t set;

	stop_signals(&set);
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (*fd < 0)
		return err_set(e, ERR_IO, "signalfd: %s", strerror(errno));
	return OK;
}

enum err_code process_data_dir(const char *dir, struct err *e)
{
	if (mkdir(dir, 0700) && errno != EEXIST)
		return err_because(e, ERR_IO, "data_dir", "data_dir %s: %s", dir, strerror(errno));
	if (access(dir, R_OK | W_OK | X_OK))
		return err_because(e, ERR_IO, "data_dir",
			"data_dir %s: %s; give it to the user that runs lockwright", dir,
			strerror(errno));
	return OK;
}
