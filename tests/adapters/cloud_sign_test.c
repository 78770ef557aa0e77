/* Signatures against the vectors: those that vendors print, and those computed by two other
 * implementations. */
#include "adapters/cloud/cloud_crypto.h"
#include "adapters/cloud/expression.h"
#include "adapters/cloud/signer.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

static json_t *vectors;

static void open_vectors(void)
{
	const char *folder = getenv("LOCKWRIGHT_TEST_VECTORS");
	char path[512];

	(void)snprintf(
		path, sizeof path, "%s/cloud-signatures.json", folder ? folder : VECTORS_DEFAULT);
	vectors = json_load_file(path, 0, NULL);
	cr_assert(ne(ptr, vectors, NULL), "%s is missing", path);
}

static void close_vectors(void)
{
	json_decref(vectors);
}

TestSuite(cloud_sign, .init = open_vectors, .fini = close_vectors);

/* The value of the vector whose name begins with `id`. */
static const char *vector(const char *group, const char *id)
{
	size_t n = strlen(id);
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(vectors, group), name,
		value) if (!strncmp(name, id, n) &&
			   (name[n] == ' ' || !name[n])) return json_string_value(value);
	cr_fatal("no vector %s/%s", group, id);
	return NULL;
}

static const char *header(const struct cloud_request *r, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < r->n_headers; i++)
		if (!strncmp(r->headers[i], name, n) && !strncmp(r->headers[i] + n, ": ", 2))
			return r->headers[i] + n + 2;
	return NULL;
}

/* path: with its query, as a profile would write it. */
static struct cloud_request request(const char *method, const char *path, const char *body)
{
	struct cloud_request r = { .origin = "https://api.example" };
	size_t n = strcspn(path, "?");
	char *copy = strdup(path + n + (path[n] == '?')), *rest = copy, *pair;

	(void)text_copy(r.method, sizeof r.method, method);
	r.path = strndup(path, n);
	while ((pair = strsep(&rest, "&")) && *pair) {
		char *value = strchr(pair, '=');

		*value = '\0';
		cr_assert(request_query(&r, pair, value + 1));
	}
	free(copy);
	r.body = body ? strdup(body) : NULL;
	return r;
}

#define DEVICE "bf0123456789abcdefghij"
struct tuya_row {
	char id[8];
	bool token, nonce, signed_headers;
	char method[8], body[40], path[100];
};

ParameterizedTestParameters(cloud_sign, tuya)
{
	static struct tuya_row rows[] = {
		{ "TU-1", false, true, true, "GET", "", "/v1.0/token?grant_type=1" },
		{ "TU-2", true, true, true, "GET", "",
			"/v2.0/apps/schema/users?page_size=50&page_no=1" },
		{ "TU-3", false, true, false, "GET", "", "/v1.0/token?grant_type=1" },
		{ "TU-4", false, false, false, "GET", "", "/v1.0/token?grant_type=1" },
		{ "TU-5", true, true, false, "GET", "", "/v2.0/cloud/thing/" DEVICE "/firmware" },
		{ "TU-6", true, true, false, "GET", "",
			"/v2.0/cloud/thing/" DEVICE "/firmware/0/progress" },
		{ "TU-7", true, true, false, "POST", "",
			"/v2.0/cloud/thing/" DEVICE "/firmware/0" },
		{ "TU-8", true, true, false, "POST", "{}",
			"/v2.0/cloud/thing/" DEVICE "/firmware/0" },
		{ "TU-9", true, true, false, "POST", "{\"module_type\":0}",
			"/v1.0/iot-03/devices/" DEVICE "/confirm-upgrade" },
		{ "TU-10", false, true, false, "GET", "",
			"/v1.0/token/0123456789abcdef0123456789abcdef" },
		{ "TU-11", true, true, false, "GET", "", "/v2.0/cloud/thing/batch?device_ids=a,b" },
	};

	return cr_make_param_array(struct tuya_row, rows, ARRAY_SIZE(rows));
}

ParameterizedTest(struct tuya_row *row, cloud_sign, tuya)
{
	struct secrets secrets = { 0 };
	struct signing with = { .scheme = SIGN_TUYA,
		.secrets = &secrets,
		.access_token = "3f4eda2bdec17232f67c0b188af3eec1",
		.time_ms = 1588925778000,
		.nonce = row->nonce ? "5138cc3a9033d69856923fd07b491173" : "" };
	struct cloud_request r = request(row->method, row->path, *row->body ? row->body : NULL);
	struct err e = { 0 };

	secrets_put(&secrets, "access_id", "1KAD46OrT9HafiKdsXeg");
	secrets_put(&secrets, "access_secret", "4OHBOnWOqaEC1mWXOpVL3yV50s0qGSRC");
	r.token = !row->token;
	if (row->signed_headers) {
		request_header(&r, "Signature-Headers", "area_id:call_id");
		request_header(&r, "call_id", "8afdb70ab2ed11eb85290242ac130003");
		request_header(&r, "area_id", "29a33e8796834b1efa6");
	}
	cr_assert(eq(int, sign_request(&r, &with, &e), OK), "%s", e.text);
	cr_assert(eq(str, (char *)header(&r, "sign"), (char *)vector("tuya", row->id)), "%s",
		row->id);
	cr_assert(eq(int, header(&r, "access_token") != NULL, row->token), "%s", row->id);
	request_done(&r);
	secrets_done(&secrets);
}

