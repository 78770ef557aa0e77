#include "tests/sim/sim_args.h"

#include "server/base/check.h"
#include "server/base/text.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char HELP[] =
	"lockwright-sim: a simulated Zigbee stick with a network and locks behind it\n"
	"\n"
	"  --pty                      on a new PTY (default)\n"
	"  --link PATH                symlink to the PTY while it is plugged in\n"
	"  --tcp PORT                 on 127.0.0.1 instead; 0 = any free port\n"
	"  --stick znp|ezsp           Texas Instruments (default) or Silicon Labs\n"
	"  --form formed|blank|router|wipe (znp only)\n"
	"  --running                  network up; znp: endpoints 1, 13 and 242 there\n"
	"  --version 4…19             ezsp: protocol (13)\n"
	"  --stack 1.2|3.0.x|3.x.0    znp: firmware (3.x.0)\n"
	"  --no-revision              znp: version answer of stock TI firmware\n"
	"  --no-direct-cb             znp: ZDO results only as MSG_CB\n"
	"  --bootloader               znp: deaf until the byte 0xEF\n"
	"  --channel N --pan N --ext-pan N --coordinator IEEE\n"
	"  --lock KEY=VALUE,…         a lock; may be repeated. Keys: ieee, address, parent (an "
	"IEEE or\n"
	"                             \"router\"), client (silabs|ti|telink), mfr, type, version, "
	"hw,\n"
	"                             model, manufacturer, block, storage, sleepy, poll, "
	"short_poll,\n"
	"                             query_s, reboot_ms, awake_ms, asleep_ms, install (installs|\n"
	"                             keeps_old|never_returns|rejects|other), pages, elsewhere,\n"
	"                             battery, voltage, drain, check_in_s\n"
	"  --router --mains           a router at 0x7B01; a mains-powered bystander at 0x1C22\n"
	"  --radio-timing             airtime, polling, indirect queues\n"
	"  --loss P --seed N\n"
	"  --control SOCKET           commands on a Unix socket; else on stdin, whose end ends "
	"all\n";

bool sim_args_number(uint64_t *out, const char *text, uint64_t max)
{
	char digits[40] = "0x";
	size_t n = 2;

	if (!strchr(text, ':'))
		return text_uint(out, text, max);
	for (; *text && n < sizeof digits - 1; text++)
		if (*text != ':')
			digits[n++] = *text;
	return text_uint(out, digits, max);
}

static bool choose(unsigned *out, const char *text, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], text)) {
			*out = (unsigned)i;
			return true;
		}
	fprintf(stderr, "lockwright-sim: %s is not one of", text);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %s", names[i]);
	fprintf(stderr, "\n");
	return false;
}

/* --- locks --- */

static bool lock_choice(struct sim_lock_options *o, const char *key, const char *value)
{
	static const char *const clients[] = { "silabs", "ti", "telink" };
	static const char *const installs[] = { "installs", "keeps_old", "never_returns", "rejects",
		"other" };
	unsigned choice = 0;

	if (!strcmp(key, "client")) {
		if (!choose(&choice, value, clients, ARRAY_SIZE(clients)))
			return false;
		o->client = (enum sim_client)choice;
		return true;
	}
	if (!choose(&choice, value, installs, ARRAY_SIZE(installs)))
		return false;
	o->install = (enum sim_install)choice;
	return true;
}

static bool lock_text(struct sim_lock_options *o, const char *key, const char *value)
{
	if (!strcmp(key, "model"))
		o->model = value;
	else if (!strcmp(key, "manufacturer"))
		o->manufacturer = value;
	else if (!strcmp(key, "drain"))
		o->battery_drain = strtod(value, NULL);
	else if (!strcmp(key, "parent") && !strcmp(value, "router"))
		o->parent = 0x1112131415161718;
	else
		return false;
	return true;
}

struct number_key {
	const char *key;
	size_t offset, size;
	uint64_t factor;
};

#define KEY(name, field, factor)                                                                   \
	{                                                                                          \
		name, offsetof(struct sim_lock_options, field),                                    \
			sizeof(((struct sim_lock_options *)0)->field), factor                      \
	}

