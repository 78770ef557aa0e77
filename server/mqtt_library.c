#include "server/mqtt_library.h"

#include "server/base/check.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const char name[] = "libmosquitto.so.1";

static struct mqtt_library library;
static char problem[160]; /* empty: loaded */

struct symbol {
	const char *name;
	void *into;
};

static const char *find(void *handle)
{
	int (*start)(void);
	const struct symbol symbols[] = {
		{ "mosquitto_lib_init", &start },
		{ "mosquitto_new", &library.make },
		{ "mosquitto_destroy", &library.destroy },
		{ "mosquitto_will_set", &library.set_will },
		{ "mosquitto_username_pw_set", &library.set_user },
		{ "mosquitto_int_option", &library.set_int },
		{ "mosquitto_tls_set", &library.set_tls },
		{ "mosquitto_connect_bind_v5", &library.connect },
		{ "mosquitto_property_add_int32", &library.add_property },
		{ "mosquitto_property_free_all", &library.free_properties },
		{ "mosquitto_disconnect", &library.disconnect },
		{ "mosquitto_publish", &library.publish },
		{ "mosquitto_subscribe_v5", &library.subscribe },
		{ "mosquitto_socket", &library.socket },
		{ "mosquitto_loop_read", &library.read },
		{ "mosquitto_loop_write", &library.write },
		{ "mosquitto_loop_misc", &library.misc },
		{ "mosquitto_want_write", &library.wants_write },
		{ "mosquitto_connect_callback_set", &library.on_connect },
		{ "mosquitto_publish_callback_set", &library.on_publish },
		{ "mosquitto_message_callback_set", &library.on_message },
		{ "mosquitto_strerror", &library.say },
		{ "mosquitto_connack_string", &library.say_refusal },
		{ "mosquitto_reason_string", &library.say_reason },
	};

	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *found = dlsym(handle, symbols[i].name);

		if (!found)
			return symbols[i].name;
		/* ISO C has no cast from an object's pointer to a function's; POSIX says they
		 * look alike. */
		memcpy(symbols[i].into, &found, sizeof found);
	}
	return start() ? "mosquitto_lib_init" : NULL;
}

static void load(void)
{
	void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	const char *missing = handle ? find(handle) : name;

	if (missing)
		(void)snprintf(problem, sizeof problem, "%s cannot be used: %s", name,
			handle ? missing : dlerror());
}

enum err_code mqtt_library(const struct mqtt_library **out, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (*problem)
		return err_because(e, ERR_NOT_FOUND, "no_libmosquitto", "%s", problem);
	*out = &library;
	return OK;
}
