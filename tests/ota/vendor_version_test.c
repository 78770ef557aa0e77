#include "ota/vendor_version.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

struct pair {
	char a[40], b[40];
	enum version_order order;
};

ParameterizedTestParameters(vendor_version, order)
{
	static struct pair pairs[] = {
		{ "1.0.0", "1.0.0", ORDER_SAME },
		{ "V6.3", "6.3", ORDER_SAME },
		{ " 6.3\n", "v6.3", ORDER_SAME },
		{ "1.0", "1.0.0", ORDER_SAME },
		{ "1.02", "1.2", ORDER_SAME },
		{ "2.0.0", "1.9.9", ORDER_NEWER },
		{ "1.10", "1.9", ORDER_NEWER },
		{ "V6.3", "V6.4", ORDER_OLDER },
		{ "5.1.0.200305", "5.1.0.191231", ORDER_NEWER },
		{ "1.0.3_0042", "1.0.3_0041", ORDER_NEWER },
		{ "1.0.3_0042", "1.0.3", ORDER_NEWER },
		{ "1.0.3+1-2", "1.0.3+1-10", ORDER_OLDER },
		/* longer than any integer type */
		{ "199999999999999999999999999", "200000000000000000000000000", ORDER_OLDER },
		{ "18446744073709551616", "0", ORDER_NEWER },
		{ "1.0.a", "1.0.b", ORDER_OLDER },
		{ "1.0.ab", "1.0.a", ORDER_NEWER },
		/* nobody knows */
		{ "1.0.3-beta", "1.0.3", ORDER_UNKNOWN },
		{ "1.0.a", "1.0.3", ORDER_UNKNOWN },
		{ "release-2", "release-1", ORDER_UNKNOWN },
		{ "release-2", "V release-2", ORDER_UNKNOWN },
		{ "release-2", "release-2 ", ORDER_SAME },
		{ "abc", "1.0", ORDER_UNKNOWN },
		{ "", "1.0", ORDER_UNKNOWN },
		{ "", "0", ORDER_UNKNOWN },
		{ "", "", ORDER_SAME },
		{ "V", "", ORDER_SAME },
		{ ".1", "1", ORDER_UNKNOWN },
		{ "2x", "10", ORDER_UNKNOWN },
	};

	return cr_make_param_array(struct pair, pairs, sizeof pairs / sizeof *pairs);
}

ParameterizedTest(struct pair *p, vendor_version, order)
{
	enum version_order back = p->order;

	if (p->order == ORDER_NEWER)
		back = ORDER_OLDER;
	else if (p->order == ORDER_OLDER)
		back = ORDER_NEWER;
	cr_expect(eq(int, (int)vendor_version_order(p->a, p->b), (int)p->order), "%s : %s", p->a,
		p->b);
	cr_expect(eq(int, (int)vendor_version_order(p->b, p->a), (int)back), "%s : %s", p->b, p->a);
}

Test(vendor_version, order_is_transitive)
{
	static const char *const some[] = { "1", "2", "10", "1.0", "1.0.1", "1.a", "1.b", "9.x.1",
		"9.x.2", "007", "7.0", "7_1", "x", "", "3-" };
	size_t n = sizeof some / sizeof *some;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			for (size_t k = 0; k < n; k++)
				if (vendor_version_order(some[i], some[j]) == ORDER_OLDER &&
					vendor_version_order(some[j], some[k]) == ORDER_OLDER)
					cr_expect(
						ne(int, (int)vendor_version_order(some[i], some[k]),
							(int)ORDER_NEWER),
						"%s < %s < %s", some[i], some[j], some[k]);
}

static void judge(const char *before, const char *now, const char *target, enum arrival wanted)
{
	cr_expect(eq(int, (int)vendor_version_judge(before, now, target), (int)wanted),
		"%s to %s, wanted %s", before, now, target);
}

Test(vendor_version, success_is_a_change_to_the_target_or_above)
{
	judge("1.0.0", "2.0.0", "2.0.0", ARRIVAL_AS_WANTED);
	judge("1.0.0", "V2.0.0", "2.0.0", ARRIVAL_AS_WANTED);
	judge("1.0.0", "2.0.1", "2.0.0", ARRIVAL_ABOVE);
	judge("1.0.0", "1.0.0", "2.0.0", ARRIVAL_NONE);
	judge("1.0.0", "V1.0.0", "2.0.0", ARRIVAL_NONE);
	judge("1.0.0", "1.5.0", "2.0.0", ARRIVAL_ELSEWHERE);
	judge("1.0.0", "0.9", "2.0.0", ARRIVAL_ELSEWHERE);
	judge("red", "green", "green", ARRIVAL_AS_WANTED);
	judge("red", "blue", "green", ARRIVAL_ELSEWHERE);
	judge("red", "red", "green", ARRIVAL_NONE);
	/* Before was not known; the same text twice is the target and no change. */
	judge("", "2.0.0", "2.0.0", ARRIVAL_AS_WANTED);
	judge("2.0.0", "2.0.0", "2.0.0", ARRIVAL_NONE);
	judge("1.0", "1.1", "", ARRIVAL_ELSEWHERE);
}
