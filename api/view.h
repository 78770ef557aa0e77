/* view.h: gathers from the engine what a view shows of one thing, and makes it JSON. */
#pragma once

#include "ota/engine.h"

#include <jansson.h>

struct api;

json_t *view_lock(const struct api *api, const struct lock *lock);
/* job: durable row; what is only in memory is added while it is active. */
json_t *view_job(const struct api *api, const struct job *job);
json_t *view_image(const struct api *api, const struct image *image);
json_t *view_adapter(const struct api *api, const struct adapter *adapter);
json_t *policy_view(const struct api *api); /* policy.c */
json_t *view_locks(const struct api *api);
json_t *view_active_jobs(const struct api *api);
json_t *view_adapters(const struct api *api);
