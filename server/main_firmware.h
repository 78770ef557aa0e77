/* main_firmware.h: composes where firmware comes from: the client of the outside, the sources, what
 * is denied. For main.c. */
#pragma once

#include "server/base/err.h"

struct config;
struct engine;
struct engine_options;
struct library;
struct loop;
struct main_firmware;
struct sources;
struct worker;

/* data_dir of config is there already. */
MUST_USE enum err_code main_firmware_new(struct main_firmware **out, const struct config *config,
	struct loop *loop, struct worker *work, struct library *library, struct err *e);
/* What an engine is told of it. */
void main_firmware_options(struct main_firmware *firmware, struct engine_options *out);
struct sources *main_firmware_sources(struct main_firmware *firmware);
void main_firmware_start(struct main_firmware *firmware, struct engine *engine);
/* Before worker_free(). */
void main_firmware_stop(struct main_firmware *firmware);
/* After store_close(); NULL is fine. */
void main_firmware_free(struct main_firmware *firmware);
