/* Secrets at rest, and logins that need a person. */
#include "adapters/cloud/account.h"
#include "adapters/cloud/credentials.h"
#include "adapters/cloud/login.h"
#include "adapters/cloud/token_file.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/support/temp_dir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[TEMP_PATH], path[TEMP_PATH + 40];
static struct profile *profile;

static void set_up(void)
{
	struct err e = { 0 };

	temp_dir_make(dir);
	snprintf(path, sizeof path, "%s/tuya.json", dir);
	cr_assert(eq(int, profile_open(&profile, "tuya", &e), OK), "%s", e.text);
}

static void tear_down(void)
{
	profile_free(profile);
	temp_dir_remove(dir);
}

TestSuite(cloud_login, .init = set_up, .fini = tear_down);

static enum err_code read_file(const char *text, mode_t mode, struct secrets *s, struct err *e)
{
	cr_assert(temp_file_write(path, text, strlen(text)));
	cr_assert(eq(int, chmod(path, mode), 0));
	return credentials_file(s, path, e);
}

static const char credentials[] = "{\"access_id\":\"id\",\"access_secret\":\"canary\"}";

Test(cloud_login, credentials_come_from_a_file_of_ones_own)
{
	struct secrets s = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, read_file(credentials, 0600, &s, &e), OK), "%s", e.text);
	cr_assert(eq(int, credentials_check(&s, profile, &e), OK));
	cr_assert(eq(str, (char *)secrets_get(&s, "access_secret"), "canary"));
	secrets_done(&s);
}

Test(cloud_login, what_others_can_read_is_refused)
{
	static const mode_t modes[] = { 0640, 0604, 0660, 0644 };
	struct secrets s = { 0 };
	struct err e = { 0 };
	char link[TEMP_PATH + 40];

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		cr_assert(eq(int, read_file(credentials, modes[i], &s, &e), ERR_FORBIDDEN));
	cr_assert(ne(ptr, strstr(e.text, "chmod 600"), NULL));
	cr_assert(eq(int, chmod(path, 0600), 0));
	snprintf(link, sizeof link, "%s/link.json", dir);
	cr_assert(eq(int, symlink(path, link), 0));
	cr_assert(eq(int, credentials_file(&s, link, &e), ERR_IO));
	cr_assert(ne(ptr, strstr(e.text, "symbolic link"), NULL));
	cr_assert(eq(int, credentials_file(&s, dir, &e), ERR_INVALID));
	cr_assert(eq(sz, s.n, 0));
}

Test(cloud_login, an_error_in_credentials_shows_nothing_of_them)
{
	static const char *const texts[] = { "{\"access_secret\": canary-text}",
		"[\"canary-text\"]", "{\"access_secret\":[\"canary-text\"]}", "canary-text" };
	struct secrets s = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct err e = { 0 };

		cr_assert(ne(int, read_file(texts[i], 0600, &s, &e), OK), "%s", texts[i]);
		cr_assert(eq(ptr, strstr(e.text, "canary"), NULL), "%s", e.text);
		secrets_done(&s);
	}
}

Test(cloud_login, what_is_missing_is_named_and_the_environment_may_have_it)
{
	struct secrets s = { 0 };
	struct err e = { 0 };

	cr_assert(secrets_put(&s, "access_id", "id"));
	cr_assert(eq(int, credentials_check(&s, profile, &e), ERR_INVALID));
	cr_assert(ne(ptr, strstr(e.text, "access_secret"), NULL));
	setenv("LOCKWRIGHT_CLOUD_MY_HOME_ACCESS_SECRET", "from outside", 1);
	credentials_environment(&s, "my-home", profile);
	cr_assert(eq(int, credentials_check(&s, profile, &e), OK));
	cr_assert(eq(str, (char *)secrets_get(&s, "access_secret"), "from outside"));
	secrets_done(&s);
}

