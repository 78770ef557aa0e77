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
	{ 0 },
};
