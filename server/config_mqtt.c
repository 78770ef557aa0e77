#include "server/config_mqtt.h"

#include "server/base/alloc.h"
#include "server/base/log.h"
#include "server/config_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_MAX = 1024, PATH_BYTES = 4000, PLAIN_PORT = 1883, TLS_PORT = 8883 };

static enum err_code check_topic(const char *key, const char *text, struct err *e)
{
	size_t n = strlen(text);
	size_t good = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-/");

	if (good == n && text[0] != '/' && text[n - 1] != '/' && !strstr(text, "//"))
		return OK;
	return err_set(
		e, ERR_INVALID, "mqtt.%s: may have letters, digits, _, - and / between them", key);
}

static enum err_code check_whole(const struct config_mqtt *m, struct err *e)
{
	enum err_code r = check_topic("topic", m->topic, e);

	if (r == OK)
		r = check_topic("discovery_prefix", m->discovery_prefix, e);
	if (r != OK)
		return r;
	if (m->password && m->password_file)
		return err_set(
			e, ERR_INVALID, "mqtt.password_file: not together with mqtt.password");
	if ((m->password || m->password_file) && !m->user)
		return err_set(e, ERR_INVALID, "mqtt.user: is missing, but there is a password");
	if (!m->certificate != !m->key)
		return err_set(e, ERR_INVALID, "mqtt.certificate and mqtt.key go together");
	if ((m->ca_file || m->certificate) && !m->tls)
		return err_set(e, ERR_INVALID, "mqtt.tls: must be true with certificates");
	if (m->page_url && strncmp(m->page_url, "http://", 7) != 0 &&
		strncmp(m->page_url, "https://", 8) != 0)
		return err_set(e, ERR_INVALID, "mqtt.page_url: starts with http:// or https://");
	return OK;
}

/* The first line. */
static enum err_code read_secret(char out[SECRET_MAX], int fd, struct err *e)
{
	ssize_t n = read(fd, out, SECRET_MAX - 1);

	if (n < 0)
		return err_set(e, ERR_IO, "%s", strerror(errno));
	out[n] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	if (!*out || n == SECRET_MAX - 1)
		return err_set(e, ERR_INVALID, "must hold the password in its first line");
	return OK;
}

static enum err_code read_password(struct config_mqtt *m, struct err *e)
{
	char secret[SECRET_MAX];
	struct stat info;
	enum err_code r;
	int fd = open(m->password_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_set(e, ERR_IO, "%s", strerror(errno));
	if (fstat(fd, &info))
		r = err_set(e, ERR_IO, "%s", strerror(errno));
	else if (info.st_mode & 077)
		r = err_set(e, ERR_INVALID, "others can read it: chmod 600");
	else
		r = read_secret(secret, fd, e);
	close(fd);
	if (r == OK)
		m->password = xstrdup(secret);
	explicit_bzero(secret, sizeof secret);
	return r;
}

static void defaults(struct config_mqtt *m)
{
	m->enabled = true;
	m->topic = xstrdup("lockwright");
	m->discovery_prefix = xstrdup("homeassistant");
}

/* The words of the environment begin with MQTT_, those of the section do not. */
enum { PREFIX = sizeof "mqtt_" - 1 };

static const struct row {
	const char *key;
	enum config_field_type type;
	size_t at; /* in struct config_mqtt */
	uint32_t min, max;
} rows[] = {
	{ "mqtt_enabled", FIELD_BOOL, offsetof(struct config_mqtt, enabled), 0, 0 },
	{ "mqtt_host", FIELD_TEXT, offsetof(struct config_mqtt, host), 1, 255 },
	{ "mqtt_port", FIELD_UINT, offsetof(struct config_mqtt, port), 1, 65535 },
	{ "mqtt_user", FIELD_TEXT, offsetof(struct config_mqtt, user), 1, 255 },
	{ "mqtt_password", FIELD_TEXT, offsetof(struct config_mqtt, password), 1, SECRET_MAX - 2 },
	{ "mqtt_password_file", FIELD_TEXT, offsetof(struct config_mqtt, password_file), 1,
		PATH_BYTES },
	{ "mqtt_tls", FIELD_BOOL, offsetof(struct config_mqtt, tls), 0, 0 },
	{ "mqtt_ca_file", FIELD_TEXT, offsetof(struct config_mqtt, ca_file), 1, PATH_BYTES },
	{ "mqtt_certificate", FIELD_TEXT, offsetof(struct config_mqtt, certificate), 1,
		PATH_BYTES },
	{ "mqtt_key", FIELD_TEXT, offsetof(struct config_mqtt, key), 1, PATH_BYTES },
	{ "mqtt_topic", FIELD_TEXT, offsetof(struct config_mqtt, topic), 1, 64 },
	{ "mqtt_discovery_prefix", FIELD_TEXT, offsetof(struct config_mqtt, discovery_prefix), 1,
		64 },
	{ "mqtt_page_url", FIELD_TEXT, offsetof(struct config_mqtt, page_url), 8, 255 },
};

static void fields_of(struct config_field out[ARRAY_SIZE(rows)], struct config_mqtt *m, size_t skip)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		out[i] = (struct config_field){ .key = rows[i].key + skip,
			.type = rows[i].type,
			.out = (char *)m + rows[i].at,
			.min = rows[i].min,
			.max = rows[i].max };
}

