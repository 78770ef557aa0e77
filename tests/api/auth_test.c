#include "api/auth.h"

#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

Test(auth, tokens_have_256_bits_in_43_characters)
{
	char a[TOKEN_TEXT_SIZE], b[TOKEN_TEXT_SIZE], digest[SHA256_TEXT], again[SHA256_TEXT];

	cr_assert(eq(int, auth_make_token(a, digest, NULL), OK));
	cr_assert(eq(int, auth_make_token(b, again, NULL), OK));
	cr_assert(eq(sz, strlen(a), 46));
	cr_assert(eq(int, strncmp(a, "lw_", 3), 0));
	cr_assert(ne(str, a, b));
	auth_sha256(again, (struct span){ (const uint8_t *)a, strlen(a) });
	cr_assert(eq(str, digest, again), "only the digest of the whole token is kept");
}

Test(auth, sha256_is_the_published_one)
{
	char digest[SHA256_TEXT];

	auth_sha256(digest, (struct span){ (const uint8_t *)"abc", 3 });
	cr_assert(eq(
		str, digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

Test(auth, bearer_is_the_only_scheme)
{
	cr_assert(eq(str, (char *)auth_bearer("Bearer lw_x"), "lw_x"));
	cr_assert(eq(str, (char *)auth_bearer("bearer  lw_x"), "lw_x"));
	cr_assert(auth_bearer("Basic bHdfeA==") == NULL);
	cr_assert(auth_bearer(NULL) == NULL);
}

static struct auth with_two(char a[TOKEN_TEXT_SIZE], char b[TOKEN_TEXT_SIZE])
{
	struct auth auth = { 0 };
	struct token token = { .name = "one", .scope = SCOPE_READ };

	(void)!auth_make_token(a, token.digest, NULL);
	auth_add(&auth, &token);
	(void)text_copy(token.name, sizeof token.name, "two");
	(void)!auth_make_token(b, token.digest, NULL);
	auth_add(&auth, &token);
	return auth;
}

Test(auth, secret_finds_its_own_token_until_it_is_dropped)
{
	char a[TOKEN_TEXT_SIZE], b[TOKEN_TEXT_SIZE];
	struct auth auth = with_two(a, b);

	cr_assert(eq(str, auth_by_secret(&auth, a)->name, "one"));
	cr_assert(eq(str, auth_by_secret(&auth, b)->name, "two"));
	auth_drop(&auth, "one");
	cr_assert(auth_by_secret(&auth, a) == NULL);
	cr_assert(eq(str, auth_by_secret(&auth, b)->name, "two"));
	b[45] = b[45] == 'A' ? 'B' : 'A';
	cr_assert(auth_by_secret(&auth, b) == NULL);
}

Test(auth, names_have_no_odd_characters)
{
	cr_assert(auth_is_name("home-assistant_2.x"));
	cr_assert(not(auth_is_name("")));
	cr_assert(not(auth_is_name("a/b")));
	cr_assert(not(
		auth_is_name("0123456789012345678901234567890123456789012345678901234567890123")));
}

Test(auth, eleventh_failure_in_a_minute_is_too_many)
{
	struct auth auth = { 0 };

	for (int i = 0; i < AUTH_FAILURES_MAX; i++)
		cr_assert(not(auth_failed(&auth, "192.0.2.1", 5000)), "attempt %d", i);
	cr_assert(auth_failed(&auth, "192.0.2.1", 5000));
	cr_assert(not(auth_failed(&auth, "192.0.2.2", 5000)), "others are not blamed");
	cr_assert(not(auth_failed(&auth, "192.0.2.1", 5000 + AUTH_WINDOW_MS)));
}

Test(auth, table_of_peers_is_bounded)
{
	struct auth auth = { 0 };
	char peer[16];

	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(peer, sizeof peer, "10.0.%u.%u", i / 256, i % 256);
		cr_assert(not(auth_failed(&auth, peer, 1000 + i)));
	}
	for (unsigned i = 1; i < AUTH_FAILURES_MAX; i++)
		cr_assert(not(auth_failed(&auth, peer, 2000)));
	cr_assert(auth_failed(&auth, peer, 2000), "the newest one is still known");
}
