#include "ota/failure_table.h"

/* Columns: code, meaning, advice, retryable, escalate. Grouped by who meets them first. */
const struct failure failure_table[] = {
	/* How an update ends when it does not succeed. */
	{ "invalid_image", "The lock checked the downloaded image and rejected it.",
		"Make sure that the image is for exactly this model and hardware revision.\n"
		"Do not try the same file again; get another one from the manufacturer.",
		false, true },
	{ "aborted_by_lock", "The lock broke the download off.",
		"Put in fresh batteries, all at once.\nKeep the lock near a router and leave it "
		"alone during the download.\nIt is tried again by itself.",
		true, false },
	{ "insufficient_space", "The lock has no room for an image of this size.",
		"Check that the image is for this hardware revision; older ones may have less "
		"memory.\nAsk the manufacturer for a smaller image.",
		false, true },
	{ "require_more_image", "The lock wants another image before or beside this one.",
		"Ask the manufacturer for the complete set of images and their order.\n"
		"Upload the missing one and update to that first.",
		false, true },
	{ "not_authorized", "The lock does not accept updates from this coordinator.",
		"Check with the manufacturer's app whether updates from other hubs are switched "
		"off.\nPairing the lock anew makes this coordinator its update server.",
		false, true },
	{ "malformed_answer", "The lock could not make sense of what it was sent.",
		"Try again; smaller blocks are used then.\nIf it comes again, download the "
		"diagnostics of this job and send them in.",
		true, false },
	{ "lock_refused", "The lock refused the update and gave a reason we do not know.",
		"Note the status number of this job.\nTry again with fresh batteries; if it comes "
		"again, ask the manufacturer what the number means.",
		true, false },
	{ "flash_verification_failed", "The lock could not verify what it wrote to its own memory.",
		"Put in fresh batteries and try once more.\nIf it comes again, the memory of the "
		"lock is worn or broken: ask the manufacturer for service.",
		true, true },
	{ "bad_crc", "The checksum that the lock computed over the image is wrong.",
		"Compare the digest of the file with the one its maker published.\nTry once more; "
		"then ask the manufacturer for another file.",
		true, true },
	{ "block_loop", "The lock asks for the same piece of the image again and again.",
		"Move the lock nearer to a router, or add one beside it.\nIt is tried again by "
		"itself with smaller blocks.",
		true, false },
	{ "version_unchanged",
		"The lock took the image and restarted, but still runs the old version.",
		"The lock works as before.\nTake the batteries out for a minute and put them back, "
		"then check the version.\nDo not install this image again; ask the manufacturer "
		"why "
		"it is not accepted.",
		false, true },
	{ "version_unexpected", "The lock now reports a version that nobody asked for.",
		"Test that the lock works by key and by hand.\nCompare the version it reports with "
		"the release notes; the file may name itself wrongly.",
		false, true },
	{ "never_returned", "The lock was told to install and has not been heard since.",
		"Use the mechanical key; do not rely on this lock.\nTake the batteries out for a "
		"minute and put fresh ones in, then wait ten minutes.\nIf it stays silent, reset "
		"and "
		"pair it as its manual says, or call the manufacturer.",
		false, true },
	{ "no_contact", "The lock was not heard for so long that the update was given up.",
		"Check the batteries and press a key on the lock.\nSee that the router it hangs on "
		"is "
		"powered.\nStart the update again when the lock answers.",
		true, false },
	{ "unverified",
		"The update may have worked, but the lock never said which version it runs.",
		"Wake the lock and choose \"verify again\".\nIf you can see the version on the "
		"lock or "
		"in its app, confirm it by hand.",
		true, false },
	{ "transfer_failed", "The transfer broke off.",
		"Look at the health of the adapter and the link of the lock.\nIt is tried again by "
		"itself.",
		true, false },
	{ "cancelled", "The update was cancelled.", "Start it again whenever you like.", true,
		false },

	/* What the check finds before an update. */
	{ "battery_low", "The battery is too low for an update.",
		"Replace all batteries with fresh ones of one kind; no rechargeable ones.\n"
		"Wake the lock once, so that it reports; the update then goes on by itself.",
		true, false },
	{ "battery_alarm", "The lock itself raises a battery alarm.",
		"Replace all batteries now.\nWake the lock once; the update then goes on by "
		"itself.",
		true, false },
	{ "battery_unknown", "The lock has not told how full its battery is.",
		"Wake the lock with a key press so that it can be read.\nIf you have just put in "
		"fresh "
		"batteries, start the update again with \"force\": [\"battery_unknown\"].",
		true, false },
	{ "lock_state_busy", "The bolt is neither fully locked nor fully unlocked.",
		"Look at the door: the bolt may be jammed or moving.\nTurn it fully to one side by "
		"hand; the update then goes on by itself.",
		true, false },
	{ "lock_state_unknown", "The lock has not told where its bolt is.",
		"Wake the lock with a key press so that it can be read.\nIf you have looked "
		"yourself, "
		"start the update again with \"force\": [\"lock_state_unknown\"].",
		true, false },
	{ "adapter_down", "The adapter that reaches this lock is not running.",
		"See the page of the adapter for the reason.\nThe update goes on by itself when "
		"the "
		"adapter is back.",
		true, false },
	{ "version_unknown", "The lock has not yet told which version it runs.",
		"Wake the lock with a key press; it is asked then.", true, false },
	{ "already_installed", "The lock already runs this version.",
		"Nothing to do. To install it once more, set \"reinstall\".", false, false },
	{ "not_newer", "The image is not newer than what the lock runs.", "Nothing to do.", false,
		false },
	{ "downgrade", "The image is older than what the lock runs.",
		"Many locks refuse older images, and some break.\nIf you are sure, set "
		"\"allow_downgrade\".",
		false, false },
	{ "downgrade_not_allowed", "The image is older than what the lock runs.",
		"Many locks refuse older images, and some break.\nIf you are sure, start again "
		"with "
		"\"allow_downgrade\".",
		false, false },
	{ "manufacturer_mismatch", "The image is from another manufacturer than the lock.",
		"Choose an image made for this lock. This cannot be forced.", false, false },
	{ "image_type_mismatch", "The image is for another product than this lock.",
		"Choose an image made for this lock. This cannot be forced.", false, false },
	{ "wildcard_ids", "The image names no definite product.",
		"Such a file is for a maker's bench. Ask for the released image of this lock.",
		false, false },
	{ "destination_mismatch", "The image is addressed to one single other device.",
		"Choose an image made for this lock. This cannot be forced.", false, false },
	{ "hardware_range", "The image is not for the hardware revision of this lock.",
		"Look for the image of this revision; a wrong one can break the lock.", false,
		false },
	{ "hardware_unknown",
		"The image is for certain hardware revisions; that of the lock is unknown.",
		"Wake the lock with a key press; it may tell.\nOr read the revision on its label, "
		"and "
		"start again with \"force\": [\"hardware_unknown\"].",
		true, false },
	{ "model_unproven",
		"Several products share these ids, and nothing proves that the image is for this "
		"one.",
		"Compare the text in the image with the model on the label of the lock.\nIf they "
		"belong "
		"together, start again with \"force\": [\"model_unproven\"].",
		false, false },
	{ "opaque_image", "The inside of the image does not have the usual form.",
		"Use it only if it comes from the manufacturer; then start again with "
		"\"force\": [\"opaque_image\"].",
		false, false },
	{ "superseded", "The library has a newer image for this lock.", "Nothing to do.", false,
		false },
	{ "other_version", "Another version was asked for.", "Nothing to do.", false, false },
	{ "rejected_before", "An update of this lock to this version has failed before.",
		"Ask the manufacturer for a newer image.", false, false },
	{ "clock_implausible", "The clock of this machine is not right.",
		"Let it synchronise; scheduled updates wait until then.", true, false },
	{ "lock_awake", "Whether the lock can be talked to right now.",
		"Press a key on the lock to wake it.", true, false },
	{ "last_heard", "The lock has not been heard for long.",
		"Check the batteries and press a key on the lock.", true, false },
	{ "link", "The radio link to the lock is weak.",
		"Add a mains-powered router near the lock, or move the coordinator.", true, false },

	/* Why an adapter refuses to work. */
	{ "foreign_network", "The stick runs another network than the one adopted here.",
		"Put the right stick back.\nIf you moved the network on purpose, confirm the "
		"adoption "
		"of the new one.",
		false, false },
	{ "stick_blank", "The stick has no network; its owner must make one.",
		"Nothing was changed on it.\nStart the program that owns the network and let it "
		"set up "
		"or restore the stick.",
		false, false },
	{ "stick_wipe_armed", "The stick would erase its network at the next start.",
		"Do not unplug it.\nClear the start-up option with the program that set it, then "
		"restart the adapter.",
		false, false },
	{ "stick_not_coordinator", "The stick is a router or end device, not a coordinator.",
		"Plug in the coordinator, or install coordinator firmware on the stick.", false,
		false },
	{ "stick_unknown", "What answers on this port is no stick that we know.",
		"Check the port and the type of the adapter in the configuration.", false, false },
	{ "adoption_unconfirmed", "This network has not been confirmed yet.",
		"Compare channel and PAN with your network, make a backup with its owner, then "
		"confirm.",
		true, false },
	{ "port_in_use", "Another program has the port open.",
		"Stop Zigbee2MQTT, ZHA or whatever uses the stick, then restart the adapter.", true,
		false },
	{ "stick_gone", "The stick is not there any more.",
		"Plug it in again; prefer a port without a hub, and an extension cable.", true,
		false },
	{ "stick_unstable", "The stick keeps failing.",
		"Try another USB port and cable, then other firmware for the stick.", true, false },
	{ "stick_silent", "The stick does not answer.",
		"Check port and speed; unplug it and plug it in again.", true, false },
	{ "two_owners", "Another program talks to the same stick.",
		"Stop the other program first; two at once damage the network.\nThen restart the "
		"adapter.",
		true, false },
	{ "restart_limit", "The stick was restarted too often.",
		"It is left alone now. Unplug it and plug it in again.", true, false },
	{ "database_newer", "The data were written by a newer version of this program.",
		"Install that version again, or restore the copy made before the upgrade.", false,
		false },

	/* Why a file is no image. */
	{ "image_truncated", "The file ends before the image does.",
		"Download it again and compare its size with the source.", false, false },
	{ "image_no_header", "There is no Zigbee OTA image in this file.",
		"Take the OTA file itself, not an archive or a web page around it.", false, false },
	{ "image_bad_header", "The header of the image contradicts itself.",
		"Download it again; if it stays so, the file is damaged at its source.", false,
		false },
	{ "image_too_small", "The file is too small to be an image.",
		"Download it again; it may be an error page.", false, false },
	{ "image_too_large", "The file is larger than any lock image.",
		"Check that it is the right file.", false, false },
	{ "image_bad_digest", "A digest of the file's container does not match its content.",
		"Download it again; if it stays so, the file is damaged at its source.", false,
		false },
	{ "image_bare_payload", "This is the bare firmware without the Zigbee OTA wrapping.",
		"Ask for the .ota or .zigbee file of this release.", false, false },
	{ "digest_changed", "Another file with the same product and version is already here.",
		"One of the two is not what it claims to be. Compare both with the digest that the "
		"manufacturer published, and remove the wrong one.",
		false, false },
	{ "image_missing", "The file of this image is gone from the disk.",
		"Upload the image again, then retry.", true, false },
	{ "image_damaged", "The stored image no longer has the digest it had.",
		"Check the disk. Remove the image and upload it again.", false, false },
	{ "image_in_use", "An active update needs this image.",
		"Cancel that update or wait for its end.", true, false },

	/* What a request can get back. */
	{ "unauthorized", "No token, or not a valid one.",
		"Make one with: lockwright token create NAME", false, false },
	{ "forbidden", "This token may not do that.", "Use a token with a wider scope.", false,
		false },
	{ "host_not_allowed", "The name in the address is not allowed.",
		"Add it to allowed_hosts in the configuration.", false, false },
	{ "origin_not_allowed", "The page that sent this is not allowed to.",
		"Open the page under the address that the service listens on.", false, false },
	{ "media_type", "The content type is not the expected one.",
		"Send application/json, or application/octet-stream for an image.", false, false },
	{ "too_large", "The request is too large.", "Send less at once.", false, false },
	{ "not_found", "There is no such thing.", "Check the id.", false, false },
	{ "invalid", "The request makes no sense.", "See the contract: api/v1/openapi.yaml", false,
		false },
	{ "conflict", "The request contradicts the present state.",
		"Look at the present state and ask again.", false, false },
	{ "lock_busy", "The lock already has another active update.",
		"Wait for its end or cancel it first.", true, false },
	{ "too_late", "The lock has already been told to install.",
		"Let it finish; taking the batteries out now can break it.", false, false },
	{ "already_over", "This update is over.", "Start a new one, or retry it.", false, false },
	{ "not_over", "This update is still active.", "Cancel it first, or wait for its end.",
		false, false },
	{ "idempotency_mismatch", "The same Idempotency-Key came with another request.",
		"Use a new key for each new request.", false, false },
	{ "unknown_finding", "\"force\" names a finding that does not exist.",
		"Take the codes from the check of the lock.", false, false },
	{ "not_forcible", "\"force\" names a finding that cannot be forced.",
		"Remove it; what it guards against would damage the lock.", false, false },
	{ "no_image", "The library has no image that may be offered to this lock.",
		"Upload one. \"not_offered\" of the lock says why others do not fit.", false,
		false },
	{ "managed_by_config", "This is set in the configuration file.",
		"Change it there and restart the service.", false, false },
	{ "address_taken", "Another lock has this address.",
		"Change that lock, or remove it first.", false, false },
	{ "no_space", "The disk is full.", "Free some space; what runs goes on and is saved then.",
		true, false },
	{ "busy", "There is too much to do right now.", "Ask again in a moment.", true, false },
	{ "unsupported", "This lock or adapter cannot do that.",
		"See the capabilities of the adapter.", false, false },
	{ "integrity", "A digest or signature is wrong.", "Get the file again.", false, false },
	{ "timeout", "Nobody answered in time.", "Wake the lock and ask again.", true, false },
	{ "io", "A port, socket or disk failed.",
		"Look at the log of the service and at the cables.", true, false },
	{ "protocol", "The other side spoke nonsense.", "Check type and firmware of the adapter.",
		true, false },
	{ "refused", "The other side refused.", "The text says why.", false, false },
	{ "internal", "This program made a mistake.",
		"Please report it with the diagnostics of the job.", true, false },
	{ 0 },
};
