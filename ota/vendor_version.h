/* vendor_version.h: versions as vendors write them ("1.2.3", "V6.3", "5.1.0.200305", "1.0.3_0042").
 * They are texts; what order they have is a guess that is made only where it is safe. */
#pragma once

#include <stdbool.h>

enum version_order {
	ORDER_SAME,
	ORDER_OLDER, /* the first than the second */
	ORDER_NEWER,
	ORDER_UNKNOWN, /* different, and nobody knows which is newer */
};

/* Blanks around and one leading v do not count. Parts lie between `.`, `_`, `-`, `+`; numbers
 * compare as numbers of any length, words byte by byte, a missing part is 0. Where the first part
 * is no number, or a number stands against a word, there is only same or unknown. */
enum version_order vendor_version_order(const char *a, const char *b);
/* What a lock that has made an update says: is it what was wanted? */
enum arrival {
	ARRIVAL_AS_WANTED,
	ARRIVAL_ABOVE, /* newer than the target */
	ARRIVAL_NONE,
	ARRIVAL_ELSEWHERE
};
enum arrival vendor_version_judge(const char *before, const char *now, const char *target);
