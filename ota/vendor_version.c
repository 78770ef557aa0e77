#include "ota/vendor_version.h"

#include <string.h>

/* What is left of a version: bytes [at, end). */
struct rest {
	const char *at, *end;
};

struct part {
	const char *at;
	size_t size;
	bool number;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct rest trim(const char *text)
{
	struct rest rest = { text, text + strlen(text) };

	while (rest.at < rest.end && is_blank(*rest.at))
		rest.at++;
	while (rest.at < rest.end && is_blank(rest.end[-1]))
		rest.end--;
	if (rest.at < rest.end && (*rest.at == 'v' || *rest.at == 'V'))
		rest.at++;
	return rest;
}

static struct part next(struct rest *rest)
{
	struct part part = { .at = rest->at, .number = true };

	while (rest->at < rest->end && !memchr("._-+", *rest->at, 4)) {
		part.number = part.number && is_digit(*rest->at);
		rest->at++;
		part.size++;
	}
	if (rest->at < rest->end)
		rest->at++;
	while (part.number && part.size && *part.at == '0') { /* so that longer is more */
		part.at++;
		part.size--;
	}
	return part; /* an empty or missing part is the number 0 */
}

static int compare(const struct part *a, const struct part *b)
{
	size_t shared = a->size < b->size ? a->size : b->size;
	int order;

	if (a->number && a->size != b->size)
		return a->size < b->size ? -1 : 1;
	order = shared ? memcmp(a->at, b->at, shared) : 0;
	if (order || a->size == b->size)
		return order;
	return a->size < b->size ? -1 : 1;
}

static bool equal(const struct rest *a, const struct rest *b)
{
	size_t size = (size_t)(a->end - a->at);

	return size == (size_t)(b->end - b->at) && (!size || memcmp(a->at, b->at, size) == 0);
}

static bool begins_with_number(struct rest rest)
{
	bool digit = rest.at < rest.end && is_digit(*rest.at);

	return next(&rest).number && digit;
}

enum version_order vendor_version_order(const char *a, const char *b)
{
	struct rest left = trim(a), right = trim(b);

	if (equal(&left, &right))
		return ORDER_SAME;
	if (!begins_with_number(left) || !begins_with_number(right))
		return ORDER_UNKNOWN;
	while (left.at < left.end || right.at < right.end) {
		struct part one = next(&left), other = next(&right);
		int order;

		if (one.number != other.number)
			return ORDER_UNKNOWN;
		order = compare(&one, &other);
		if (order)
			return order < 0 ? ORDER_OLDER : ORDER_NEWER;
	}
	return ORDER_SAME;
}

enum arrival vendor_version_judge(const char *before, const char *now, const char *target)
{
	enum version_order to_target =
		target[0] ? vendor_version_order(now, target) : ORDER_UNKNOWN;

	if (before[0] && vendor_version_order(now, before) == ORDER_SAME)
		return ARRIVAL_NONE;
	if (to_target == ORDER_SAME)
		return ARRIVAL_AS_WANTED;
	return to_target == ORDER_NEWER ? ARRIVAL_ABOVE : ARRIVAL_ELSEWHERE;
}