static enum err_code read_fields(
	struct config_mqtt *m, json_t *section, const char *const *environ_list, struct err *e)
{
	struct config_field fields[ARRAY_SIZE(rows)];
	enum err_code r = OK;

	fields_of(fields, m, PREFIX);
	if (section)
		r = config_read(section, "mqtt", fields, ARRAY_SIZE(fields), e);
	fields_of(fields, m, 0);
	if (r == OK && environ_list)
		r = config_environment(environ_list, fields, ARRAY_SIZE(fields), e);
	return r;
}

static bool is_app(const char *const *environ_list)
{
	static const char token[] = "SUPERVISOR_TOKEN=";

	for (; environ_list && *environ_list; environ_list++)
		if (!strncmp(*environ_list, token, sizeof token - 1) &&
			(*environ_list)[sizeof token - 1])
			return true;
	return false;
}

/* Which broker: one by name, none, or the one that the Supervisor knows. */
static enum err_code choose(struct config_mqtt *m, bool section, bool app, struct err *e)
{
	if (!m->enabled) {
		free(m->host);
		m->host = NULL;
	} else if (!m->host) {
		if (app && (m->user || m->password || m->password_file || m->tls || m->port))
			return err_set(e, ERR_INVALID,
				"mqtt.host: is missing; port, user, password and tls belong to it");
		if (section && !app)
			return err_set(e, ERR_INVALID, "mqtt.host: is missing");
		m->find = app;
	}
	return OK;
}

enum err_code config_read_mqtt(
	struct config_mqtt *out, json_t *section, const char *const *environ_list, struct err *e)
{
	enum err_code r;

	defaults(out);
	r = read_fields(out, section, environ_list, e);
	out->password_in_config = section && json_object_get(section, "password");
	if (r == OK)
		r = choose(out, section, is_app(environ_list), e);
	if (r == OK)
		r = check_whole(out, e);
	if (r != OK)
		return r;
	if (!out->port)
		out->port = out->tls ? TLS_PORT : PLAIN_PORT;
	if (out->host && out->password_file && read_password(out, e) != OK)
		return err_prefix(e, "mqtt.password_file %s: ", out->password_file);
	return OK;
}

void config_mqtt_look_at(const struct config_mqtt *m, const char *path)
{
	struct stat info;

	if (m->password_in_config && !stat(path, &info) && (info.st_mode & 077))
		log_warn("%s: others can read the MQTT password in it: chmod 600, or use "
			 "mqtt.password_file",
			path);
}

void config_mqtt_done(struct config_mqtt *m)
{
	if (m->password)
		explicit_bzero(m->password, strlen(m->password));
	free(m->host);
	free(m->user);
	free(m->password);
	free(m->password_file);
	free(m->ca_file);
	free(m->certificate);
	free(m->key);
	free(m->topic);
	free(m->discovery_prefix);
	free(m->page_url);
}
