/* curl_library.h: libcurl, loaded when it is first needed. It brings Kerberos, LDAP, SSH and more:
 * two dozen libraries, 1.4 MiB and some milliseconds that a service without a cloud shall not pay.
 * The dynamic linker's name is the one that all releases since 2006 have. */
#pragma once

#include "server/base/err.h"

#include <curl/curl.h>

struct curl_library {
	CURL *(*init)(void);
	void (*reset)(CURL *curl);
	void (*cleanup)(CURL *curl);
	CURLcode (*perform)(CURL *curl);
	CURLcode (*set)(CURL *curl, CURLoption option, ...);
	CURLcode (*get)(CURL *curl, CURLINFO info, ...);
	const char *(*say)(CURLcode code);
	struct curl_slist *(*list_add)(struct curl_slist *list, const char *text);
	void (*list_free)(struct curl_slist *list);
	CURLM *(*multi_init)(void);
	CURLMcode (*multi_cleanup)(CURLM *multi);
	CURLMcode (*multi_add)(CURLM *multi, CURL *curl);
	CURLMcode (*multi_remove)(CURLM *multi, CURL *curl);
	CURLMcode (*multi_perform)(CURLM *multi, int *running);
	CURLMcode (*multi_poll)(
		CURLM *multi, struct curl_waitfd *more, unsigned n, int timeout_ms, int *ready);
	CURLMcode (*multi_wakeup)(CURLM *multi); /* from any thread */
	CURLMsg *(*multi_message)(CURLM *multi, int *left);
};

/* From any thread; the same for all, never unloaded. ERR_NOT_FOUND: not installed. */
MUST_USE enum err_code curl_library(const struct curl_library **out, struct err *e);
