#include "ota/aftermath.h"

#include "server/base/check.h"
#include "server/base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { OLD = 0x11040000, NEW = 0x11070000 };

/* Every end says whether the lock works and what it runs, as far as the lock has said so. */
Test(aftermath, of_each_end)
{
	static const struct {
		const char *outcome;
		enum job_phase phase;
		bool end_sent, verify_only, verified;
		uint32_t version;
		enum lock_works works;
		bool known;
		uint32_t runs;
	} rows[] = {
		{ "updated", JOB_SUCCEEDED, true, false, true, NEW, LOCK_WORKS, true, NEW },
		{ "already_installed", JOB_SUCCEEDED, false, false, true, NEW, LOCK_WORKS, true,
			NEW },
		{ "cancelled", JOB_CANCELLED, false, false, false, 0, LOCK_WORKS, true, OLD },
		{ "no_contact", JOB_FAILED, false, false, false, 0, LOCK_WORKS, true, OLD },
		{ "invalid_image", JOB_FAILED, false, false, false, 0, LOCK_WORKS, true, OLD },
		{ "flash_verification_failed", JOB_FAILED, false, false, false, 0, LOCK_WORKS, true,
			OLD },
		{ "version_unchanged", JOB_FAILED, true, false, false, 0, LOCK_WORKS, true, OLD },
		{ "version_unexpected", JOB_FAILED, true, false, true, 7, LOCK_WORKS, true, 7 },
		{ "unverified", JOB_FAILED, true, false, false, 0, LOCK_WORKS, false, 0 },
		{ "never_returned", JOB_FAILED, true, false, false, 0, LOCK_PERHAPS_WORKS, false,
			0 },
		{ "boot_loop", JOB_FAILED, true, false, false, 0, LOCK_DOES_NOT_WORK, false, 0 },
		{ "unverified", JOB_FAILED, false, true, false, 0, LOCK_PERHAPS_WORKS, false, 0 },
		{ "verified", JOB_SUCCEEDED, false, true, true, NEW, LOCK_WORKS, true, NEW },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct job job = { .phase = rows[i].phase,
			.end_response_sent = rows[i].end_sent,
			.verify_only = rows[i].verify_only,
			.verified_known = rows[i].verified,
			.verified_version = rows[i].version,
			.from_known = true,
			.from_version = OLD,
			.to_version = NEW };
		struct aftermath a;
		char text[AFTERMATH_TEXT_SIZE];

		text_copy(job.outcome, sizeof job.outcome, rows[i].outcome);
		job_aftermath(&a, &job);
		cr_assert(eq(int, a.works, rows[i].works), "%s", rows[i].outcome);
		cr_assert(eq(int, a.version_known, rows[i].known), "%s", rows[i].outcome);
		cr_assert(eq(u32, a.version, rows[i].runs), "%s", rows[i].outcome);
		aftermath_text(text, &a);
		cr_assert(text[0] != '\0');
	}
}
