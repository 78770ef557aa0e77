#include "server/host.h"

#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

Test(host, says_what_this_machine_has_left)
{
	struct host_room room;

	host_look(&room, "/");
	cr_assert(lt(i64, 0, room.memory_free));
	cr_assert(ge(i64, room.uptime_s, 0));
	host_look(&room, "/nonexistent");
	cr_assert(eq(i64, room.disk_free, -1));
}

static char dir[TEMP_PATH];

static void put(const char *path, const char *text)
{
	char full[TEMP_PATH + 200];
	FILE *f;

	(void)snprintf(full, sizeof full, "%s/%s", dir, path);
	f = fopen(full, "we");
	cr_assert(ne(ptr, f, NULL), "%s", full);
	fputs(text, f);
	fclose(f);
}

static void make(const char *path)
{
	char full[TEMP_PATH + 200];

	(void)snprintf(full, sizeof full, "%s/%s", dir, path);
	cr_assert(eq(int, mkdir(full, 0700), 0), "%s", full);
}

/* A stick on usb 1-2 of a controller with or without a bus of 5000 Mbit/s. */
static void plug(const char *fastest)
{
	char target[TEMP_PATH + 200], link[TEMP_PATH + 200];

	temp_dir_make(dir);
	make("pci");
	make("pci/usb1");
	make("pci/usb2");
	make("pci/usb1/1-2");
	make("pci/usb1/1-2/1-2:1.0");
	put("pci/usb1/speed", "480\n");
	put("pci/usb2/speed", fastest);
	put("pci/usb1/1-2/speed", "12\n");
	make("class");
	make("class/tty");
	make("class/tty/stick");
	(void)snprintf(target, sizeof target, "%s/pci/usb1/1-2/1-2:1.0", dir);
	(void)snprintf(link, sizeof link, "%s/class/tty/stick/device", dir);
	cr_assert(eq(int, symlink(target, link), 0));
	put("stick", "");
}

static struct host_port look(void)
{
	char port[TEMP_PATH + 16];
	struct host_port out;

	(void)snprintf(port, sizeof port, "%s/stick", dir);
	host_port_look(&out, port, dir);
	return out;
}

Test(host, sees_usb3_beside_the_stick)
{
	plug("5000\n");
	cr_assert(look().known && look().usb3);
	cr_assert(eq(str, look().what, "USB port 1-2, 12 Mbit/s, on a controller of 5000 Mbit/s"));
	temp_dir_remove(dir);
}

Test(host, usb2_alone_is_fine)
{
	plug("480\n");
	cr_assert(look().known && !look().usb3);
	temp_dir_remove(dir);
}

Test(host, a_port_that_is_not_on_usb_is_not_known)
{
	struct host_port out;

	host_port_look(&out, "tcp://192.0.2.7:6638", "/sys");
	cr_assert(not(out.known));
	host_port_look(&out, "/dev/null", "/sys");
	cr_assert(not(out.known));
}
