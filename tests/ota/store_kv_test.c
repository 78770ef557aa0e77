#include "tests/ota/store_fixture.h"
#include "tests/support/worker_batched.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(store_kv, .init = store_setup, .fini = store_teardown, .timeout = 60);

static struct adapter_store *corner(const char *adapter)
{
	struct adapter_store *out = NULL;
	struct err e;

	cr_assert(eq(int, store_adapter_store(store, adapter, &out, &e), OK));
	return out;
}

static char *value(struct adapter_store *corner, const char *key)
{
	return (char *)corner->get(corner, key);
}

Test(store_kv, adapters_remember_each_for_itself)
{
	struct adapter_store *stick = corner("stick"), *blue = corner("blue");
	char big[STORE_VALUE_MAX + 2];

	memset(big, 'v', sizeof big);
	big[STORE_VALUE_MAX] = '\0';
	cr_expect(value(stick, "network") == NULL);
	stick->put(stick, "network", "0x1a62");
	cr_expect(eq(str, value(stick, "network"), "0x1a62"), "at once");
	stick->put(stick, "network", "0x1a63");
	stick->put(stick, "gone", "x");
	stick->put(stick, "gone", NULL);
	stick->put(stick, "big", big);
	blue->put(blue, "network", "other");
	cr_expect(value(stick, "gone") == NULL);
	reopen(); /* writes what is queued, in order */
	stick = corner("stick");
	blue = corner("blue");
	cr_expect(eq(str, value(stick, "network"), "0x1a63"));
	cr_expect(value(stick, "gone") == NULL);
	cr_expect(eq(str, value(stick, "big"), big));
	cr_expect(eq(str, value(blue, "network"), "other"));
}

Test(store_kv, adapters_may_put_what_they_got)
{
	struct adapter_store *stick = corner("stick");
	char big[STORE_VALUE_MAX + 2];

	stick->put(stick, "a", "one");
	stick->put(stick, "b", stick->get(stick, "a"));
	stick->put(stick, "a", stick->get(stick, "a") + 1);
	cr_expect(eq(str, value(stick, "b"), "one"));
	cr_expect(eq(str, value(stick, "a"), "ne"));
	memset(big, 'v', sizeof big);
	big[STORE_VALUE_MAX + 1] = '\0';
	stick->put(stick, "a", big);
	cr_expect(eq(str, value(stick, "a"), "ne"), "too long is refused");
}

Test(store_kv, what_did_not_change_is_not_written)
{
	struct adapter_store *stick = corner("stick");

	stick->put(stick, "a", "one");
	cr_expect(eq(uint, worker_run_batch(), 1));
	stick->put(stick, "a", "one");
	stick->put(stick, "none", NULL);
	cr_expect(eq(uint, worker_run_batch(), 0));
}
