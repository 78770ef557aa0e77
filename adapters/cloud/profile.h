/* profile.h: a cloud as data ("cloud-profile/1"): where it is, how requests are signed, what they
 * are, and what answers mean. A profile may come from a careless author: everything in it is
 * bounded and checked before it is used, and errors name the place.
 *
 * Shipped profiles have fixed hosts. A user's own profile is a file; it has the hosts that stand in
 * it, and no others. */
#pragma once

#include "adapters/adapter.h"
#include "adapters/cloud/cloud_json.h"
#include "adapters/cloud/signer.h"

enum {
	PROFILE_SIZE_MAX = 65536,
	PROFILE_DEPTH_MAX = 16,
	PROFILE_VALUES_MAX = 8192,
	PROFILE_REGIONS_MAX = 16,
	PROFILE_SECRETS_MAX = 12,
	PROFILE_REQUESTS_MAX = 8,
	PROFILE_OUTPUTS_MAX = 64,
	PROFILE_PAGES_MAX = 100,
	PROFILE_ID_SIZE = 48,
	PROFILE_ORIGIN_SIZE = 200
};

enum cloud_op { OP_LIST, OP_STATUS, OP_CHECK, OP_TRIGGER, OP_PROGRESS, OP_KINDS };

struct profile_limits {
	double rps; /* requests a second in the long run */
	uint32_t burst, daily, concurrency, timeout_ms, max_body;
};

struct profile_region {
	const char *name;
	char origin[PROFILE_ORIGIN_SIZE]; /* "https://api.example" */
};

enum hook_scheme {
	HOOK_NONE,
	HOOK_HMAC_HEX,       /* "hmac-sha256-hex": of the raw body */
	HOOK_HMAC_TIMESTAMP, /* "hmac-sha256-timestamp": of "<time>.<body>", the time in a header */
	HOOK_BEARER          /* "bearer": Authorization */
};

struct profile_hook {
	enum hook_scheme scheme;
	const char *header, *timestamp_header, *secret;
	const json_t *device; /* list of pointers to a lock's id; NULL: all locks are meant */
};

struct profile {
	json_t *root; /* all else borrows from it */
	char id[PROFILE_ID_SIZE];
	bool shipped;
	struct profile_region regions[PROFILE_REGIONS_MAX];
	size_t n_regions;
	enum sign_scheme scheme;
	const char *secrets[PROFILE_SECRETS_MAX]; /* names */
	size_t n_secrets;
	const json_t *options;                  /* auth.options; NULL */
	char token_origin[PROFILE_ORIGIN_SIZE]; /* of OAuth's token_url; "" */
	struct profile_limits limits;
	const json_t *envelope, *errors;
	bool can_check, can_trigger, can_progress, can_pin, reports_version;
	const char *app, *steps; /* how people update in the vendor's app; NULL */
	struct profile_hook hook;
	const json_t *ops[OP_KINDS]; /* NULL: it cannot */
};

/* text is copied. Errors are like "ops.check.out.modules.at: must be a JSON pointer". */
MUST_USE enum err_code profile_read(struct profile **out, struct span text, struct err *e);
/* NULL is fine. */
void profile_free(struct profile *profile);
DEFINE_AUTO(struct profile *, profile_free)

/* A shipped profile by its name, or a file. ERR_NOT_FOUND names what there is. */
MUST_USE enum err_code profile_open(struct profile **out, const char *name, struct err *e);
/* What is shipped; NULL after the last. */
const char *profile_shipped_name(size_t i);
struct span profile_shipped_text(size_t i);

/* NULL: no such region. "" means the only one. */
const struct profile_region *profile_region(const struct profile *profile, const char *name);
/* "https://host" or "https://host:8443", in lower case, and nothing more. */
bool profile_origin_is_valid(const char *text);
const char *cloud_op_name(enum cloud_op op);
/* "device_offline" and so on (lock-clouds' words); false: no such class. */
bool vendor_class_read(enum vendor_class *out, const char *word);
bool vendor_state_read(enum vendor_state *out, const char *word);
