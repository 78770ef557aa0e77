#include "ota/failure_table.h"

/* What policy and check find, beside the rows of failure_table.c. */
const struct failure failure_policy_table[] = {
	/* What the user has set. */
	{ "paused", "Updates are paused.",
		"Resume them on the page or with PATCH /api/v1/policy; each goes on by itself.",
		true, false },
	{ "outside_window", "It is not the maintenance window of this lock.",
		"Nothing to do: it goes on by itself when the window opens.\nTo update now, start "
		"it with \"force\": [\"outside_window\"].",
		true, false },
	{ "version_pinned", "The lock is pinned to another version.",
		"Change \"pinned_version\" of the lock, or start the update with \"force\": "
		"[\"version_pinned\"].",
		false, false },
	{ "skipped", "This version was skipped for this lock.",
		"Clear \"skipped_version\" of the lock to be offered it again.", false, false },
	{ "time_zone", "There is no such time zone here.",
		"Use a name like Europe/Berlin. If it is right, install the package tzdata.", false,
		false },

	/* The lock and the way to it. */
	{ "door_open", "The door is open, jammed or was forced.",
		"Close the door; the update then goes on by itself when the lock tells it.\nIf the "
		"lock is wrong, start the update again with \"force\": [\"door_open\"].",
		true, false },
	{ "lock_unlocked", "An automatic update waits until the lock is locked.",
		"Lock the door; the update then goes on by itself.\nTo update now, start it "
		"yourself.",
		true, false },
	{ "operating_mode", "The lock is in its vacation or passage mode.",
		"Set it back to its normal mode; an automatic update then goes on by itself.\nTo "
		"update now, start it yourself.",
		true, false },
	{ "battery_sag", "An update takes much of this lock's battery.",
		"Put in fresh batteries before the next update.", true, false },
	{ "route", "How the lock is reached.", "Nothing to do.", true, false },
	{ "parent_busy", "Another lock downloads through the same parent.",
		"Nothing to do: they take turns.", true, false },
	{ "link_unstable", "More than a tenth of the last blocks had to be asked for again.",
		"Wake the lock once: if it answers, the update goes on.\nA router near the lock "
		"makes it safer.",
		true, false },
	{ "boot_loop", "The lock restarts again and again since it installed the image.",
		"Use the mechanical key; do not rely on this lock.\nTake the batteries out for a "
		"minute and put fresh ones in.\nIf it keeps restarting, call the manufacturer "
		"and send the diagnostics of this job.",
		false, true },

	{ "reports_stopped",
		"The lock runs the new version but no longer tells whether it is locked.",
		"Operate it once by hand and look again.\nIf it stays silent, pair it anew; some "
		"locks have two modules whose versions must fit together: ask the manufacturer "
		"for the other one's update.",
		false, true },

	/* The stick. */
	{ "stick_resets", "The stick has restarted by itself.",
		"Use another USB port, an extension cable, and a power supply that is strong "
		"enough.\nUpdate the firmware of the stick.",
		true, false },
	{ "stick_errors", "Bytes or answers from the stick get lost.",
		"Try another cable or port.\nFor a network stick, use a cable instead of Wi-Fi.",
		true, false },
	{ "stick_buffers", "The stick runs out of buffers.",
		"Let other programs poll less during the update; update one lock at a time.", true,
		false },
	{ "stick_firmware", "This firmware of the stick is known to fail under load.",
		"Install a newer coordinator firmware with its owner's tools, after a backup.",
		true, false },
	{ "delivery", "Many messages on this network are not delivered.",
		"Look for devices that are off; add mains-powered routers; move the stick away "
		"from the computer.",
		true, false },
	{ "channel_overlap", "A Wi-Fi network covers the Zigbee channel.",
		"Set the Wi-Fi to a channel away from it (1, 6 or 11), or move it to 5 GHz.", true,
		false },
	{ "usb3", "USB 3 beside the stick disturbs its radio.",
		"Put the stick on an extension cable of a metre, away from USB 3 devices.", true,
		false },

	/* This machine. */
	{ "disk_room", "The disk is nearly full.", "Free some space.", true, false },
	{ "memory_room", "There is little memory left.", "Stop what is not needed on this machine.",
		true, false },
	{ "host_uptime", "This machine has only just started.",
		"Nothing to do: installing waits until it has run for a minute.", true, false },
	{ "provenance", "Where the image comes from.",
		"Compare its digest with the one that the manufacturer published.", true, false },
	{ 0 },
};
