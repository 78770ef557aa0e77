#include "adapters/zigbee/device.h"
#include "adapters/zigbee/radio.h"
#include "adapters/zigbee/z2m_names.h"
#include "adapters/zigbee/zcl.h"
#include "adapters/zigbee/zigbee_adapter.h"
#include "server/base/log.h"
#include "server/base/text.h"

#include <jansson.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 64 << 20, LINE_MAX_SIZE = 1 << 20, LOCKS_MAX = 256 };

struct import {
	struct imported_lock locks[LOCKS_MAX];
	size_t n;
	struct z2m_name names[Z2M_NAMES_MAX];
	size_t n_names;
	char line[LINE_MAX_SIZE];
};

static void copy_text(char *out, size_t max, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	text_copy(out, max, text ? text : "");
}

static bool take_int(const json_t *object, const char *key, json_int_t max, json_int_t *out)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > max)
		return false;
	*out = json_integer_value(v);
	return true;
}

static bool lists_cluster(const json_t *endpoint, const char *list, json_int_t cluster)
{
	const json_t *clusters = json_object_get(endpoint, list);
	const json_t *value;
	size_t i;

	json_array_foreach(
		clusters, i, value) if (json_is_integer(value) &&
					json_integer_value(value) == cluster) return true;
	return false;
}

/* What Zigbee2MQTT has read or was told last. */
static const json_t *attributes(const json_t *endpoint, const char *cluster)
{
	return json_object_get(
		json_object_get(json_object_get(endpoint, "clusters"), cluster), "attributes");
}

static void take_values(struct lock_facts *f, const json_t *endpoint)
{
	const json_t *power = attributes(endpoint, "genPowerCfg");
	json_int_t v;

	if (take_int(power, "batteryPercentageRemaining", 200, &v)) {
		f->battery_half_percent = (int16_t)v;
		f->known |= FACT_BATTERY;
	}
	if (take_int(power, "batteryVoltage", 254, &v)) {
		f->battery_decivolt = (int16_t)v;
		f->known |= FACT_BATTERY;
	}
	if (take_int(attributes(endpoint, "closuresDoorLock"), "lockState", LOCK_UNLOCKED, &v)) {
		f->lock_state = (int8_t)v;
		f->known |= FACT_LOCK_STATE;
	}
	if (take_int(attributes(endpoint, "genOta"), "currentFileVersion", UINT32_MAX - 1, &v)) {
		f->version = (uint32_t)v;
		f->version_source = VERSION_IMPORTED;
		f->known |= FACT_VERSION;
	}
}

/* True: one of the endpoints has a Door Lock cluster. */
static bool take_endpoints(struct lock_facts *f, json_t *device)
{
	uint8_t lock = 0, ota = 0;
	const char *key;
	json_t *endpoint;

	json_object_foreach(json_object_get(device, "endpoints"), key, endpoint)
	{
		uint64_t id;

		if (!text_uint(&id, key, 240) || id == 0)
			continue;
		if (!lock && lists_cluster(endpoint, "inClusterList", ZCL_DOOR_LOCK))
			lock = (uint8_t)id;
		if (!ota && lists_cluster(endpoint, "outClusterList", ZCL_OTA))
			ota = (uint8_t)id;
		take_values(f, endpoint);
	}
	f->endpoint = ota ? ota : lock;
	return lock != 0;
}

static void take_device_facts(struct lock_facts *f, const json_t *device)
{
	const char *power = json_string_value(json_object_get(device, "powerSource"));
	json_int_t v;

	f->parent = RADIO_NO_ADDRESS;
	f->network_address = RADIO_NO_ADDRESS;
	if (take_int(device, "nwkAddr", 0xFFF7, &v))
		f->network_address = (uint16_t)v;
	f->sleepy = !power || strncmp(power, "Mains", 5) != 0;
	f->known |= FACT_NETWORK;
	if (json_is_number(json_object_get(device, "lastSeen")))
		f->at = (int64_t)json_number_value(json_object_get(device, "lastSeen"));
	copy_text(f->model, sizeof f->model, device, "modelId");
	copy_text(f->manufacturer, sizeof f->manufacturer, device, "manufName");
	copy_text(f->date_code, sizeof f->date_code, device, "dateCode");
	copy_text(f->sw_build, sizeof f->sw_build, device, "swBuildId");
	if (f->model[0] || f->manufacturer[0])
		f->known |= FACT_MODEL;
}

