#include "adapters/zigbee/zigbee_adapter.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static struct imported_lock locks[8];
static size_t n_locks;

static void setup(void)
{
	snprintf(folder, sizeof folder, "/tmp/z2m-import-XXXXXX");
	cr_assert(mkdtemp(folder) != NULL);
}

static void drop(const char *file)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, file);
	unlink(path);
}

static void teardown(void)
{
	drop("database.db");
	drop("configuration.yaml");
	drop("devices.yaml");
	rmdir(folder);
}

TestSuite(z2m_import, .init = setup, .fini = teardown, .timeout = 30);

static FILE *create(const char *file)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, file);
	return fopen(path, "we");
}

static void write_file(const char *file, const char *text)
{
	FILE *to = create(file);

	fputs(text, to);
	fclose(to);
}

static void found(void *owner, const struct imported_lock *lock)
{
	(void)owner;
	locks[n_locks++] = *lock;
}

static enum err_code import(struct err *e)
{
	n_locks = 0;
	return zigbee2mqtt_import(folder, found, NULL, e);
}

#define COORDINATOR                                                                                \
	"{\"id\":1,\"type\":\"Coordinator\",\"ieeeAddr\":\"0x00124b000be8726d\",\"nwkAddr\":0,"    \
	"\"epList\":[1],\"endpoints\":{\"1\":{\"inClusterList\":[],\"outClusterList\":[]}}}\n"
#define LAMP                                                                                       \
	"{\"id\":2,\"type\":\"Router\",\"ieeeAddr\":\"0x00158d0000000001\",\"nwkAddr\":4129,"      \
	"\"endpoints\":{\"11\":{\"inClusterList\":[0,6,8],\"outClusterList\":[25]}}}\n"
#define LOCK_LINE(address)                                                                         \
	"{\"id\":3,\"type\":\"EndDevice\",\"ieeeAddr\":\"0x000D6F0011223344\","                    \
	"\"nwkAddr\":" address                                                                     \
	",\"manufId\":4444,\"manufName\":\"Danalock\",\"powerSource\":\"Battery\","                \
	"\"modelId\":\"V3-BTZBE\\u0000\",\"epList\":[1,2],\"endpoints\":{"                         \
	"\"1\":{\"profId\":260,\"epId\":1,\"inClusterList\":[0,1,257],\"outClusterList\":[10],"    \
	"\"clusters\":{\"genPowerCfg\":{\"attributes\":{\"batteryPercentageRemaining\":178}},"     \
	"\"closuresDoorLock\":{\"attributes\":{\"lockState\":1}}}},"                               \
	"\"2\":{\"inClusterList\":[],\"outClusterList\":[25]}},"                                   \
	"\"dateCode\":\"20210428\",\"lastSeen\":1700000000000}\n"

Test(z2m_import, finds_locks_with_their_facts)
{
	write_file("database.db", COORDINATOR LAMP LOCK_LINE("28331"));
	cr_assert(eq(int, import(NULL), OK));
	cr_assert(eq(sz, n_locks, 1));
	cr_assert(eq(str, locks[0].address, "0x000d6f0011223344"));
	cr_assert(eq(str, locks[0].facts.model, "V3-BTZBE"));
	cr_assert(eq(str, locks[0].facts.manufacturer, "Danalock"));
	cr_assert(eq(str, locks[0].facts.date_code, "20210428"));
	cr_assert(eq(u16, locks[0].facts.network_address, 28331));
	cr_assert(eq(u8, locks[0].facts.endpoint, 2), "the one with the OTA client");
	cr_assert(eq(int, locks[0].facts.battery_half_percent, 178));
	cr_assert(eq(int, locks[0].facts.lock_state, LOCK_LOCKED));
	cr_assert(locks[0].facts.sleepy);
	cr_assert(eq(i64, locks[0].facts.at, 1700000000000));
	cr_assert(eq(uint, locks[0].facts.known,
		FACT_MODEL | FACT_NETWORK | FACT_BATTERY | FACT_LOCK_STATE));
	cr_assert(eq(str, locks[0].name, ""));
}

Test(z2m_import, the_last_line_of_a_device_counts)
{
	write_file("database.db", LOCK_LINE("1") LOCK_LINE("2"));
	cr_assert(eq(int, import(NULL), OK));
	cr_assert(eq(sz, n_locks, 1));
	cr_assert(eq(u16, locks[0].facts.network_address, 2));
}

Test(z2m_import, takes_names_however_they_are_quoted)
{
	static const char *rows[][2] = {
		{ "Front door",
			"devices:\n  '0x000d6f0011223344':\n    friendly_name: Front door\n" },
		{ "Front door",
			"# c\nmqtt:\n  server: x\ndevices:\n\n  \"0x000d6f0011223344\":\n"
			"    retain: false\n    friendly_name: 'Front door' # mine\n    "
			"homeassistant:\n"
			"      friendly_name: other\ngroups:\n  '1':\n    friendly_name: x\n" },
		{ "It's #1",
			"devices:\n    0x000D6F0011223344:\n        friendly_name: 'It''s #1'\n" },
		{ "a\"b", "devices:\n  '0x000d6f0011223344':\n    friendly_name: \"a\\\"b\"\r\n" },
		{ "", "groups:\n  '0x000d6f0011223344':\n    friendly_name: no\n" },
		{ "", "devices:\n  '0x000d6f0011223344':\n    friendly_name: 'open\n" },
		{ "", "devices:\n  'x':\n    friendly_name: no\n" },
	};

	write_file("database.db", LOCK_LINE("1"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		write_file("configuration.yaml", rows[i][1]);
		cr_assert(eq(int, import(NULL), OK));
		cr_assert(eq(str, locks[0].name, (char *)rows[i][0]), "%s", rows[i][1]);
	}
}

Test(z2m_import, takes_names_from_devices_yaml)
{
	write_file("database.db", LOCK_LINE("1"));
	write_file("configuration.yaml", "devices: devices.yaml\n");
	write_file("devices.yaml", "'0x000d6f0011223344':\n  friendly_name: back\n");
	cr_assert(eq(int, import(NULL), OK));
	cr_assert(eq(str, locks[0].name, "back"));
}

Test(z2m_import, skips_damaged_and_endless_lines)
{
	FILE *to = create("database.db");

	fputs("{\"ieeeAddr\":\n\n[1]\n{\"ieeeAddr\":5}\n{\"ieeeAddr\":\"0x1\",\"endpoints\":[1]}\n",
		to);
	for (int i = 0; i < 3 << 20; i++)
		fputc('x', to);
	fputs("\n" LOCK_LINE("70000"), to);
	fclose(to);
	cr_assert(eq(int, import(NULL), OK));
	cr_assert(eq(sz, n_locks, 1));
	cr_assert(eq(u16, locks[0].facts.network_address, 0xFFFF), "no such address");
}

Test(z2m_import, says_what_is_missing_or_too_large)
{
	struct err e;
	FILE *to;

	cr_assert(eq(int, import(&e), ERR_NOT_FOUND));
	to = create("database.db");
	cr_assert(eq(int, ftruncate(fileno(to), (64 << 20) + 1), 0));
	fclose(to);
	cr_assert(eq(int, import(&e), ERR_TOO_LARGE));
}
