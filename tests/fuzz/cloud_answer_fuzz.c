/* cloud_answer_fuzz.c: any bytes as answers of clouds. The first byte names profile and operation,
 * the second the HTTP status; then come answers, parted by NUL. Property: what comes out is within
 * its bounds and printable, whatever came in; a failure has a class. */
#include "adapters/cloud/call.h"
#include "adapters/cloud/secrets.h"
#include "adapters/cloud/tokens.h"

#include <stdlib.h>
#include <string.h>

enum { PROFILES = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct profile *profile_of(unsigned i)
{
	static struct profile *all[PROFILES];

	if (!all[i] && profile_open(&all[i], profile_shipped_name(i), NULL) != OK)
		abort();
	return all[i];
}

static void check_text(const char *text, size_t max)
{
	if (strlen(text) >= max)
		abort();
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7F)
			abort();
}

static void check_result(const struct call_result *r)
{
	if (r->n_components > COMPONENTS_MAX || r->n_locks > CALL_LOCKS_MAX)
		abort();
	if (r->percent < -1 || r->percent > 100 || r->battery_pct < -1 || r->battery_pct > 100)
		abort();
	for (size_t i = 0; i < r->n_components; i++) {
		const struct lock_component *c = &r->components[i];

		if (!c->id[0] || (unsigned)c->state > VENDOR_TIMED_OUT)
			abort();
		check_text(c->id, sizeof c->id);
		check_text(c->label, sizeof c->label);
		check_text(c->installed, sizeof c->installed);
		check_text(c->available, sizeof c->available);
		check_text(c->why, sizeof c->why);
		check_text(c->notes, sizeof c->notes);
	}
	for (size_t i = 0; i < r->n_locks; i++) {
		check_text(r->locks[i].id, sizeof r->locks[i].id);
		check_text(r->locks[i].name, sizeof r->locks[i].name);
		check_text(r->locks[i].model, sizeof r->locks[i].model);
	}
	check_text(r->model, sizeof r->model);
	check_text(r->vendor_job, sizeof r->vendor_job);
}

static void check_verdict(const struct verdict *v, const struct cloud_answer *answer)
{
	struct err e = { 0 };

	if (v->class == VENDOR_OK || (unsigned)v->class > VENDOR_STRANGE)
		abort();
	check_text(v->code, sizeof v->code);
	verdict_say(&e, v, answer);
	if (!e.text[0] || e.code == OK)
		abort();
}

static void try_tokens(const struct profile *p, const struct cloud_answer *answer)
{
	struct tokens tokens = { 0 };
	struct verdict v;

	tokens_answer(&v, &tokens, p, answer, 1000);
	if ((v.class == VENDOR_OK) != (tokens.access != NULL))
		abort();
	tokens_done(&tokens);
}

static struct span next_part(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size ? memchr(*data, 0, *size) : NULL;
	struct span part = { *data, end ? (size_t)(end - *data) : *size };
	size_t taken = part.size + (end != NULL);

	*data += taken;
	*size -= taken;
	return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned statuses[] = { 200, 200, 200, 202, 302, 400, 401, 404, 409, 429,
		503 };
	const struct call_args args = { .origin = "https://x.example",
		.device_id = "lock1",
		.module = "0",
		.job_id = "7",
		.vendor_job = "x",
		.uuid = "u" };
	struct cloud_answer answer = { .sent = HTTP_ANSWERED, .retry_after_s = -1 };
	const struct profile *p;
	struct cloud_call *call;
	enum call_step step;

	if (size < 2)
		return 0;
	p = profile_of(data[0] % PROFILES);
	answer.status = statuses[data[1] % (sizeof statuses / sizeof *statuses)];
	if (cloud_call_new(&call, p, (enum cloud_op)(data[0] / PROFILES % OP_KINDS), &args, NULL) !=
		OK)
		return 0;
	data += 2;
	size -= 2;
	step = cloud_call_step(call, NULL);
	for (unsigned n = 0; step == CALL_SEND && n < 64; n++) {
		answer.body = next_part(&data, &size);
		if (sign_scheme_has_tokens(p->scheme))
			try_tokens(p, &answer);
		step = cloud_call_step(call, &answer);
		check_result(cloud_call_result(call));
	}
	if (step == CALL_FAIL)
		check_verdict(cloud_call_verdict(call), &answer);
	cloud_call_free(call);
	return 0;
}
