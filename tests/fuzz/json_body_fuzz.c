/* Bodies of requests: what is refused names a place and touches nothing; what is accepted keeps to
 * the limits of openapi.yaml. The first byte chooses the reader. */
#include "api/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct problem_details details;

static void check_refusal(enum err_code code, const struct err *e, const json_t *root)
{
	assert(code == ERR_INVALID && e->code == code);
	assert(!root);
	assert(e->reason[0] && e->text[0]);
	if (strcmp(e->reason, "invalid_json") == 0)
		return;
	assert(details.n <= PROBLEM_DETAILS_MAX);
	for (size_t i = 0; i < details.n; i++)
		assert(details.at[i].path[0] == '/' && details.at[i].detail[0]);
}

static void read_job(const struct body_in *in)
{
	struct job_request job = { .n_force = 99 };
	struct err e;
	enum err_code code = codec_read_job(&job, in, &e);

	if (code) {
		assert(job.n_force == 99);
		check_refusal(code, &e, *in->root);
		return;
	}
	assert(strlen(job.lock) >= 1 && strlen(job.lock) <= 63);
	assert(!job.image || strlen(job.image) == 64);
	assert(!(job.image && job.has_version));
	assert(!job.has_version || job.version_text);
	assert(!job.version_text || strlen(job.version_text) < VENDOR_VERSION_SIZE);
	assert(!job.component || (*job.component && strlen(job.component) < COMPONENT_ID_SIZE));
	assert(job.n_force <= JOB_FORCE_MAX && job.not_before >= 0);
	for (size_t i = 0; i < job.n_force; i++)
		assert(job.force[i]);
}

static void read_lock(const struct body_in *in)
{
	struct lock_patch patch = { .min_battery_percent = 99 };
	struct err e;
	enum err_code code = codec_read_lock(&patch, in, &e);

	if (code) {
		assert(patch.min_battery_percent == 99);
		check_refusal(code, &e, *in->root);
		return;
	}
	assert(patch.min_battery_percent >= -1 && patch.min_battery_percent <= 100);
	assert(!patch.name || (*patch.name && strlen(patch.name) < LOCK_NAME_SIZE));
	assert(!patch.address || (*patch.address && strlen(patch.address) < ADDRESS_SIZE));
	assert(!patch.dismiss_problem);
	assert(patch.policy.priority >= -10 && patch.policy.priority <= 10);
	assert(patch.policy.max_attempts <= ATTEMPTS_MAX);
	assert(patch.policy.window.days <= WINDOW_EVERY_DAY);
	assert(patch.policy.window.from < 1440 && patch.policy.window.to <= 1440);
	assert(!patch.policy.window.zone[0] || zone_is_name(patch.policy.window.zone));
}

static void read_token(const struct body_in *in)
{
	struct token_request token = { 0 };
	struct err e;
	enum err_code code = codec_read_token(&token, in, &e);

	if (code) {
		assert(!token.name);
		check_refusal(code, &e, *in->root);
		return;
	}
	assert(auth_is_name(token.name));
	assert(token.scope >= SCOPE_READ && token.scope <= SCOPE_ADMIN);
}

static void read_version(const struct body_in *in)
{
	const char *version = NULL;
	struct err e;
	enum err_code code = codec_read_version(&version, in, &e);

	if (code)
		check_refusal(code, &e, *in->root);
	else
		assert(*version && strlen(version) < VENDOR_VERSION_SIZE);
}

static void read_message(struct span text)
{
	struct client_message message;

	codec_client_message(&message, (const char *)text.data, text.size);
	assert(strlen(message.token) < sizeof message.token);
	assert(message.type == CLIENT_AUTH || !message.token[0]);
}

/* Linked in with the problems; no body is answered here. */
void http_send(struct http_reply *reply, unsigned status, const char *type,
	const char *const *headers, struct span body)
{
	(void)reply;
	(void)status;
	(void)type;
	(void)headers;
	(void)body;
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *root = NULL;
	struct body_in in = { .root = &root, .details = &details };

	if (!size)
		return 0;
	in.text = (struct span){ data + 1, size - 1 };
	details.n = 0;
	if (data[0] % 4 == 0)
		read_job(&in);
	else if (data[0] % 4 == 1)
		read_lock(&in);
	else if (data[0] % 4 == 2)
		read_token(&in);
	else
		read_message(in.text);
	json_decref(root);
	root = NULL;
	details.n = 0;
	read_version(&in);
	json_decref(root);
	return 0;
}
