#include "ota/failure_table.h"

/* What firmware sources and the requests to them can end with; columns as in failure_table.c. */
const struct failure failure_firmware[] = {
	/* Requests to the outside. */
	{ "url_not_allowed", "This address is not one that is asked.",
		"Use an address that begins with https:// and has no user name in it.", false,
		false },
	{ "host_not_listed", "The host is not among those that may be asked.",
		"If you trust it, add its name to firmware.hosts in the configuration.", false,
		false },
	{ "address_not_allowed",
		"The name leads to a machine inside your own network, which is not asked.",
		"If it is your own server, set firmware.any_address to true.", false, false },
	{ "redirect_refused", "The server sends the request to a place that is not allowed.",
		"If you trust that place, add its host to firmware.hosts in the configuration.",
		false, false },
	{ "tls_failed", "The server could not prove who it is.",
		"Check the date of this machine and its package ca-certificates.\nSomebody between "
		"you and the server may be reading along: do not go around this.",
		false, false },
	{ "host_resting", "The server failed several times and is left alone for a while.",
		"Wait; it is asked again by itself.", true, false },
	/* Indexes and what they offer. */
	{ "index_invalid", "The firmware index cannot be understood.",
		"Its address or path must lead to an index in the form of zigbee-OTA or zigpy.\n"
		"In an index of your own, mend the entry that is named; the copy loaded before is "
		"used until then.",
		false, false },
	{ "index_too_large", "The firmware index is larger than any that is known.",
		"Check its address.", false, false },
	{ "retractions_invalid", "The list of withdrawn firmware cannot be understood.",
		"A line is a digest or manufacturer/type/version, a space, and why.\nIn a list of "
		"your own, mend the line that is named; the copy loaded before is used until then.",
		false, false },
	{ "retractions_too_large", "The list of withdrawn firmware is too long.",
		"Check its address.", false, false },
	{ "index_key_unknown", "The index says something of this firmware that is not understood.",
		"It may be a restriction. Read the entry in the index; if the firmware is for your "
		"lock, update to it by naming its version.",
		false, false },
	{ "firmware_digest", "The downloaded file is not the one that is described.",
		"It may have been replaced or damaged. It was thrown away; nothing was sent to the "
		"lock.\nTry again tomorrow, or tell the index's maintainers; for a file of "
		"firmware.urls compare the digest there with the one its maker tells.",
		true, false },
	{ "firmware_other",
		"The downloaded image is for another product or version than the index says.",
		"It was thrown away. Tell the index's maintainers.", false, false },
	{ "firmware_gone", "The server has no such file.",
		"The index is newer or older than its server; it is loaded anew by itself.\nAn "
		"address in firmware.urls must be corrected there.\nOr upload the file yourself.",
		true, false },
	{ "firmware_server", "The server did not give the file.", "Try again later.", true, false },
	{ "retracted", "This firmware was withdrawn or is denied by the configuration.",
		"Use another version.", false, false },
	{ "manufacturer_unproven",
		"Nothing proves that the image is for this manufacturer's product.",
		"Wake the lock so that it tells its manufacturer's name.\nWhere that differs from "
		"the one in the index, the image is not for it.",
		false, false },
	{ "stepping_stone", "The lock needs another version before this one.",
		"Update to the newest version that is offered; this one is offered afterwards.",
		false, false },
	{ "version_bound", "The image is not for locks that run a version as new as this.",
		"Nothing to do.", false, false },
	{ "less_specific", "There is an image that is more clearly meant for this lock.",
		"Nothing to do.", false, false },
	{ 0 },
};