static const struct number_key NUMBERS[] = {
	KEY("ieee", ieee, 1),
	KEY("address", address, 1),
	KEY("parent", parent, 1),
	KEY("mfr", manufacturer_code, 1),
	KEY("type", image_type, 1),
	KEY("version", version, 1),
	KEY("hw", hardware_version, 1),
	KEY("block", block_size, 1),
	KEY("storage", storage, 1),
	KEY("sleepy", sleepy, 1),
	KEY("poll", long_poll_ms, 1),
	KEY("short_poll", short_poll_ms, 1),
	KEY("query_s", query_interval_ms, 1000),
	KEY("check_in_s", check_in_ms, 1000),
	KEY("reboot_ms", reboot_ms, 1),
	KEY("awake_ms", awake_ms, 1),
	KEY("asleep_ms", asleep_ms, 1),
	KEY("pages", page_requests, 1),
	KEY("elsewhere", rejoins_elsewhere, 1),
	KEY("battery", battery_half_percent, 1),
	KEY("voltage", battery_decivolt, 1),
};

static bool lock_number(struct sim_lock_options *o, const char *key, const char *value)
{
	uint64_t v;

	for (size_t i = 0; i < ARRAY_SIZE(NUMBERS); i++) {
		const struct number_key *k = &NUMBERS[i];
		uint64_t max = k->size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * k->size) - 1;

		if (strcmp(k->key, key))
			continue;
		if (!sim_args_number(&v, value, max / k->factor))
			return false;
		v *= k->factor;
		memcpy((char *)o + k->offset, &v, k->size); /* little-endian hosts only: tests */
		return true;
	}
	return false;
}

/* A sleepy Danalock-like lock; each further one has the next addresses. */
static struct sim_lock_options usual_lock(size_t index)
{
	return (struct sim_lock_options){ .ieee = 0x0102030405060708 + index,
		.address = (uint16_t)(0x3A5C + index),
		.client = SIM_SILABS,
		.manufacturer_code = 0x115C,
		.image_type = 0x0004,
		.version = 0x11040000,
		.hardware_version = 0xFFFF,
		.model = "V3-BTZBE",
		.manufacturer = "Danalock",
		.sleepy = true };
}

static bool lock_option(struct sim_lock_options *o, char *option)
{
	char *value = strchr(option, '=');

	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(option, "client") || !strcmp(option, "install"))
		return lock_choice(o, option, value);
	return lock_text(o, option, value) || lock_number(o, option, value);
}

static bool read_lock(struct sim_args *args, char *text)
{
	struct sim_lock_options o = usual_lock(args->lock_count);
	char *rest = text, *option;

	if (args->lock_count == SIM_LOCKS_MAX)
		return false;
	while ((option = strsep(&rest, ",")))
		if (*option && !lock_option(&o, option)) {
			fprintf(stderr, "lockwright-sim: --lock does not know %s\n", option);
			return false;
		}
	args->locks[args->lock_count++] = o;
	return true;
}

/* --- the rest --- */

enum {
	STACK = 256,
	STICK,
	FORM,
	CHANNEL,
	PAN,
	EXT_PAN,
	COORDINATOR,
	LOCK,
	LOSS,
	SEED,
	TCP,
	VERSION
};

static bool number_option(struct sim_args *a, int option, const char *text)
{
	static const uint64_t max[] = { [CHANNEL] = 26,
		[PAN] = 0xFFFF,
		[EXT_PAN] = UINT64_MAX,
		[COORDINATOR] = UINT64_MAX,
		[SEED] = UINT32_MAX,
		[TCP] = 65535,
		[VERSION] = 19 };
	uint64_t v;

	if (!sim_args_number(&v, text, max[option]))
		return false;
	if (option == CHANNEL)
		a->network.channel = (uint8_t)v;
	else if (option == PAN)
		a->network.pan_id = (uint16_t)v;
	else if (option == EXT_PAN)
		a->network.ext_pan_id = v;
	else if (option == COORDINATOR)
		a->network.coordinator = v;
	else if (option == SEED)
		a->network.seed = (uint32_t)v;
	else if (option == VERSION && v < 4)
		return false;
	else if (option == VERSION)
		a->ezsp.version = (uint8_t)v;
	else
		a->tcp = (int)v;
	return true;
}

