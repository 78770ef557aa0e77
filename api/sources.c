#include "ota/sources.h"

#include "api/codec.h"
#include "api/context.h"

static json_t *source_json(const struct source_view *view)
{
	static const char *const kinds[] = {
		[SOURCE_INDEX] = "index", [SOURCE_FILE] = "file", [SOURCE_LIST] = "retractions"
	};
	json_t *out = json_object();

	codec_put(out, "kind", json_string(kinds[view->kind]));
	codec_put(out, "name", reply_text(view->name));
	codec_put(out, "images", json_integer((json_int_t)view->entries));
	codec_put(out, "skipped", json_integer((json_int_t)view->skipped));
	codec_put(out, "loaded_at", codec_time(view->loaded_at));
	codec_put(out, "checked_at", codec_time(view->checked_at));
	codec_put(out, "refreshing", json_boolean(view->busy));
	codec_put(out, "error", codec_error(&view->err));
	return out;
}

static json_t *list(const struct sources *sources)
{
	json_t *all = json_array();
	struct source_view view;

	for (size_t i = 0; i < sources_count(sources); i++) {
		sources_view(sources, i, &view);
		json_array_append_new(all, source_json(&view));
	}
	return codec_list("sources", all, NULL);
}

void firmware_sources(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = owner;

	(void)request;
	reply_json(reply, 200, list(api->options.sources));
}

void firmware_refresh(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;

	(void)request;
	if (api->options.sources)
		sources_refresh(api->options.sources);
	reply_json(reply, 202, list(api->options.sources));
}
