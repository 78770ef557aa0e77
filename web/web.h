/* web.h: the bundled page, made from the files of this folder at build time. */
#pragma once

#include "server/base/span.h"

struct web_file {
	const char *path; /* "/", "/app.js", "/guide.js", "/app.css" */
	const char *type;
	const char *etag; /* quoted */
	struct span body;
};

const struct web_file *web_find(const char *path); /* NULL: none */
