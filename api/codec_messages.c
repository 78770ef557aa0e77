#include "api/codec.h"
#include "api/reply.h"
#include "server/base/text.h"

#include <string.h>

json_t *codec_message(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

json_t *codec_message_error(const char *code, const char *detail)
{
	return json_pack(
		"{s:s,s:s,s:o}", "type", "error", "code", code, "detail", reply_text(detail));
}

json_t *codec_hello(const struct hello *hello)
{
	return json_pack("{s:s,s:s,s:I,s:o}", "type", "hello", "version", hello->version, "seq",
		(json_int_t)hello->seq, "oldest", codec_count(hello->oldest ? hello->oldest : -1));
}

json_t *codec_resync(int64_t since, int64_t oldest, int64_t seq)
{
	return json_pack("{s:s,s:I,s:o,s:I}", "type", "resync", "since", (json_int_t)since,
		"oldest", codec_count(oldest ? oldest : -1), "seq", (json_int_t)seq);
}

json_t *codec_progress(json_t *job)
{
	return json_pack("{s:s,s:o}", "type", "progress", "job", job);
}

json_t *codec_snapshot(int64_t seq, json_t *locks, json_t *jobs, json_t *adapters)
{
	return json_pack("{s:s,s:I,s:o,s:o,s:o}", "type", "snapshot", "seq", (json_int_t)seq,
		"locks", locks, "jobs", jobs, "adapters", adapters);
}

void codec_client_message(struct client_message *out, const char *text, size_t size)
{
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	const char *type = json_string_value(json_object_get(root, "type"));
	const char *token = json_string_value(json_object_get(root, "token"));

	*out = (struct client_message){ .type = CLIENT_UNKNOWN };
	if (type && strcmp(type, "ping") == 0)
		out->type = CLIENT_PING;
	if (type && strcmp(type, "auth") == 0 && token) {
		out->type = CLIENT_AUTH;
		if (!text_copy(out->token, sizeof out->token, token))
			out->token[0] = '\0'; /* longer than any of ours: wrong */
	}
	json_decref(root);
}