struct aqara_row {
	char id[8];
	bool token, other;
	char key_id[32];
};

ParameterizedTestParameters(cloud_sign, aqara)
{
	static struct aqara_row rows[] = {
		{ "AQ-1", true, false, "78784564654feda454557" },
		{ "AQ-2", true, false, "k.78784564654feda454557" },
		{ "AQ-3", false, false, "78784564654feda454557" },
		{ "AQ-4", false, false, "k.78784564654feda454557" },
		/* The other form of the key id: sent with its prefix, signed without. */
		{ "AQ-1", true, true, "k.78784564654feda454557" },
	};

	return cr_make_param_array(struct aqara_row, rows, ARRAY_SIZE(rows));
}

ParameterizedTest(struct aqara_row *row, cloud_sign, aqara)
{
	struct secrets secrets = { 0 };
	struct signing with = { .scheme = SIGN_AQARA,
		.secrets = &secrets,
		.access_token = "532cad73c5493193d63d367016b98b27",
		.time_ms = 1618914078668,
		.nonce = "C6wuzd0Qguxzelhb",
		.other_key_id = row->other };
	struct cloud_request r = request("POST", "/v3.0/open/api", "{}");
	struct err e = { 0 };

	secrets_put(&secrets, "app_id", "4e693d54d75db580a56d1263");
	secrets_put(&secrets, "key_id", row->key_id);
	secrets_put(&secrets, "app_key", "gU7Qtxi4dWnYAdmudyxni52bWZ58b8uN");
	r.token = !row->token;
	cr_assert(eq(int, sign_request(&r, &with, &e), OK), "%s", e.text);
	cr_assert(eq(str, (char *)header(&r, "Sign"), (char *)vector("aqara", row->id)), "%s",
		row->id);
	cr_assert(eq(str, (char *)header(&r, "Keyid"), row->key_id));
	cr_assert(eq(int, header(&r, "Accesstoken") != NULL, row->token));
	request_done(&r);
	secrets_done(&secrets);
}

