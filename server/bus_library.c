#include "server/bus_library.h"

#include "server/base/check.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static const char name[] = "libsystemd.so.0";

static struct bus_library library;
static char problem[160]; /* empty: loaded */

static const char *find(void *handle)
{
	const struct {
		const char *name;
		void *into;
	} symbols[] = {
		{ "sd_bus_open_system", &library.open_system },
		{ "sd_bus_close_unref", &library.close },
		{ "sd_bus_get_fd", &library.fd },
		{ "sd_bus_get_events", &library.events },
		{ "sd_bus_get_timeout", &library.timeout },
		{ "sd_bus_process", &library.process },
		{ "sd_bus_add_match_async", &library.match },
		{ "sd_bus_slot_unref", &library.forget },
		{ "sd_bus_call_async", &library.call },
		{ "sd_bus_message_new_method_call", &library.new_call },
		{ "sd_bus_message_set_auto_start", &library.auto_start },
		{ "sd_bus_message_append", &library.append },
		{ "sd_bus_message_append_array", &library.append_array },
		{ "sd_bus_message_open_container", &library.open_container },
		{ "sd_bus_message_close_container", &library.close_container },
		{ "sd_bus_message_read", &library.read },
		{ "sd_bus_message_get_error", &library.error },
		{ "sd_bus_message_get_path", &library.path },
		{ "sd_bus_message_unref", &library.release },
	};

	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *found = dlsym(handle, symbols[i].name);

		if (!found)
			return symbols[i].name;
		/* ISO C has no cast from an object's pointer to a function's; POSIX says they
		 * look alike. */
		memcpy(symbols[i].into, &found, sizeof found);
	}
	return NULL;
}

static void load(void)
{
	void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	const char *missing = handle ? find(handle) : name;

	if (missing)
		(void)snprintf(problem, sizeof problem, "%s cannot be used: %s", name,
			handle ? missing : dlerror());
}

enum err_code bus_library(const struct bus_library **out, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (*problem)
		return err_set(e, ERR_NOT_FOUND, "%s", problem);
	*out = &library;
	return OK;
}
