/* mqtt_library.h: libmosquitto, loaded when a broker is configured: a service without one shall not
 * pay for it. The dynamic linker's name is the one that all releases since 2010 have. */
#pragma once

#include "server/base/err.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>

struct mqtt_library {
	struct mosquitto *(*make)(const char *id, bool clean, void *owner);
	void (*destroy)(struct mosquitto *m);
	int (*set_will)(struct mosquitto *m, const char *topic, int size, const void *payload,
		int qos, bool retain);
	int (*set_user)(struct mosquitto *m, const char *user, const char *password);
	int (*set_int)(struct mosquitto *m, enum mosq_opt_t option, int value);
	int (*set_tls)(struct mosquitto *m, const char *ca_file, const char *ca_folder,
		const char *certificate, const char *key,
		int (*password)(char *buffer, int size, int for_writing, void *owner));
	int (*connect)(struct mosquitto *m, const char *host, int port, int keepalive,
		const char *bind, const mosquitto_property *properties);
	int (*add_property)(mosquitto_property **list, int id, uint32_t value);
	void (*free_properties)(mosquitto_property **list);
	int (*disconnect)(struct mosquitto *m);
	int (*publish)(struct mosquitto *m, int *id, const char *topic, int size,
		const void *payload, int qos, bool retain);
	int (*subscribe)(struct mosquitto *m, int *id, const char *topic, int qos, int options,
		const mosquitto_property *properties);
	int (*socket)(struct mosquitto *m);
	int (*read)(struct mosquitto *m, int packets);
	int (*write)(struct mosquitto *m, int packets);
	int (*misc)(struct mosquitto *m);
	bool (*wants_write)(struct mosquitto *m);
	void (*on_connect)(
		struct mosquitto *m, void (*f)(struct mosquitto *, void *owner, int reason));
	void (*on_publish)(struct mosquitto *m, void (*f)(struct mosquitto *, void *owner, int id));
	void (*on_message)(struct mosquitto *m,
		void (*f)(struct mosquitto *, void *owner, const struct mosquitto_message *));
	const char *(*say)(int error);
	const char *(*say_refusal)(int code); /* MQTT 3.1.1 */
	const char *(*say_reason)(int code);  /* MQTT 5 */
};

/* From any thread; the same for all, never unloaded. ERR_NOT_FOUND: not installed. */
MUST_USE enum err_code mqtt_library(const struct mqtt_library **out, struct err *e);
