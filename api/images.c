#include "api/codec.h"
#include "api/context.h"
#include "api/problem.h"
#include "api/view.h"
#include "ota/library.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "server/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void images_list(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	json_t *list = json_array();

	(void)request;
	for (size_t i = 0; i < library_count(api->options.library); i++)
		json_array_append_new(list, view_image(api, library_at(api->options.library, i)));
	reply_json(reply, 200, codec_list("firmware", list, NULL));
}

static const struct image *find(
	const struct api *api, const struct http_request *request, struct http_reply *reply)
{
	const char *id = http_param(request, "id");
	const struct image *image = id ? library_find(api->options.library, id) : NULL;
	struct err e;

	if (image)
		return image;
	(void)err_because(
		&e, ERR_NOT_FOUND, "not_found", "There is no image \"%.64s\".", id ? id : "");
	problem_send(reply, request->path, &e, NULL);
	return NULL;
}

void images_get(void *owner, const struct http_request *request, struct http_reply *reply)
{
	const struct image *image = find(owner, request, reply);

	if (image)
		reply_json(reply, 200, view_image(owner, image));
}

/* The engine puts it on disk and then announces it. */
static void tell(struct api *api, const char *image, const char *code, const char *text)
{
	struct event event = { .at = loop_wall(api->options.loop),
		.kind = EVENT_IMAGE,
		.bytes_done = -1,
		.bytes_total = -1 };

	(void)text_copy(event.image, sizeof event.image, image);
	(void)text_copy(event.code, sizeof event.code, code);
	(void)text_copy(event.text, sizeof event.text, text);
	engine_publish(api->options.engine, &event, 1);
}

struct removal {
	struct answer *pending;
	char image[SHA256_TEXT];
	char text[192];
};

static void removed(void *owner, const struct err *e)
{
	struct removal *removal = owner;
	struct api *api = removal->pending->api;

	if (!answer_failed(removal->pending, e)) {
		reply_nothing(removal->pending->reply);
		answer_free(removal->pending);
		tell(api, removal->image, "removed", removal->text);
	}
	free(removal);
}

void images_delete(void *owner, const struct http_request *request, struct http_reply *reply)
{
	struct api *api = owner;
	const struct image *image = find(api, request, reply);
	struct removal *removal;
	struct err e;

	if (!image)
		return;
	if (engine_uses_image(api->options.engine, image->id)) {
		(void)err_because(
			&e, ERR_CONFLICT, "image_in_use", "A job needs the image %s.", image->name);
		problem_send(reply, request->path, &e, NULL);
		return;
	}
	removal = xcalloc(1, sizeof *removal);
	removal->pending = answer_new(api, request, reply);
	(void)text_copy(removal->image, sizeof removal->image, image->id);
	(void)snprintf(removal->text, sizeof removal->text, "Image %s was removed.", image->name);
	library_remove(api->options.library, removal->image, removed, removal);
}

/* --- upload: the sink of one body --- */

struct upload {
	struct answer *pending;
	struct library_upload *into;
	int64_t begun; /* an image older than this was known before */
};

/* The last part of a path, printable; what people know the file by. */
static void file_name(char *out, size_t max, const char *path)
{
	const char *base = path;
	size_t n = 0;

	for (const char *p = path; *p; p++)
		if (*p == '/' || *p == '\\')
			base = p + 1;
	for (; *base && n + 1 < max; base++)
		if ((unsigned char)*base >= ' ' && *base != 0x7f && *base != '"')
			out[n++] = *base;
	out[n] = '\0';
	if (!n)
		(void)text_copy(out, max, "upload.ota");
}

/* ?name=, else filename= of Content-Disposition (RFC 6266, the plain form). */
static void upload_name(char *out, size_t max, const struct http_request *request)
{
	const char *name = http_query(request, "name");
	const char *header = http_header(request, "content-disposition");
	const char *at = header ? strcasestr(header, "filename=") : NULL;
	char quoted[128];
	size_t n;

	if (name || !at) {
		file_name(out, max, name ? name : "");
		return;
	}
	at += strlen("filename=");
	n = *at == '"' ? strcspn(++at, "\"") : strcspn(at, "; ");
	(void)snprintf(quoted, sizeof quoted, "%.*s", (int)(n < sizeof quoted ? n : 127), at);
	file_name(out, max, quoted);
}

static void room(void *owner)
{
	const struct upload *upload = owner;

	http_resume(upload->pending->reply);
}

static void *upload_begin(
	void *owner, const struct http_request *request, struct http_reply *reply, struct err *e)
{
	struct api *api = owner;
	const char *length = http_header(request, "content-length");
	struct upload *upload;
	char name[sizeof((struct image *)0)->name];
	uint64_t size = 0;

	if (length && (!text_uint(&size, length, INT64_MAX) || size > FIRMWARE_MAX)) {
		(void)err_because(e, ERR_TOO_LARGE, "too_large", "An image has at most %d bytes.",
			FIRMWARE_MAX);
		return NULL;
	}
	upload = xcalloc(1, sizeof *upload);
	upload_name(name, sizeof name, request);
	upload->pending = answer_new(api, request, reply);
	upload->begun = loop_wall(api->options.loop);
	upload->into = library_upload_begin(api->options.library, name, room, upload);
	return upload;
}

static enum err_code upload_chunk(
	void *sink, const uint8_t *data, size_t n, size_t *took, struct err *e)
{
	struct upload *upload = sink;

	return library_upload_chunk(upload->into, data, n, took, e);
}

static void uploaded(void *owner, const struct err *e, const struct image *image)
{
	struct upload *upload = owner;
	struct answer *pending = upload->pending;
	struct api *api = pending->api;
	char location[96], text[192];
	int64_t begun = upload->begun;
	bool known;

	free(upload);
	if (answer_failed(pending, e))
		return;
	known = image->added_at < begun;
	(void)snprintf(location, sizeof location, "/api/v1/firmware/%s", image->id);
	reply_created(pending->reply, known ? 200 : 201, location, view_image(api, image));
	answer_free(pending);
	if (known)
		return;
	(void)snprintf(text, sizeof text, "Image %s was added.", image->name);
	tell(api, image->id, "added", text);
}

static void upload_end(void *sink, const struct http_request *request, struct http_reply *reply)
{
	struct upload *upload = sink;

	(void)request;
	(void)reply;
	library_upload_end(upload->into, uploaded, upload);
}

static void upload_abort(void *sink)
{
	struct upload *upload = sink;

	library_upload_abort(upload->into);
	answer_free(upload->pending);
	free(upload);
}

const struct http_upload images_upload = {
	.begin = upload_begin,
	.chunk = upload_chunk,
	.end = upload_end,
	.abort = upload_abort,
};