/* Later lines replace earlier ones of the same device. */
static struct imported_lock *place(struct import *im, const char *address)
{
	for (size_t i = 0; i < im->n; i++)
		if (strcmp(im->locks[i].address, address) == 0)
			return &im->locks[i];
	return im->n < LOCKS_MAX ? &im->locks[im->n++] : NULL;
}

static void take_name(const struct import *im, struct imported_lock *lock, uint64_t ieee)
{
	for (size_t i = 0; i < im->n_names; i++)
		if (im->names[i].ieee == ieee)
			text_copy(lock->name, sizeof lock->name, im->names[i].name);
}

static void take_device(struct import *im, json_t *device)
{
	const char *text = json_string_value(json_object_get(device, "ieeeAddr"));
	struct imported_lock lock = { .facts = { .battery_half_percent = -1,
					      .battery_decivolt = -1,
					      .lock_state = LOCK_UNKNOWN } };
	struct imported_lock *to;
	uint64_t ieee;

	if (!text || !device_scan(&ieee, text) || !take_endpoints(&lock.facts, device))
		return;
	device_print(lock.address, ieee);
	take_device_facts(&lock.facts, device);
	take_name(im, &lock, ieee);
	to = place(im, lock.address);
	if (to)
		*to = lock;
}

static void take_line(struct import *im, unsigned number)
{
	json_error_t error;
	/* Strings of sensors may hold NUL; such a device is taken with the text before it. */
	json_t *device = json_loads(im->line, JSON_ALLOW_NUL, &error);

	if (json_is_object(device))
		take_device(im, device);
	else
		log_warn("zigbee2mqtt database.db line %u is damaged: skipped", number);
	json_decref(device);
}

static void skip_line(FILE *f)
{
	int c;

	do
		c = getc_unlocked(f);
	while (c != EOF && c != '\n');
}

static void read_lines(struct import *im, FILE *f)
{
	for (unsigned number = 1; fgets(im->line, sizeof im->line, f); number++) {
		size_t n = strlen(im->line);

		if (n + 1 == sizeof im->line && im->line[n - 1] != '\n') {
			log_warn("zigbee2mqtt database.db line %u is too long: skipped", number);
			skip_line(f);
		} else if (im->line[strspn(im->line, " \r\n")] != '\0') {
			take_line(im, number);
		}
	}
}

static enum err_code open_database(const char *folder, FILE **out, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;
	FILE *f;

	if (snprintf(path, sizeof path, "%s/database.db", folder) >= (int)sizeof path)
		return err_set(e, ERR_INVALID, "the folder's name is too long");
	f = fopen(path, "re");
	if (!f)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "opening %s: %s", path,
			strerror(errno));
	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		(void)fclose(f); /* only read */
		return err_set(e, ERR_TOO_LARGE, "%s is no file of at most 64 MiB", path);
	}
	*out = f;
	return OK;
}

enum err_code zigbee2mqtt_import(const char *folder,
	void (*found)(void *owner, const struct imported_lock *lock), void *owner, struct err *e)
{
	struct import *im;
	FILE *f = NULL;
	enum err_code code = open_database(folder, &f, e);

	if (code != OK)
		return code;
	im = calloc(1, sizeof *im);
	if (!im) {
		(void)fclose(f);
		return err_set(e, ERR_INTERNAL, "no memory to read %s", folder);
	}
	im->n_names = z2m_names_read(folder, im->names, Z2M_NAMES_MAX);
	read_lines(im, f);
	for (size_t i = 0; i < im->n; i++)
		found(owner, &im->locks[i]);
	free(im);
	(void)fclose(f);
	return OK;
}
