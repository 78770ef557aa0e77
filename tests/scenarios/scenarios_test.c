/* Every scenario on both sticks: what came out is what the table says, and what docs/scenarios.md
 * says. LOCKWRIGHT_TEST_ROW=17 runs one; LOCKWRIGHT_WRITE_PAGE=FILE writes the page. */
#include "server/base/log.h"
#include "server/base/text.h"
#include "tests/scenarios/page.h"
#include "tests/scenarios/scenario.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZNP = 0 }; /* else the version of EZSP */

static void run(const struct scenario *s, uint8_t stick, struct result *out)
{
	static struct world w;

	memset(&w, 0, sizeof w);
	w.family = stick == ZNP ? FAMILY_ZNP : FAMILY_EZSP;
	w.ezsp_version = stick;
	w.number = s->number;
	s->run(&w);
	if (w.engine)
		world_end(&w);
	memcpy(out->outcome, w.outcome, sizeof w.outcome);
	memcpy(out->code, w.code, sizeof w.code);
	memcpy(out->evidence, w.evidence, sizeof w.evidence);
	cr_expect(strcmp(out->outcome, s->outcome) == 0 && strcmp(out->code, s->code) == 0 &&
			  strcmp(out->evidence, s->evidence) == 0,
		"scenario %s over %s %u: %s, %s, %s instead of %s, %s, %s", s->number,
		stick ? "EZSP" : "ZNP", stick, out->outcome, out->code, out->evidence, s->outcome,
		s->code, s->evidence);
}

static bool wanted(const struct scenario *s)
{
	const char *only = getenv("LOCKWRIGHT_TEST_ROW");

	return !only || strcmp(only, s->number) == 0;
}

static void quiet(void)
{
	log_set_level(getenv("LOCKWRIGHT_TEST_VERBOSE") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
}

TestSuite(scenarios, .init = quiet, .timeout = 900);

Test(scenarios, every_one_over_znp_and_ezsp_13)
{
	page_begin();
	for (size_t i = 0; i < N_SCENARIOS; i++) {
		struct page_row row = { .scenario = &SCENARIOS[i] };

		if (!wanted(row.scenario))
			continue;
		run(row.scenario, ZNP, &row.znp);
		if (row.scenario->radios == EACH)
			run(row.scenario, 13, &row.ezsp);
		page_add(&row);
	}
	page_end(getenv("LOCKWRIGHT_TEST_ROW") != NULL);
}

static void each_over(uint8_t ezsp_version)
{
	struct result result;

	for (size_t i = 0; i < N_SCENARIOS; i++)
		if (SCENARIOS[i].radios == EACH && wanted(&SCENARIOS[i]))
			run(&SCENARIOS[i], ezsp_version, &result);
}

Test(scenarios, the_same_over_ezsp_8)
{
	each_over(8);
}

Test(scenarios, the_same_over_ezsp_19)
{
	each_over(19);
}