Test(cloud_sign, switchbot_signs_the_nonce_too)
{
	struct secrets secrets = { 0 };
	struct signing with = { .scheme = SIGN_SWITCHBOT,
		.secrets = &secrets,
		.time_ms = 1661927531000,
		.nonce = "7d2c9a10-2f3b-4c1d-8e9f-0123456789ab" };
	struct cloud_request r = request("GET", "/v1.1/devices", NULL);
	struct err e = { 0 };

	secrets_put(&secrets, "token", "c271c7b2d0e4f5a6978869504132a3b4");
	secrets_put(&secrets, "secret", "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
	cr_assert(eq(int, sign_request(&r, &with, &e), OK), "%s", e.text);
	cr_assert(eq(str, (char *)header(&r, "sign"), (char *)vector("switchbot", "SB-1")));
	cr_assert(ne(str, (char *)header(&r, "sign"), (char *)vector("switchbot", "SB-2")));
	request_done(&r);
	secrets_done(&secrets);
}

static const char canonical[] =
	"{\"canonical\":[\"{METHOD}\",\"{path_with_sorted_query}\",\"{ts_s}\",\"{nonce}\","
	"\"{body_sha256_hex}\"],\"headers\":{\"X-Key\":\"{key_id}\",\"X-Signature\":\"{sig}\"}}";

Test(cloud_sign, canonical_text_is_signed)
{
	json_t *options = json_loads(canonical, 0, NULL);
	struct secrets secrets = { 0 };
	struct signing with = { .scheme = SIGN_CANONICAL,
		.options = options,
		.secrets = &secrets,
		.time_ms = 1700000000999,
		.nonce = "b7e1c0de-0000-4000-8000-000000000001" };
	struct cloud_request r = request("POST", "/v1/devices/lock-1/firmware/upgrade",
		"{\"device\":\"lock-1\",\"action\":\"upgrade\",\"target\":\"2.1.0\"}");
	struct err e = { 0 };

	secrets_put(&secrets, "key_id", "demo");
	secrets_put(&secrets, "key_secret", "demo-secret");
	cr_assert(eq(int, sign_check(SIGN_CANONICAL, options, &e), OK), "%s", e.text);
	cr_assert(eq(int, sign_request(&r, &with, &e), OK), "%s", e.text);
	cr_assert(eq(str, (char *)header(&r, "X-Signature"), (char *)vector("generic", "GE-1")));
	cr_assert(eq(str, (char *)header(&r, "X-Key"), "demo"));
	request_done(&r);
	secrets_done(&secrets);
	json_decref(options);
}

static char *tuya_sign(const char *path)
{
	struct secrets secrets = { 0 };
	struct signing with = {
		.scheme = SIGN_TUYA, .secrets = &secrets, .time_ms = 1, .nonce = "n"
	};
	struct cloud_request r = request("GET", path, NULL);
	char *sign;

	secrets_put(&secrets, "access_id", "id");
	secrets_put(&secrets, "access_secret", "secret");
	cr_assert(eq(int, sign_request(&r, &with, NULL), OK));
	sign = strdup(header(&r, "sign"));
	request_done(&r);
	secrets_done(&secrets);
	return sign;
}

Test(cloud_sign, the_order_of_a_query_does_not_matter_and_each_byte_does)
{
	char *a = tuya_sign("/x?b=2&a=1&c=3"), *b = tuya_sign("/x?c=3&a=1&b=2");
	char *other = tuya_sign("/x?c=3&a=1&b=4");

	cr_assert(eq(str, a, b));
	cr_assert(ne(str, a, other));
	free(a);
	free(b);
	free(other);
}

Test(cloud_sign, ttlock_has_its_fields_in_the_form)
{
	struct secrets secrets = { 0 };
	struct signing with = {
		.scheme = SIGN_TTLOCK, .secrets = &secrets, .access_token = "t", .time_ms = 1234
	};
	struct cloud_request r = request("POST", "/v3/lock/detail", NULL);
	struct err e = { 0 };

	secrets_put(&secrets, "client_id", "the id");
	request_form(&r, "lockId", "7");
	cr_assert(eq(int, sign_request(&r, &with, &e), OK), "%s", e.text);
	cr_assert(eq(str, r.body, "lockId=7&clientId=the%20id&accessToken=t&date=1234"));
	cr_assert(eq(str, (char *)header(&r, "Content-Type"), "application/x-www-form-urlencoded"));
	request_done(&r);
	secrets_done(&secrets);
}

static char *md5_of(const char *text)
{
	static char hex[2 * CRYPTO_MD5_SIZE + 1];
	uint8_t digest[CRYPTO_MD5_SIZE];

	cr_assert(crypto_md5(digest, (struct span){ (const uint8_t *)text, strlen(text) }));
	text_hex(hex, (struct span){ digest, sizeof digest });
	return hex;
}

Test(cloud_sign, digests_and_packed_versions)
{
	static const char body[] =
		"{\"feature\":\"DEVICE_MASTERDATA\",\"smartlockId\":17938216461}";
	uint8_t mac[CRYPTO_SHA256_SIZE];
	char hex[2 * CRYPTO_SHA256_SIZE + 1];
	const char *number;
	json_t *version;

	cr_assert(
		eq(str, md5_of("correct horse battery staple"), (char *)vector("ttlock", "TT-1")));
	cr_assert(eq(str, md5_of("time:1588925778,nonce:n-0001,appSecret:demo-secret"),
		(char *)vector("imou", "IM-1")));
	crypto_hmac_sha256(mac, (struct span){ (const uint8_t *)"nuki-demo-secret", 16 },
		(struct span){ (const uint8_t *)body, strlen(body) });
	text_hex(hex, (struct span){ mac, sizeof mac });
	cr_assert(eq(str, hex, (char *)vector("nuki", "NU-1")));
	json_object_foreach(json_object_get(vectors, "nuki_version"), number, version)
	{
		json_t *x = json_pack("{s:{s:s}, s:s}", "const", "v", number, "as", "packed24");
		struct scope scope = { 0 };
		json_t *value;

		json_object_set_new(x, "const", json_integer(atoll(number)));
		value = expression_value(x, &scope);
		cr_assert(eq(
			str, (char *)json_string_value(value), (char *)json_string_value(version)));
		json_decref(value);
		json_decref(x);
	}
}

Test(cloud_sign, a_missing_secret_is_named_and_nothing_else)
{
	struct secrets secrets = { 0 };
	struct signing with = { .scheme = SIGN_TUYA, .secrets = &secrets, .nonce = "" };
	struct cloud_request r = request("GET", "/x", NULL);
	struct err e = { 0 };

	secrets_put(&secrets, "access_id", "canary-value");
	cr_assert(eq(int, sign_request(&r, &with, &e), ERR_UNAUTHORIZED));
	cr_assert(ne(ptr, strstr(e.text, "access_secret"), NULL));
	cr_assert(eq(ptr, strstr(e.text, "canary-value"), NULL));
	request_done(&r);
	secrets_done(&secrets);
}
