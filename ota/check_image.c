#include "ota/check_rules.h"
#include "ota/offer.h"
#include "ota/version.h"

#include <string.h>

void check_ids(struct check_run *run)
{
	const struct image *image = run->in->image;
	const struct lock *lock = run->in->lock;
	struct check_says says = { .verdict = VERDICT_BLOCK };

	if (image->manufacturer_code == 0xFFFF || image->image_type == 0xFFFF)
		check_say(run, "wildcard_ids", &says, "the image is for 0x%04x/0x%04x",
			image->manufacturer_code, image->image_type);
	if (!(lock->facts.known & FACT_IMAGE_KEY))
		return;
	says.verdict = image->manufacturer_code == lock->facts.manufacturer_code ? VERDICT_OK
										 : VERDICT_BLOCK;
	check_say(run, "manufacturer_mismatch", &says, "image 0x%04x, lock 0x%04x",
		image->manufacturer_code, lock->facts.manufacturer_code);
	says.verdict = image->image_type == lock->facts.image_type ? VERDICT_OK : VERDICT_BLOCK;
	check_say(run, "image_type_mismatch", &says, "image 0x%04x, lock 0x%04x", image->image_type,
		lock->facts.image_type);
}

void check_direction(struct check_run *run)
{
	const struct check_input *in = run->in;
	struct check_says says = { .verdict = VERDICT_BLOCK, .at = in->lock->version_at };
	char ours[VERSION_TEXT_SIZE], theirs[VERSION_TEXT_SIZE];

	version_text(ours, in->image->file_version);
	version_text(theirs, in->lock->facts.version);
	if (in->lock->rejected_version && in->lock->rejected_version == in->image->file_version)
		check_say(run, "rejected_before", &(struct check_says){ .verdict = VERDICT_WARN },
			"%s was installed before and not taken", ours);
	if (!(in->lock->facts.known & FACT_VERSION))
		return;
	if (in->image->file_version == in->lock->facts.version) {
		if (in->job && in->job->reinstall)
			says.verdict = VERDICT_OK;
		check_say(run, "already_installed", &says, "the lock runs %s", theirs);
	} else if (in->image->file_version < in->lock->facts.version) {
		if (in->job && in->job->allow_downgrade)
			says.verdict = VERDICT_WARN;
		check_say(
			run, "downgrade", &says, "the lock runs %s, the image is %s", theirs, ours);
	}
}

static void check_hardware(struct check_run *run, const struct candidate *one)
{
	const struct image *image = one->image;
	const struct lock *lock = run->in->lock;
	const char *why = offer_hardware(one, lock);
	bool unknown = why && strcmp(why, "hardware_unknown") == 0;

	if (!image->has_hardware_range && one->says && one->says->image.has_hardware_range)
		image = &one->says->image;
	if (!image->has_hardware_range)
		return;
	if (unknown)
		check_say(run, why,
			&(struct check_says){ .verdict = VERDICT_BLOCK, .wait = WAIT_USER },
			"image for hardware 0x%04x to 0x%04x", image->hardware_min,
			image->hardware_max);
	else
		check_say(run, "hardware_range",
			&(struct check_says){ .verdict = why ? VERDICT_BLOCK : VERDICT_OK },
			"image for hardware 0x%04x to 0x%04x, lock 0x%04x", image->hardware_min,
			image->hardware_max, lock->facts.hardware_version);
}

static void check_names(struct check_run *run, const struct candidate *one)
{
	const struct lock *lock = run->in->lock;
	const char *why = offer_proof(one, lock, run->in->shared_ids);
	struct check_says says = { .verdict = why ? VERDICT_BLOCK : VERDICT_OK,
		.wait = why ? WAIT_USER : WAIT_NOTHING,
		.at = lock->model_at };

	if (why && one->says && strcmp(why, "manufacturer_unproven") == 0)
		check_say(run, why, &says,
			"image for maker \"%.48s\" and others; lock is from \"%.32s\"",
			one->says->manufacturers, lock->facts.manufacturer);
	else
		check_say(run, "model_unproven", &says,
			"image says \"%.32s\", for model \"%.32s\"; lock is \"%.32s\"",
			one->image->header_string, offer_model(one), lock->facts.model);
}

static void check_index(struct check_run *run, const struct candidate *one)
{
	const char *why = offer_bounds(one, run->in->lock);
	const struct check_says block = { .verdict = VERDICT_BLOCK };
	const struct check_says ask = { .verdict = VERDICT_BLOCK, .wait = WAIT_USER };
	char from[VERSION_TEXT_SIZE], to[VERSION_TEXT_SIZE];

	if (one->retracted)
		check_say(run, "retracted", &ask, "%.119s", one->retracted);
	/* That the version is unknown is said already. */
	if (why && one->says && strcmp(why, "version_unknown") != 0) {
		version_text(from, one->says->has_min_version ? one->says->min_version : 0);
		version_text(to, one->says->has_max_version ? one->says->max_version : UINT32_MAX);
		check_say(run, why, &block, "image for locks that run %s to %s", from, to);
	}
	if (one->says && one->says->strange)
		check_say(run, "index_key_unknown", &ask, "the index has a key of unknown meaning");
}

void check_fit(struct check_run *run)
{
	const struct image *image = run->in->image;
	const struct lock *lock = run->in->lock;
	const struct candidate one = { image, run->in->says, run->in->retracted };

	if (!offer_destination(image, lock))
		check_say(run, "destination_mismatch",
			&(struct check_says){ .verdict = VERDICT_BLOCK },
			"image only for 0x%016llx, lock %s", (unsigned long long)image->destination,
			lock->address);
	if (image->opaque && !one.says)
		check_say(run, "opaque_image",
			&(struct check_says){ .verdict = VERDICT_BLOCK, .wait = WAIT_USER },
			"the elements of the image do not tile");
	check_hardware(run, &one);
	check_names(run, &one);
	check_index(run, &one);
}

void check_origin(struct check_run *run)
{
	const struct image *image = run->in->image;
	bool checked = strcmp(image->signature, "checked") == 0;

	check_say(run, "provenance",
		&(struct check_says){ .verdict = VERDICT_OK, .at = image->added_at },
		"%.40s from %.15s; signature of the container: %.8s; SHA-256 %.12s…%s", image->name,
		image->source[0] ? image->source : "an unknown source",
		image->signature[0] ? image->signature : "none", image->id,
		checked ? "" : ", not proven by a signature");
}
