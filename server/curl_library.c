#include "server/curl_library.h"

#include "server/base/check.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static const char name[] = "libcurl.so.4";

static struct curl_library library;
static char problem[160]; /* empty: loaded */

struct symbol {
	const char *name;
	void *into;
};

static const char *find(void *handle)
{
	CURLcode (*start)(long flags);
	const struct symbol symbols[] = {
		{ "curl_global_init", &start },
		{ "curl_easy_init", &library.init },
		{ "curl_easy_reset", &library.reset },
		{ "curl_easy_cleanup", &library.cleanup },
		{ "curl_easy_perform", &library.perform },
		{ "curl_easy_setopt", &library.set },
		{ "curl_easy_getinfo", &library.get },
		{ "curl_easy_strerror", &library.say },
		{ "curl_slist_append", &library.list_add },
		{ "curl_slist_free_all", &library.list_free },
		{ "curl_multi_init", &library.multi_init },
		{ "curl_multi_cleanup", &library.multi_cleanup },
		{ "curl_multi_add_handle", &library.multi_add },
		{ "curl_multi_remove_handle", &library.multi_remove },
		{ "curl_multi_perform", &library.multi_perform },
		{ "curl_multi_poll", &library.multi_poll },
		{ "curl_multi_wakeup", &library.multi_wakeup },
		{ "curl_multi_info_read", &library.multi_message },
	};

	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *found = dlsym(handle, symbols[i].name);

		if (!found)
			return symbols[i].name;
		/* ISO C has no cast from an object's pointer to a function's; POSIX says they
		 * look alike. */
		memcpy(symbols[i].into, &found, sizeof found);
	}
	return start(CURL_GLOBAL_DEFAULT) ? "curl_global_init" : NULL;
}

static void load(void)
{
	void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	const char *missing = handle ? find(handle) : name;

	if (missing)
		(void)snprintf(problem, sizeof problem, "%s cannot be used: %s", name,
			handle ? missing : dlerror());
}

enum err_code curl_library(const struct curl_library **out, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (*problem)
		return err_because(e, ERR_NOT_FOUND, "no_libcurl", "%s", problem);
	*out = &library;
	return OK;
}
