#include "server/oneport.h"

#include "server/base/alloc.h"
#include "server/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD_MAX = 512, KEY_SIZE = 24 };

struct lift {
	struct lift *next;
	int fd;
	size_t head_size, note_size;
	char head[HEAD_MAX];
	uint8_t note[WS_NOTE_MAX];
};

/* Is `token` in a comma-separated header value? Case-blind. */
static bool has_token(const char *list, const char *token)
{
	size_t size = strlen(token);

	while (list && *list) {
		list += strspn(list, " \t,");

		size_t n = strcspn(list, ","), end = n;

		while (end && strchr(" \t", list[end - 1]))
			end--;
		if (end == size && !strncasecmp(list, token, size))
			return true;
		list += n;
	}
	return false;
}

bool http_is_upgrade(const struct http_request *request)
{
	return !strcmp(request->method, "GET") &&
	       has_token(http_header(request, "Connection"), "upgrade") &&
	       has_token(http_header(request, "Upgrade"), "websocket");
}

static bool good_key(const char *key)
{
	static const char base64[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return key && strlen(key) == KEY_SIZE && strspn(key, base64) == KEY_SIZE - 2 &&
	       !strcmp(key + KEY_SIZE - 2, "==");
}

/* What lws needs and not a byte of the client's but the key: no cookies, no paths, no surprises. */
static size_t write_head(char head[HEAD_MAX], const char *key, bool events)
{
	return (size_t)snprintf(head, HEAD_MAX,
		"GET / HTTP/1.1\r\nHost: lockwright\r\nUpgrade: websocket\r\nConnection: "
		"Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n",
		key, events ? "Sec-WebSocket-Protocol: events\r\n" : "");
}

static enum err_code check(const struct http_request *request, struct span note, struct err *e)
{
	const char *version = http_header(request, "Sec-WebSocket-Version");

	if (!http_is_upgrade(request))
		return err_because(e, ERR_INVALID, "upgrade_required", "this path is a WebSocket");
	if (!version || strcmp(version, "13") != 0)
		return err_set(e, ERR_INVALID, "Sec-WebSocket-Version must be 13");
	if (!good_key(http_header(request, "Sec-WebSocket-Key")))
		return err_set(e, ERR_INVALID, "Sec-WebSocket-Key is not 16 bytes in base64");
	if (note.size > WS_NOTE_MAX)
		return err_set(e, ERR_INTERNAL, "the note of a WebSocket is too long");
	return OK;
}

enum err_code oneport_lift(struct lift_list *list, int fd, const struct http_request *request,
	struct span note, struct err *e)
{
	enum err_code code = check(request, note, e);

	if (code)
		return code;
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (own < 0)
		return err_set(e, ERR_BUSY, "no descriptor for a WebSocket: %s", strerror(errno));

	struct lift *lift = xcalloc(1, sizeof *lift);

	lift->fd = own;
	lift->head_size = write_head(lift->head, http_header(request, "Sec-WebSocket-Key"),
		has_token(http_header(request, "Sec-WebSocket-Protocol"), "events"));
	lift->note_size = note.size;
	if (note.size)
		memcpy(lift->note, note.data, note.size);
	if (!list->end)
		list->end = &list->first;
	*list->end = lift;
	list->end = &lift->next;
	return OK;
}

size_t oneport_count(const struct lift_list *list)
{
	size_t n = 0;

	for (const struct lift *lift = list->first; lift; lift = lift->next)
		n++;
	return n;
}

static void hand_over(struct lift *lift, struct ws_hub *hub)
{
	struct span head = { (const uint8_t *)lift->head, lift->head_size };
	struct span note = { lift->note, lift->note_size };
	struct err e;

	if (!hub)
		close(lift->fd);
	else if (ws_hub_adopt(hub, lift->fd, head, note, &e))
		log_warn("a WebSocket is lost: %s", e.text);
}

void oneport_deliver(struct lift_list *list, struct ws_hub *hub)
{
	struct lift *lift = list->first;

	list->first = NULL;
	list->end = &list->first;
	while (lift) {
		struct lift *next = lift->next;

		hand_over(lift, hub);
		free(lift);
		lift = next;
	}
}
