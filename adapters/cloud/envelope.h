/* envelope.h: what an answer means: transport, HTTP status, the vendor's own verdict, its code and
 * the class that the profile gives it. A 200 is not success anywhere that matters. Pure. */
#pragma once

#include "adapters/cloud/profile.h"
#include "server/http_client.h"

struct cloud_answer {
	enum http_sent sent;
	struct err err;  /* OK: a whole answer */
	unsigned status; /* 0: none */
	struct span body;
	int64_t retry_after_s; /* -1 not said */
	int64_t date_ms;       /* the server's clock by its Date header; 0 not said */
};

struct verdict {
	enum vendor_class class;
	unsigned status;
	bool coded; /* the class comes from the profile's table: the vendor said it */
	char code[32];
	int64_t retry_after_s, server_time_ms; /* -1, 0: not said */
};

/* body: a new reference when class is VENDOR_OK (JSON null for an empty answer), else NULL. */
void envelope_judge(struct verdict *out, json_t **body, const struct profile *profile,
	const struct cloud_answer *answer);
/* The class of a code that stands inside a good answer (a list of refused devices). */
enum vendor_class envelope_class(const struct profile *profile, const char *code);
/* Can the request surely have had no effect? */
bool verdict_is_refusal(const struct verdict *verdict, const struct cloud_answer *answer);
/* For people: one sentence, without anything the vendor wrote but its code. */
void verdict_say(struct err *out, const struct verdict *verdict, const struct cloud_answer *answer);
