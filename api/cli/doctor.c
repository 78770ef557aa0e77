#include "api/cli/cli.h"
#include "api/cli/client.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERIAL_MAX = 32 };

static void say(bool good, const char *what, const char *advice)
{
	(void)printf("%s  %s\n", good ? "ok  " : "FIX ", what);
	if (!good && *advice)
		(void)printf("      %s\n", advice);
}

/* Names only: looking does not touch. */
static void list_sticks(void)
{
	static const char folder[] = "/dev/serial/by-id";
	DIR *dir = opendir(folder);
	int n = 0;

	if (!dir) {
		(void)puts("      No USB serial device is plugged in.");
		return;
	}
	for (struct dirent *d; n < SERIAL_MAX && (d = readdir(dir));)
		if (d->d_name[0] != '.') {
			(void)printf("      %s/%s\n", folder, d->d_name);
			n++;
		}
	(void)closedir(dir); /* only read from */
}

static int adapters(struct rest_client *client)
{
	json_t *answer = cli_get(client, "/api/v1/adapters"), *item;
	int bad = 0;
	size_t i;

	if (!answer)
		return 1;
	json_array_foreach(json_object_get(answer, "adapters"), i, item)
	{
		const json_t *error = json_object_get(item, "error");
		bool up = !strcmp(cli_text(item, "state"), "up");
		char text[512];

		(void)snprintf(text, sizeof text, "adapter %s (%s): %s %s", cli_text(item, "id"),
			cli_text(item, "type"), cli_text(item, "state"), cli_text(error, "detail"));
		say(up, text, cli_text(error, "advice"));
		if (*cli_text(item, "warning"))
			(void)printf("note  adapter %s: %s\n", cli_text(item, "id"),
				cli_text(item, "warning"));
		bad += !up;
	}
	if (!json_array_size(json_object_get(answer, "adapters"))) {
		say(false, "no adapter is configured", "Name your stick in the config file:");
		list_sticks();
		bad++;
	}
	json_decref(answer);
	return bad;
}

static int locks(struct rest_client *client)
{
	json_t *answer = cli_get(client, "/api/v1/locks"), *item;
	int bad = 0;
	size_t i;

	if (!answer)
		return 1;
	json_array_foreach(json_object_get(answer, "locks"), i, item)
	{
		bool good = !cli_true(item, "problem");
		char text[512];

		(void)snprintf(text, sizeof text, "lock %s: version %s, last heard %s %s",
			cli_text(item, "id"), cli_text_or(item, "installed_version", "unknown"),
			cli_text_or(item, "last_heard", "never"), cli_text(item, "error_message"));
		say(good, text, cli_text(item, "advice"));
		bad += !good;
	}
	json_decref(answer);
	return bad;
}

/* No trouble, but who looks for the MQTT devices wants to know. */
static void integrations(struct rest_client *client)
{
	json_t *answer = cli_get(client, "/api/v1/integrations"), *item;
	size_t i;

	json_array_foreach(json_object_get(answer, "integrations"), i, item)(void)
		printf("note  an integration (token %s, last heard %.19s) shows the locks: over "
		       "MQTT they are not shown\n",
			cli_text(item, "token"), cli_text(item, "seen_at"));
	json_decref(answer);
}

static bool answers(struct rest_client *client, const char *path)
{
	json_t *health = client ? cli_get(client, path) : NULL;

	json_decref(health);
	return health != NULL;
}

int cli_doctor(int argc, char **argv)
{
	AUTO(cli_disconnect) struct rest_client *client = NULL;
	bool alive_only = argc == 2 && !strcmp(argv[1], "--alive");
	int bad;

	if (argc > 1 && !alive_only)
		return cli_usage("usage: lockwright doctor [--alive]\n");
	client = cli_connect();
	if (alive_only) /* for watchdogs: a lock or stick in trouble is no reason to restart us */
		return answers(client, "/healthz") ? 0 : 1;
	if (!answers(client, "/readyz"))
		return 1;
	say(true, "the service answers and is ready", "");
	bad = adapters(client) + locks(client);
	integrations(client);
	(void)printf("%s\n", bad ? "Something needs you: see FIX above." : "All is well.");
	return bad ? 1 : 0;
}
