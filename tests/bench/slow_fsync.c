/* slow_fsync.c: LD_PRELOAD: a disk whose fsync takes SLOW_FSYNC_MS, as a worn SD card's does. */

#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void pause_for_the_disk(void)
{
	const char *text = getenv("SLOW_FSYNC_MS");
	long ms = text ? strtol(text, NULL, 10) : 0;
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

int fsync(int fd)
{
	pause_for_the_disk();
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	pause_for_the_disk();
	return (int)syscall(SYS_fdatasync, fd);
}
