#include "ota/offer.h"

#include "ota/offer_rules.h"

#include <string.h>

static const char *version_objection(
	const struct image *image, const struct lock *lock, const struct offer_wish *wish)
{
	bool known = lock->facts.known & FACT_VERSION;

	if (wish && wish->has_version)
		return image->file_version == wish->version ? NULL : "other_version";
	if (lock->rejected_version && image->file_version == lock->rejected_version)
		return "rejected_before";
	if (known && image->file_version < lock->facts.version)
		return "not_newer";
	if (known && image->file_version == lock->facts.version)
		return wish && wish->equal ? NULL : "already_installed";
	return NULL;
}

/* What the header and the configuration forbid, whoever asks. */
static const char *plain_objection(const struct candidate *one, const struct lock *lock)
{
	const struct image *image = one->image;

	if (image->manufacturer_code == 0xFFFF || image->image_type == 0xFFFF ||
		image->file_version == UINT32_MAX)
		return "wildcard_ids";
	if (one->retracted)
		return "retracted";
	/* Its elements could not be checked, but an index vouches for the whole file. */
	if (image->opaque && !one->says)
		return "opaque_image";
	if (!offer_destination(image, lock))
		return "destination_mismatch";
	return NULL;
}

static const char *objection(const struct candidate *one, const struct lock *lock, bool shared,
	const struct offer_wish *wish)
{
	const char *why = plain_objection(one, lock);

	if (!why)
		why = offer_proof(one, lock, shared);
	if (!why)
		why = offer_hardware(one, lock);
	if (!why)
		why = version_objection(one->image, lock, wish);
	if (!why)
		why = offer_bounds(one, lock);
	if (!why && one->says && one->says->strange && !(wish && wish->has_version))
		why = "index_key_unknown";
	return why;
}

static bool is_foreign(const struct image *image, const struct lock *lock)
{
	return image->manufacturer_code != lock->facts.manufacturer_code ||
	       image->image_type != lock->facts.image_type;
}

void offer_refuse(struct offer *out, const struct image *image, const char *reason)
{
	if (out->n_not_offered == NOT_OFFERED_MAX)
		return;
	out->not_offered[out->n_not_offered].image = image;
	out->not_offered[out->n_not_offered].detail = NULL;
	out->not_offered[out->n_not_offered++].reason = reason;
}

static void refuse_because(struct offer *out, const struct candidate *one, const char *why)
{
	size_t n = out->n_not_offered;

	offer_refuse(out, one->image, why);
	if (out->n_not_offered > n && strcmp(why, "retracted") == 0)
		out->not_offered[n].detail = one->retracted;
}

/* Positive: a before b. The same file twice: the nearer one, which comes first. */
static int compare(const struct candidate *a, const struct candidate *b)
{
	int clearer = offer_clarity(a) - offer_clarity(b);

	if (clearer)
		return clearer;
	return a->image->file_version < b->image->file_version
		       ? -1
		       : a->image->file_version > b->image->file_version;
}

struct choice {
	struct offer *out;
	const struct candidate *best;
	bool disputed; /* another file of that version claims the same */
};

static void lose(struct choice *c, const struct candidate *loser, const struct candidate *winner)
{
	bool newer = loser->image->file_version > winner->image->file_version;

	offer_refuse(c->out, loser->image, newer ? "less_specific" : "superseded");
}

static void weigh(struct choice *c, const struct candidate *one)
{
	int order = c->best ? compare(one, c->best) : 1;

	if (!order && offer_same_file(one, c->best))
		return;
	if (order > 0) {
		if (c->best)
			lose(c, c->best, one);
		c->best = one;
		c->disputed = false;
	} else if (order < 0) {
		lose(c, one, c->best);
	} else {
		offer_refuse(c->out, one->image, "digest_changed");
		c->disputed = true;
	}
}

void offer_choose(struct offer *out, const struct lock *lock, const struct candidate *all, size_t n,
	const struct offer_wish *wish)
{
	struct choice choice = { .out = out };

	*out = (struct offer){ 0 };
	if (!(lock->facts.known & FACT_IMAGE_KEY))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *why = NULL;
		bool shared;

		/* Images for other products are not worth a line. */
		if (is_foreign(all[i].image, lock))
			continue;
		shared = offer_ids_are_shared(&all[i], all, n);
		why = objection(&all[i], lock, shared, wish);
		if (why)
			refuse_because(out, &all[i], why);
		else
			weigh(&choice, &all[i]);
	}
	if (choice.disputed) {
		offer_refuse(out, choice.best->image, "digest_changed");
	} else if (choice.best) {
		out->image = choice.best->image;
		out->says = choice.best->says;
	}
}
