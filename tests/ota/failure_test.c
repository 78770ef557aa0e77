#include "ota/failure.h"

#include "ota/check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

Test(failure, has_at_least_45_entries_each_with_advice)
{
	unsigned n = 0;

	for (const struct failure *f = failure_at(0); f; f = failure_at(++n)) {
		size_t end = strlen(f->meaning);

		cr_assert(f->meaning[0] && f->advice[0], "%s", f->code);
		cr_assert(lt(sz, strlen(f->code), 40), "%s", f->code);
		cr_assert(lt(sz, end, 200), "%s", f->code);
		cr_assert(eq(chr, f->meaning[end - 1], '.'), "%s", f->code);
		cr_assert(eq(ptr, (void *)failure_find(f->code), (void *)f), "%s twice", f->code);
	}
	cr_assert(ge(u32, n, 45));
}

Test(failure, unknown_code_is_null)
{
	cr_assert(eq(ptr, (void *)failure_find("nonsense"), NULL));
}

Test(failure, every_error_of_the_base_has_an_entry)
{
	for (int code = ERR_INVALID; code < ERR_CODES; code++)
		cr_assert(ne(ptr, (void *)failure_find(err_name((enum err_code)code)), NULL), "%s",
			err_name((enum err_code)code));
}

/* The same number means different things in different spaces. */
Test(failure, flash_and_crc_only_where_the_lock_speaks_of_its_image)
{
	static const struct {
		const char *space;
		int32_t status;
		const char *code;
	} rows[] = {
		{ "ota_end", 0xE4, "flash_verification_failed" },
		{ "vendor", 0xE4, "flash_verification_failed" },
		{ "ota_end", 0x86, "bad_crc" },
		{ "vendor", 0x86, "bad_crc" },
		{ "zcl", 0x86, "lock_refused" },
		{ "zcl", 0xE4, "lock_refused" },
		{ "mac", 0xE4, "transfer_failed" },
		{ "znp", 0xE4, "lock_refused" },
		{ "ota_end", 0x96, "invalid_image" },
		{ "ota_end", 0x95, "aborted_by_lock" },
		{ "zcl", 0x89, "insufficient_space" },
		{ "ota_end", 0x99, "require_more_image" },
		{ "ota_end", 0x55, "lock_refused" },
		{ "nowhere", 0x96, "lock_refused" },
		{ NULL, -1, "lock_refused" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *code = failure_of_status(rows[i].space, rows[i].status);

		cr_assert(eq(str, (char *)code, (char *)rows[i].code), "%s 0x%x", rows[i].space,
			rows[i].status);
		cr_assert(ne(ptr, (void *)failure_find(code), NULL));
	}
}

Test(failure, names_of_numbers_depend_on_their_space)
{
	cr_assert(eq(str, (char *)failure_status_name("zcl", 0x86), "UNSUPPORTED_ATTRIBUTE"));
	cr_assert(eq(str, (char *)failure_status_name("ota_end", 0x86), "BAD_CRC"));
	cr_assert(eq(str, (char *)failure_status_name("ota_end", 0x96), "INVALID_IMAGE"));
	cr_assert(eq(str, (char *)failure_status_name("znp", 0x96), ""));
}

Test(failure, permanent_refusals_are_not_retried)
{
	static const char *const codes[] = { "invalid_image", "insufficient_space",
		"require_more_image", "version_unchanged", "never_returned" };

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		cr_assert(not(failure_find(codes[i])->retryable), "%s", codes[i]);
		cr_assert(failure_find(codes[i])->escalate, "%s", codes[i]);
	}
}
