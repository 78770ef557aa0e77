#include "ota/lock.h"

#include "ota/vendor_version.h"

#include <string.h>

const struct lock_component *lock_part(const struct lock *lock, const char *id)
{
	for (uint8_t i = 0; i < lock->n_components; i++)
		if (!id || strcmp(lock->components[i].id, id) == 0)
			return &lock->components[i];
	return NULL;
}

const char *lock_part_offer(const struct lock_component *component)
{
	enum version_order order =
		component->installed[0]
			? vendor_version_order(component->available, component->installed)
			: ORDER_NEWER;

	/* Texts that cannot be compared: the vendor knows what it offers. */
	return component->available[0] && (order == ORDER_NEWER || order == ORDER_UNKNOWN)
		       ? component->available
		       : "";
}

static bool is_it(const char *version, const char *offer)
{
	return vendor_version_order(version, offer) == ORDER_SAME;
}

const char *lock_part_unskipped(const struct lock *lock, const struct lock_component *component)
{
	const char *offer = lock_part_offer(component);
	const char *skipped = lock->policy.skipped_text;

	return skipped[0] && is_it(skipped, offer) ? "" : offer;
}

const char *lock_offer(const struct lock *lock, const struct lock_component *component)
{
	const char *offer = lock_part_unskipped(lock, component);
	const struct policy *policy = &lock->policy;

	return policy->pinned_text[0] && !is_it(policy->pinned_text, offer) ? "" : offer;
}

const struct lock_component *lock_part_wanted(const struct lock *lock, unsigned capabilities)
{
	for (uint8_t i = 0; i < lock->n_components; i++)
		if (lock_offer(lock, &lock->components[i])[0])
			return &lock->components[i];
	for (uint8_t i = 0; i < lock->n_components; i++) /* the check says what the pin forbids */
		if (lock_part_unskipped(lock, &lock->components[i])[0])
			return &lock->components[i];
	return capabilities & ADAPTER_OFFERS ? NULL : lock_part(lock, NULL);
}

const char *lock_installed(const struct lock *lock, const struct lock_component *component)
{
	const char *part = lock->attested_part;

	if (!component)
		return lock->attested_text;
	if (component->installed[0])
		return component->installed;
	if (part[0] ? strcmp(part, component->id) == 0 : component == lock_part(lock, NULL))
		return lock->attested_text;
	return "";
}