Test(cloud_login, tokens_survive_and_belong_to_one_cloud)
{
	struct token_file file;
	struct tokens out = { 0 }, in = { 0 };
	struct err e = { 0 };
	struct stat st;

	token_file_name(&file, dir, "home", profile, "https://openapi.tuyaeu.com");
	cr_assert(eq(int, token_file_read(&file, &in, &e), OK));
	cr_assert(eq(ptr, in.access, NULL));
	tokens_set(&out, "a", "b", 1000, 9000);
	out.generation = 41;
	cr_assert(eq(int, token_file_write(&file, &out, &e), OK), "%s", e.text);
	cr_assert(eq(int, token_file_write(&file, &out, &e), OK), "%s", e.text);
	cr_assert(eq(int, stat(file.path, &st), 0));
	cr_assert(eq(int, (int)(st.st_mode & 0777), 0600));
	cr_assert(eq(int, token_file_read(&file, &in, &e), OK), "%s", e.text);
	cr_assert(eq(str, in.access, "a"));
	cr_assert(eq(str, in.refresh, "b"));
	cr_assert(eq(u32, in.generation, 41));
	cr_assert(eq(i64, in.ends_at, 9000));
	tokens_done(&in);
	text_copy(file.origin, sizeof file.origin, "https://openapi.tuyaus.com");
	cr_assert(eq(int, token_file_read(&file, &in, &e), OK));
	cr_assert(eq(ptr, in.access, NULL));
	tokens_done(&out);
}

Test(cloud_login, a_token_is_due_at_four_fifths_of_its_life)
{
	struct tokens tokens = { 0 };

	cr_assert(tokens_are_due(&tokens, 0));
	tokens_set(&tokens, "a", NULL, 1000000, 1000000 + 7200000);
	cr_assert(not(tokens_are_due(&tokens, 1000000 + 5700000)));
	cr_assert(tokens_are_due(&tokens, 1000000 + 5800000));
	tokens_set(&tokens, "a", NULL, 1000000, 1000000 + 30000);
	cr_assert(not(tokens_are_due(&tokens, 1000000 + 14000)));
	cr_assert(tokens_are_due(&tokens, 1000000 + 16000));
	tokens_set(&tokens, "a", NULL, 0, 0);
	cr_assert(not(tokens_are_due(&tokens, 4000000000000)));
	tokens_done(&tokens);
}

/* ---- a person's part ---- */

static struct login login;

static void begin_login(bool pkce)
{
	static const char text[] = "\"header\": \"Authorization: Bearer {access_token}\"";
	struct span shipped = profile_shipped_text(2); /* utec */
	char *copy = xcalloc(1, shipped.size + 1), *at, *all;
	uint8_t entropy[64];
	struct err e = { 0 };

	memcpy(copy, shipped.data, shipped.size);
	at = strstr(copy, text);
	cr_assert(ne(ptr, at, NULL));
	*at = '\0';
	cr_assert(ge(int,
		asprintf(&all, "%s%s, \"pkce\": %s%s", copy, text, pkce ? "true" : "false",
			at + strlen(text)),
		0));
	profile_free(profile);
	profile = NULL;
	cr_assert(eq(int,
			  profile_read(
				  &profile, (struct span){ (const uint8_t *)all, strlen(all) }, &e),
			  OK),
		"%s", e.text);
	for (size_t i = 0; i < sizeof entropy; i++)
		entropy[i] = (uint8_t)i;
	login_init(&login, profile, entropy, "https://localhost/");
	free(all);
	free(copy);
}

