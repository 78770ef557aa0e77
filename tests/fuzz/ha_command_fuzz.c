/* What anybody who may publish to the broker can send: a command that is accepted is one of four,
 * with a version only where it belongs; a topic that is taken for ours is spelt exactly as we spell
 * it. */
#include "api/ha_command.h"
#include "api/ha_discovery.h"
#include "server/base/text.h"
#include "server/http.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* api/problem.c can also send; nobody is there. */
void http_send(struct http_reply *reply, unsigned status, const char *type,
	const char *const *lines, struct span body)
{
	(void)reply;
	(void)status;
	(void)type;
	(void)lines;
	(void)body;
}

static void command(struct span payload)
{
	struct ha_command read = { .action = HA_DISMISS, .version = 7 };
	struct err e;

	if (ha_command_read(&read, payload, &e) != OK) {
		assert(read.action == HA_DISMISS && read.version == 7 && !read.has_version);
		assert(e.code == ERR_INVALID && e.reason[0] && e.text[0]);
		return;
	}
	assert(read.action <= HA_STARTED);
	assert(!read.has_version || read.action == HA_INSTALL);
}

static void topic(const uint8_t *data, size_t size)
{
	static const struct ha_names names = { "lockwright", "homeassistant", "1", NULL };
	char text[400], lock[LOCK_ID_SIZE], again[HA_TOPIC_SIZE];
	enum ha_topic which;

	size = size < sizeof text - 1 ? size : sizeof text - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!ha_parse_topic(lock, &which, &names, text))
		return;
	assert(text_is_slug(lock));
	ha_lock_topic(again, &names, lock, which);
	assert(!strcmp(again, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	command((struct span){ data, size });
	topic(data, size);
	return 0;
}
