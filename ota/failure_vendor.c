#include "ota/failure_table.h"

/* What the clouds and apps of vendors end with; columns as in failure_table.c. */
const struct failure failure_vendor_table[] = {
	/* The account. */
	{ "cloud_login", "The vendor's cloud wants you to log in again.",
		"Link the account again, as the adapter's page says. Jobs wait and go on by "
		"themselves; nothing that was stored is thrown away.",
		true, false },
	{ "cloud_credentials",
		"The vendor's cloud does not accept the access data of this service.",
		"Compare id and secret in the configuration with the vendor's page. Look at the "
		"clock of this machine, too: a wrong time looks the same.",
		false, false },
	{ "cloud_clock", "The vendor's cloud says that the clock of this machine is wrong.",
		"Set the clock, or let the machine take it from the network.", true, false },
	{ "cloud_forbidden", "The account may not do this with the lock.",
		"Use the account that owns the lock, not one it is shared with.\nLook whether the "
		"region in the configuration is that of the account, and whether the cloud "
		"project has the interfaces for devices and their firmware.",
		false, false },
	{ "cloud_lock_gone", "The vendor's cloud does not know this lock.",
		"Look in the vendor's app whether it is still there; after pairing it anew it has "
		"another id.\nIf all locks are missing, the region in the configuration is "
		"another one than the account's.",
		false, false },
	{ "cloud_unsupported", "The vendor's cloud cannot do this with this lock.",
		"Update the lock in the vendor's app, and confirm the version here.", false,
		false },
	{ "cloud_request", "The vendor's cloud did not understand the request.",
		"This is a mistake of this service or of the cloud's profile: report it with the "
		"diagnostics of the job.",
		false, false },
	{ "cloud_quota", "The plan or the quota of the vendor's cloud is used up.",
		"Renew the plan on the vendor's page for developers, or wait for the next period. "
		"It is not a fault of the lock.",
		true, false },
	{ "cloud_rate_limited", "The vendor's cloud wants to be asked less often.",
		"Nothing to do: it is asked again later. An update that runs goes on meanwhile.",
		true, false },
	{ "cloud_error", "The vendor's cloud answers with errors.",
		"Nothing to do: it is asked again. If it lasts, look at the vendor's status page.",
		true, false },
	{ "cloud_unreachable", "The vendor's cloud cannot be reached.",
		"Look at the internet connection and the name servers of this machine.", true,
		false },
	{ "cloud_tls", "The vendor's cloud could not prove who it is; nothing was sent.",
		"Check the date of this machine and its package ca-certificates.\nSomebody between "
		"you and the cloud may be reading along: there is no way around this.",
		true, false },
	{ "cloud_strange", "The vendor's cloud answers with something that nobody knows.",
		"Send the diagnostics of the job to the authors of the cloud's profile.", true,
		false },

	/* The lock, as the cloud sees it. */
	{ "lock_offline", "The vendor's cloud does not reach the lock.",
		"Wake the lock at its keypad. Look at the Wi-Fi beside the door, and at the "
		"vendor's app.\nThe update goes on by itself when the lock is back.",
		true, false },
	{ "gateway_offline", "The hub between the lock and the vendor's cloud does not answer.",
		"Look whether the hub has power and network. The update goes on by itself.", true,
		false },
	{ "lock_asleep", "The lock sleeps to save its battery.",
		"Touch the keypad or the handle: it goes on when the lock has woken.", true,
		false },
	{ "vendor_blocked", "The vendor does not allow this update now.",
		"Mend what the vendor names; it is looked at again by itself.", true, false },
	{ "component_busy", "Another part of this lock is being updated.",
		"Nothing to do: the parts take turns.", true, false },
	{ "update_runs", "The lock is being updated already.",
		"Nothing to do: the update is followed and verified.", true, false },

	/* What was asked for. */
	{ "no_update", "The vendor offers no newer version.",
		"Nothing to do. If the vendor's app offers one, try again in an hour.", true,
		false },
	{ "update_withdrawn", "The vendor no longer offers this version.",
		"Start the update again when the vendor offers one.", true, false },
	{ "unknown_component", "The lock has no such component.",
		"Name one of the lock's \"components\", or none.", false, false },
	{ "version_not_selectable", "This vendor decides which version is installed.",
		"Leave \"version\" away, or name the one that is offered.", false, false },
	{ "not_an_image", "A lock of a vendor's cloud takes no image.",
		"Leave \"image\" away: the vendor has it.", false, false },

	{ "hook_refused", "The message is not from the vendor.",
		"Enter the address that GET /api/v1/adapters/{id}/hook gives in the vendor's "
		"settings, and the same secret on both sides.",
		false, false },

	/* How it goes. */
	{ "trigger_unclear", "It is not known whether the vendor has started the update.",
		"Look in the vendor's app. If an update runs there, wait: it is noticed.\nIf none "
		"runs, choose \"retry\": only then the vendor is asked again.",
		true, false },
	{ "vendor_stalled", "The vendor reports no progress.",
		"Wake the lock; look at its Wi-Fi and battery. The update is watched for a day.",
		true, false },
	{ "vendor_failed", "The vendor says that the update failed.",
		"Put in fresh batteries, wake the lock and try again.\nIf it fails again, update "
		"in "
		"the vendor's app or ask the vendor.",
		true, true },
	{ "vendor_timed_out", "The vendor gave the update up.",
		"Wake the lock, look at its Wi-Fi and battery, and try again.", true, false },
	{ "follow_guide", "The update must be started in the vendor's app.",
		"Follow the steps; when it runs, choose \"I started it\".", true, false },
	{ "attest_version", "The version of this lock cannot be read: you have to say it.",
		"Look up the version in the vendor's app and enter it here.", true, false },
	{ "not_started", "Nobody started the update in the vendor's app in time.",
		"Start it again when you have the phone at hand.", true, false },
	{ 0 },
};
