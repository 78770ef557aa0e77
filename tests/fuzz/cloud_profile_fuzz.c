/* cloud_profile_fuzz.c: any bytes as a profile. Property: what is refused names why; what is taken
 * keeps to the bounds, asks nobody but its own https hosts, and can be used. */
#include "adapters/cloud/call.h"
#include "adapters/cloud/secrets.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One turn of each operation: a request, and an answer of a few shapes. */
static void use(const struct profile *p, enum cloud_op op)
{
	static const char *const bodies[] = { "{}", "[]", "{\"success\":true,\"result\":[{}]}",
		"" };
	const struct call_args args = { .origin = p->regions[0].origin,
		.device_id = "lock1",
		.module = "0",
		.target = "1",
		.job_id = "7",
		.vendor_job = "x",
		.uuid = "u" };
	struct cloud_call *call = NULL;
	struct cloud_answer answer = { .sent = HTTP_ANSWERED, .status = 200, .retry_after_s = -1 };
	enum call_step step;
	unsigned n = 0;

	if (cloud_call_new(&call, p, op, &args, NULL) != OK)
		return;
	step = cloud_call_step(call, NULL);
	while (step == CALL_SEND) {
		char *url = request_url(cloud_call_request(call));

		if (url && strncmp(url, p->regions[0].origin, strlen(p->regions[0].origin)) != 0)
			abort();
		secret_text_free(url);
		if (n++ > PROFILE_REQUESTS_MAX + PROFILE_PAGES_MAX)
			abort();
		answer.body =
			(struct span){ (const uint8_t *)bodies[n % 4], strlen(bodies[n % 4]) };
		step = cloud_call_step(call, &answer);
	}
	cloud_call_free(call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *p = NULL;
	struct err e = { 0 };

	if (profile_read(&p, (struct span){ data, size }, &e) != OK) {
		if (p || !e.text[0])
			abort();
		return 0;
	}
	if (!p->n_regions || p->n_regions > PROFILE_REGIONS_MAX || size > PROFILE_SIZE_MAX)
		abort();
	for (size_t i = 0; i < p->n_regions; i++)
		if (strncmp(p->regions[i].origin, "https://", 8) != 0 ||
			strpbrk(p->regions[i].origin + 8, "/@?#"))
			abort();
	for (size_t i = 0; i < OP_KINDS; i++)
		use(p, (enum cloud_op)i);
	profile_free(p);
	return 0;
}
