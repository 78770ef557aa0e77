#include "ota/check_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Per hour; docs/checks.md. */
enum {
	RESETS_WARN = 1,
	RESETS_BLOCK = 3,
	GARBAGE_WARN = 64,
	TIMEOUTS_WARN = 10,
	NO_BUFFERS_WARN = 5,
	DELIVERY_WARN = 100, /* a sleeping lock that does not poll counts as one, too */
	COORDINATOR = 0x0000,
	NO_PARENT = 0xFFFF,
};

void check_adapter(struct check_run *run)
{
	const struct check_input *in = run->in;
	const char *why = in->adapter_why && in->adapter_why->code ? in->adapter_why->text : "";

	if (in->adapter == ADAPTER_UP)
		check_say(run, "adapter_down", &(struct check_says){ .verdict = VERDICT_OK },
			"adapter %s is up", in->lock->adapter);
	else
		check_say(run, "adapter_down",
			&(struct check_says){ .verdict = VERDICT_BLOCK, .wait = WAIT_ADAPTER },
			"adapter %s is not up%s%s", in->lock->adapter, *why ? ": " : "", why);
}

static enum verdict warn_from(uint32_t value, uint32_t limit)
{
	return value >= limit ? VERDICT_WARN : VERDICT_OK;
}

static void check_counts(struct check_run *run, const struct stick_counts *c)
{
	struct check_says says = { .verdict = warn_from(c->resets, RESETS_WARN),
		.at = run->in->wall };

	if (c->resets >= RESETS_BLOCK) {
		says.verdict = VERDICT_BLOCK;
		says.wait = WAIT_USER;
	}
	check_say(run, "stick_resets", &says, "%u resets of the stick in the last %u min",
		c->resets, c->minutes);
	says = (struct check_says){ .at = run->in->wall };
	says.verdict =
		c->garbage_bytes >= GARBAGE_WARN || c->timeouts + c->lost_confirms >= TIMEOUTS_WARN
			? VERDICT_WARN
			: VERDICT_OK;
	check_say(run, "stick_errors", &says,
		"%u bytes damaged, %u requests and %u confirms lost in the last %u min",
		c->garbage_bytes, c->timeouts, c->lost_confirms, c->minutes);
	says.verdict = warn_from(c->no_buffers, NO_BUFFERS_WARN);
	check_say(run, "stick_buffers", &says, "%u times out of buffers in the last %u min",
		c->no_buffers, c->minutes);
	says.verdict = warn_from(c->delivery_failures, DELIVERY_WARN);
	check_say(run, "delivery", &says, "%u messages not delivered in the last %u min",
		c->delivery_failures, c->minutes);
}

/* Sticks and firmware that are known to fail under the load of an update. */
static const struct {
	const char *name;          /* as the adapter shows it; the number follows */
	unsigned long first, last; /* of the number; 0, 0: any */
	const char *why;
} bad_firmware[] = {
	{ "Z-Stack 1.2 ", 0, 0, "a CC253x with Z-Stack 1.2 has little memory for many messages" },
	{ "Z-Stack 3.x.0 ", 20221226, 20240710, "it is known to run out of buffers under load" },
};

static const char *known_bad(const char *firmware)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_firmware); i++) {
		size_t n = strlen(bad_firmware[i].name);
		unsigned long number;
		char *end;

		if (strncmp(firmware, bad_firmware[i].name, n) != 0)
			continue;
		if (bad_firmware[i].first == 0 && bad_firmware[i].last == 0)
			return bad_firmware[i].why;
		number = strtoul(firmware + n, &end, 10);
		if (end != firmware + n && number >= bad_firmware[i].first &&
			number <= bad_firmware[i].last)
			return bad_firmware[i].why;
	}
	return NULL;
}

void check_stick(struct check_run *run)
{
	const struct check_input *in = run->in;
	const char *why;

	if (in->stick)
		check_counts(run, in->stick);
	if (!in->info || !in->info->firmware[0])
		return;
	why = in->info->warning ? in->info->warning : known_bad(in->info->firmware);
	check_say(run, "stick_firmware",
		&(struct check_says){ .verdict = why ? VERDICT_WARN : VERDICT_OK },
		"firmware \"%.60s\"%s%s", in->info->firmware, why ? ": " : "", why ? why : "");
}

/* MHz. Zigbee channels 11..26 are 2 MHz wide, Wi-Fi ones of 2.4 GHz 22. */
static bool overlap(unsigned zigbee, unsigned wifi)
{
	int z = 2405 + 5 * ((int)zigbee - 11);
	int w = wifi == 14 ? 2484 : 2412 + 5 * ((int)wifi - 1);

	return z - w < 12 && w - z < 12;
}

static void check_channel(struct check_run *run)
{
	const struct check_input *in = run->in;
	unsigned hit = 0;
	char list[64] = "";

	for (size_t i = 0; i < WIFI_CHANNELS_MAX && in->wifi[i]; i++) {
		size_t n = strlen(list);

		(void)snprintf(list + n, sizeof list - n, "%s%u", n ? ", " : "", in->wifi[i]);
		if (overlap(in->info->channel, in->wifi[i]))
			hit = in->wifi[i];
	}
	if (!list[0])
		return;
	if (hit)
		check_say(run, "channel_overlap", &(struct check_says){ .verdict = VERDICT_WARN },
			"Zigbee channel %u lies under Wi-Fi channel %u (from the configuration)",
			in->info->channel, hit);
	else
		check_say(run, "channel_overlap", &(struct check_says){ .verdict = VERDICT_OK },
			"Zigbee channel %u is clear of Wi-Fi channels %s (from the configuration)",
			in->info->channel, list);
}

void check_radio(struct check_run *run)
{
	const struct check_input *in = run->in;

	if (in->info && in->info->has_network && in->wifi)
		check_channel(run);
	if (in->port && in->port->known)
		check_say(run, "usb3",
			&(struct check_says){
				.verdict = in->port->usb3 ? VERDICT_WARN : VERDICT_OK },
			"%s", in->port->what);
}

void check_route(struct check_run *run)
{
	const struct check_input *in = run->in;
	const struct lock *lock = in->lock;
	bool known = lock->facts.known & FACT_NETWORK;
	struct check_says says = { .at = lock->network_at };

	if (known && lock->facts.lqi) {
		says.verdict = lock->facts.lqi < run->policy.min_lqi ? VERDICT_WARN : VERDICT_OK;
		check_say(run, "link", &says, "LQI %u on the last hop, at least %u wanted",
			lock->facts.lqi, run->policy.min_lqi);
	}
	says.verdict = VERDICT_OK;
	if (known && lock->facts.parent == COORDINATOR)
		check_say(run, "route", &says, "direct child of the coordinator");
	else if (known && lock->facts.parent != NO_PARENT)
		check_say(run, "route", &says,
			"through the router 0x%04x; the hops behind it are not known",
			lock->facts.parent);
	if (!in->parent_busy)
		return;
	check_say(run, "parent_busy", &(struct check_says){ .verdict = VERDICT_WARN },
		"%s downloads through the same parent; one at a time", in->parent_busy);
}
