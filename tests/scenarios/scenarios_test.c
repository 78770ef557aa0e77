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

void scenario_run(const struct scenario *s, enum family family, struct result *out)
{
	static struct world w;

	memset(&w, 0, sizeof w);
	w.family = family;
	w.number = s->number;
	s->run(&w);
	if (w.engine)
		world_end(&w);
	memcpy(out->outcome, w.outcome, sizeof w.outcome);
	memcpy(out->code, w.code, sizeof w.code);
	memcpy(out->evidence, w.evidence, sizeof w.evidence);
}

static void compare(const struct scenario *s, const char *stick, const struct result *r)
{
	cr_expect(strcmp(r->outcome, s->outcome) == 0 && strcmp(r->code, s->code) == 0 &&
			  strcmp(r->evidence, s->evidence) == 0,
		"scenario %s over %s: %s, %s, %s instead of %s, %s, %s", s->number, stick,
		r->outcome, r->code, r->evidence, s->outcome, s->code, s->evidence);
}

TestSuite(scenarios, .timeout = 300);

Test(scenarios, every_one_over_znp_and_ezsp)
{
	const char *only = getenv("LOCKWRIGHT_TEST_ROW");
	struct page_row row;

	log_set_level(getenv("LOCKWRIGHT_TEST_VERBOSE") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	page_begin();
	for (size_t i = 0; i < N_SCENARIOS; i++) {
		const struct scenario *s = &SCENARIOS[i];

		if (only && strcmp(only, s->number) != 0)
			continue;
		row = (struct page_row){ .scenario = s };
		scenario_run(s, FAMILY_ZNP, &row.znp);
		compare(s, "ZNP", &row.znp);
		if (s->radios == EACH) {
			scenario_run(s, FAMILY_EZSP, &row.ezsp);
			compare(s, "EZSP", &row.ezsp);
		}
		page_add(&row);
	}
	page_end(only != NULL);
}