Test(cloud_login, the_browser_is_sent_with_state_and_challenge)
{
	struct secrets s = { 0 };
	char *url;

	secrets_put(&s, "client_id", "my app");
	begin_login(false);
	url = login_url(&login, profile, &s);
	cr_assert(eq(str, url,
		"https://oauth.u-tec.com/authorize?response_type=code&client_id=my%20app&"
		"redirect_uri=https:%2F%2Flocalhost%2F&scope=openapi&state="
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
	free(url);
	begin_login(true);
	url = login_url(&login, profile, &s);
	/* SHA-256 of the verifier ICEi…Pz8, by another implementation. */
	cr_assert(ne(ptr,
			  strstr(url, "&code_challenge=zwkx4Wi0nph1A8rxivb-JTtrPYKoEAjD6OHuZ8fI3FU&"
				      "code_challenge_method=S256"),
			  NULL),
		"%s", url);
	free(url);
	secrets_done(&s);
}

Test(cloud_login, a_code_is_taken_alone_or_out_of_the_address_of_this_login)
{
	char *code = xcalloc(1, SECRET_MAX + 1), pasted[300];
	struct err e;

	begin_login(false);
	cr_assert(eq(int, login_code(code, &login, "abc%2F1 ", &e), OK));
	cr_assert(eq(str, code, "abc%2F1"));
	snprintf(pasted, sizeof pasted, "https://localhost/?code=a%%2Fb&x=1&state=%s#top",
		login.state);
	cr_assert(eq(int, login_code(code, &login, pasted, &e), OK));
	cr_assert(eq(str, code, "a/b"));
	cr_assert(eq(int, login_code(code, &login, "https://localhost/?code=a&state=other", &e),
		ERR_INVALID));
	cr_assert(eq(int, login_code(code, &login, "https://localhost/?code=a", &e), ERR_INVALID));
	cr_assert(eq(int, login_code(code, &login, "  ", &e), ERR_INVALID));
	free(code);
}

/* ---- the account ---- */

Test(cloud_login, a_late_refusal_with_an_old_clock_or_key_does_not_turn_in_circles)
{
	struct account a;
	struct verdict v = { .class = VENDOR_CLOCK_SKEW, .server_time_ms = 5000000 };
	struct verdict key = { .class = VENDOR_AUTH_CONFIG, .code = "106" };

	account_init(&a, profile, 1000);
	cr_assert(eq(int, account_judge(&a, &v, 1000, 4000000, 0), ADVICE_AGAIN));
	cr_assert(eq(i64, a.clock_offset, 1000000));
	cr_assert(eq(int, account_judge(&a, &v, 2000, 4001000, 0), ADVICE_PASS));
	v.server_time_ms = 4000000 + 2LL * 86400000;
	cr_assert(eq(int, account_judge(&a, &v, 2000000, 4000000, 0), ADVICE_PASS));
	cr_assert(eq(i64, a.clock_offset, 1000000)); /* two days off is no clock */
	cr_assert(eq(int, account_judge(&a, &key, 2000000, 0, 0), ADVICE_PASS));
	cr_assert(eq(int, a.broken, VENDOR_AUTH_CONFIG)); /* 106 is Aqara's */
}

/* It may have been on its way when the cloud asked for silence. */
Test(cloud_login, a_success_does_not_end_the_silence_that_a_cloud_asked_for)
{
	struct account a;
	struct verdict v = { .class = VENDOR_RATE_LIMITED, .status = 429, .retry_after_s = 120 };

	account_init(&a, profile, 1000);
	cr_assert(eq(int, account_judge(&a, &v, 1000, 0, 0), ADVICE_PASS));
	account_succeeded(&a);
	cr_assert(eq(u64, account_turn(&a, USE_ASKED, 2000, 0), 121000));
	cr_assert(eq(u64, account_turn(&a, USE_ASKED, 121000, 0), 121000));
}

Test(cloud_login, background_leaves_the_rest_of_the_day_to_jobs)
{
	struct account a;

	account_init(&a, profile, 1000);
	for (uint32_t i = 0; i < profile->limits.daily * 7 / 10; i++)
		account_spend(&a, 1000, 0);
	cr_assert(eq(u64, account_turn(&a, USE_BACKGROUND, 100000000, 0), UINT64_MAX));
	cr_assert(eq(u64, account_turn(&a, USE_ASKED, 100000000, 0), 100000000));
	for (uint32_t i = 0; i < profile->limits.daily * 3 / 10; i++)
		account_spend(&a, 100000000, 0);
	cr_assert(eq(u64, account_turn(&a, USE_ASKED, 200000000, 0), UINT64_MAX));
	cr_assert(eq(u64, account_turn(&a, USE_PROGRESS, 200000000, 0), 200000000));
	cr_assert(eq(u64, account_turn(&a, USE_PROGRESS, 200009999, 0), 200009999));
	cr_assert(eq(u64, account_turn(&a, USE_PROGRESS, 200010000, 0), 200120000));
	cr_assert(eq(u64, account_turn(&a, USE_PROGRESS, 200130000, 0), 200130000));
	cr_assert(eq(u64, account_turn(&a, USE_BACKGROUND, 200130000, 86400000), 200130000));
}