static bool stick_option(struct sim_args *a, int option, const char *text)
{
	static const char *const sticks[] = { "znp", "ezsp" };
	static const char *const stacks[] = { "1.2", "3.0.x", "3.x.0" };
	static const char *const forms[] = { "formed", "blank", "router", "wipe" };
	unsigned choice = 0;
	bool known = option == STACK   ? choose(&choice, text, stacks, ARRAY_SIZE(stacks))
		     : option == STICK ? choose(&choice, text, sticks, ARRAY_SIZE(sticks))
				       : choose(&choice, text, forms, ARRAY_SIZE(forms));

	if (!known)
		return false;
	if (option == STACK)
		a->znp.stack = (enum sim_znp_stack)choice;
	else if (option == STICK)
		a->is_ezsp = choice;
	else
		a->znp.form = a->ezsp.form = (enum sim_form)choice;
	return true;
}

static bool *flag_of(struct sim_args *a, int option)
{
	switch (option) {
	case 'r':
		return &a->znp.running;
	case 'n':
		return &a->znp.no_revision;
	case 'd':
		return &a->znp.no_direct_cb;
	case 'b':
		return &a->znp.bootloader;
	case 'R':
		return &a->router;
	case 'M':
		return &a->mains;
	case 't':
		return &a->network.radio_timing;
	default:
		return NULL;
	}
}

static bool one_option(struct sim_args *a, int option, char *text)
{
	bool *flag = flag_of(a, option);

	if (flag)
		*flag = true;
	else if (option == 'p')
		a->tcp = -1;
	else if (option == 'l')
		a->link = text;
	else if (option == 'c')
		a->control = text;
	else if (option == LOSS)
		a->network.loss = strtod(text, NULL);
	else if (option == LOCK)
		return read_lock(a, text);
	else if (option == STACK || option == FORM || option == STICK)
		return stick_option(a, option, text);
	else
		return option >= CHANNEL && number_option(a, option, text);
	return true;
}

bool sim_args_read(struct sim_args *out, int argc, char **argv)
{
	static const struct option options[] = { { "pty", 0, NULL, 'p' }, { "link", 1, NULL, 'l' },
		{ "control", 1, NULL, 'c' }, { "running", 0, NULL, 'r' },
		{ "no-revision", 0, NULL, 'n' }, { "bootloader", 0, NULL, 'b' },
		{ "no-direct-cb", 0, NULL, 'd' }, { "router", 0, NULL, 'R' },
		{ "mains", 0, NULL, 'M' }, { "radio-timing", 0, NULL, 't' },
		{ "loss", 1, NULL, LOSS }, { "lock", 1, NULL, LOCK }, { "stack", 1, NULL, STACK },
		{ "stick", 1, NULL, STICK }, { "version", 1, NULL, VERSION },
		{ "form", 1, NULL, FORM }, { "channel", 1, NULL, CHANNEL }, { "pan", 1, NULL, PAN },
		{ "ext-pan", 1, NULL, EXT_PAN }, { "coordinator", 1, NULL, COORDINATOR },
		{ "seed", 1, NULL, SEED }, { "tcp", 1, NULL, TCP }, { "help", 0, NULL, 'h' },
		{ 0 } };
	int option;

	*out = (struct sim_args){ .tcp = -1, .znp.stack = SIM_ZSTACK_3X0 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(HELP, stdout);
			return false;
		}
		if (!one_option(out, option, optarg)) {
			fprintf(stderr, "lockwright-sim: %s: try --help\n", argv[optind - 1]);
			return false;
		}
	}
	out->ezsp.running = out->znp.running;
	if (optind == argc)
		return true;
	fprintf(stderr, "lockwright-sim: %s: try --help\n", argv[optind]);
	return false;
}
