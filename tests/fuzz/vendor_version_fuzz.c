/* Two texts as vendors' versions, parted by a zero byte: the order of the one to the other is the
 * opposite of that of the other to the one, and each is the same as itself. */
#include "ota/vendor_version.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { TEXT_MAX = 256 };

static size_t take(char out[TEXT_MAX], const uint8_t *data, size_t size)
{
	size_t n = 0;

	while (n < size && n < TEXT_MAX - 1 && data[n])
		n++;
	if (n)
		memcpy(out, data, n);
	out[n] = '\0';
	return n < size ? n + 1 : n;
}

static enum version_order opposite(enum version_order order)
{
	if (order == ORDER_NEWER)
		return ORDER_OLDER;
	return order == ORDER_OLDER ? ORDER_NEWER : order;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char a[TEXT_MAX], b[TEXT_MAX];
	size_t used = take(a, data, size);
	enum version_order order;

	(void)take(b, data + used, size - used);
	order = vendor_version_order(a, b);
	assert(vendor_version_order(b, a) == opposite(order));
	assert(vendor_version_order(a, a) == ORDER_SAME);
	if (order == ORDER_SAME && a[0])
		assert(vendor_version_judge(a, b, "") == ARRIVAL_NONE);
	(void)vendor_version_judge(a, b, a);
	return 0;
}
