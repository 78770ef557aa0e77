#include "server/host.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

enum { USB3_MBIT = 5000 };

/* "MemAvailable:    123456 kB" */
static int64_t memory_available(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	static const char name[] = "MemAvailable:";
	long long kib = -1;

	while (f && kib < 0 && fgets(line, sizeof line, f))
		if (strncmp(line, name, sizeof name - 1) == 0)
			kib = strtoll(line + sizeof name - 1, NULL, 10); /* the kernel's own */
	if (f)
		(void)fclose(f); /* only read from */
	return kib < 0 ? -1 : kib * 1024;
}

void host_look(struct host_room *out, const char *folder)
{
	struct statvfs disk;
	struct timespec up;

	*out = (struct host_room){ -1, memory_available(), -1 };
	if (statvfs(folder, &disk) == 0)
		out->disk_free = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
	if (clock_gettime(CLOCK_BOOTTIME, &up) == 0)
		out->uptime_s = up.tv_sec;
}

static long read_speed(const char *folder)
{
	char path[PATH_MAX + 8];
	char text[24] = "";
	long speed;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/speed", folder);
	f = fopen(path, "re");
	if (f && !fgets(text, sizeof text, f))
		text[0] = '\0';
	speed = strtol(text, NULL, 10); /* "unknown" is 0 */
	if (f)
		(void)fclose(f); /* only read from */
	return speed;
}

/* Up from the tty's device to the USB device: the first folder with a "speed". */
static bool find_device(char folder[PATH_MAX])
{
	char *slash;

	while (!read_speed(folder)) {
		slash = strrchr(folder, '/');
		if (!slash || slash == folder)
			return false;
		*slash = '\0';
	}
	return true;
}

/* The fastest bus of the controller: its folders "usb1", "usb2" … lie beside each other. */
static long controller_speed(const char *device)
{
	const char *bus = strstr(device, "/usb");
	char folder[PATH_MAX], path[PATH_MAX + 256];
	long fastest = 0;
	DIR *dir;

	if (!bus)
		return 0;
	(void)snprintf(folder, sizeof folder, "%.*s", (int)(bus - device), device);
	dir = opendir(folder);
	for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
		long speed;

		if (strncmp(d->d_name, "usb", 3) != 0)
			continue;
		(void)snprintf(path, sizeof path, "%.3800s/%s", folder, d->d_name);
		speed = read_speed(path);
		if (speed > fastest)
			fastest = speed;
	}
	if (dir)
		(void)closedir(dir);
	return fastest;
}

void host_port_look(struct host_port *out, const char *port, const char *sys)
{
	char real[PATH_MAX], path[PATH_MAX + 64], device[PATH_MAX];
	long fastest;

	*out = (struct host_port){ .known = false };
	if (port[0] != '/' || !realpath(port, real) || !strrchr(real, '/'))
		return;
	(void)snprintf(path, sizeof path, "%s/class/tty%s/device", sys, strrchr(real, '/'));
	if (!realpath(path, device) || !find_device(device))
		return;
	fastest = controller_speed(device);
	out->known = fastest > 0;
	out->usb3 = fastest >= USB3_MBIT;
	(void)snprintf(out->what, sizeof out->what,
		"USB port %.24s, %ld Mbit/s, on a controller of %ld Mbit/s",
		strrchr(device, '/') + 1, read_speed(device), fastest);
}
