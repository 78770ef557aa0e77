#include "api/view.h"

#include "api/codec.h"
#include "api/context.h"

#include <string.h>

json_t *view_lock(const struct api *api, const struct lock *lock)
{
	const struct engine *engine = api->options.engine;
	struct lock_view view = { .lock = lock, .job = engine_active_job(engine, lock->id) };

	if (view.job)
		engine_progress(engine, view.job->id, &view.progress);
	view.adapter = engine_adapter(engine, lock->adapter);
	engine_offer(engine, lock, &view.offer);
	engine_policy(engine, lock, &view.policy);
	view.has_window = engine_window(engine, lock, &view.window);
	return codec_lock(&view);
}

json_t *view_job(const struct api *api, const struct job *job)
{
	const struct engine *engine = api->options.engine;
	struct job_view view = { .job = job, .progress = { .percent = -1, .rate = -1 } };

	view.active = !job_is_over(job->phase) && engine_active_by_id(engine, job->id);
	if (view.active)
		engine_progress(engine, job->id, &view.progress);
	return codec_job(&view);
}

json_t *view_image(const struct api *api, const struct image *image)
{
	const struct engine *engine = api->options.engine;
	json_t *out = codec_image(image, engine_uses_image(engine, image->id));

	codec_put(out, "retracted", reply_text(engine_retracted(engine, image)));
	return out;
}

static size_t locks_of(const struct engine *engine, const char *adapter)
{
	size_t n = 0;

	for (size_t i = 0; i < engine_lock_count(engine); i++)
		n += strcmp(engine_lock_at(engine, i)->adapter, adapter) == 0;
	return n;
}

json_t *view_adapter(const struct api *api, const struct adapter *adapter)
{
	const struct engine *engine = api->options.engine;
	json_t *out = codec_adapter(
		adapter, engine_is_scanning(engine, adapter->id), locks_of(engine, adapter->id));

	codec_put(out, "transfers", json_integer(engine_transfers(engine, adapter->id)));
	return out;
}

json_t *view_locks(const struct api *api)
{
	json_t *list = json_array();

	for (size_t i = 0; i < engine_lock_count(api->options.engine); i++)
		json_array_append_new(list, view_lock(api, engine_lock_at(api->options.engine, i)));
	return list;
}

json_t *view_active_jobs(const struct api *api)
{
	json_t *list = json_array();

	for (size_t i = 0; i < engine_active_count(api->options.engine); i++)
		json_array_append_new(
			list, view_job(api, engine_active_at(api->options.engine, i)));
	return list;
}

json_t *view_adapters(const struct api *api)
{
	json_t *list = json_array();

	for (size_t i = 0; i < engine_adapter_count(api->options.engine); i++)
		json_array_append_new(
			list, view_adapter(api, engine_adapter_at(api->options.engine, i)));
	return list;
}
