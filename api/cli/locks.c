#include "api/cli/cli.h"
#include "api/cli/client.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct option json_option[] = { { "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 } };

/* false: an option that does not exist, getopt said so */
static bool take_json_option(int argc, char **argv, bool *as_json)
{
	int o;

	while ((o = getopt_long(argc, argv, "j", json_option, NULL)) != -1) {
		if (o != 'j')
			return false;
		*as_json = true;
	}
	return true;
}

static void battery(char out[24], const json_t *lock)
{
	double percent = cli_number(lock, "battery_percent", -1);
	double volt = cli_number(lock, "battery_voltage", -1);

	if (percent >= 0)
		(void)snprintf(out, 24, "%.0f %%", percent);
	else if (volt >= 0)
		(void)snprintf(out, 24, "%.1f V", volt);
	else
		(void)snprintf(out, 24, "?");
}

static void print_lock(const json_t *lock)
{
	char power[24];

	battery(power, lock);
	(void)printf("%-20s %-12s %-12s %-8s %-14s %s\n", cli_text(lock, "id"),
		cli_text_or(lock, "installed_version", "unknown"),
		cli_text_or(lock, "latest_version", "-"), power, cli_text(lock, "phase"),
		cli_text_or(lock, "error_message", cli_text_or(lock, "model", "")));
}

int cli_locks(int argc, char **argv)
{
	AUTO(cli_disconnect) struct rest_client *client = NULL;
	bool as_json = false;
	json_t *answer, *item;
	size_t i;

	if (!take_json_option(argc, argv, &as_json) || optind < argc)
		return cli_usage("usage: lockwright locks [--json]\n");
	client = cli_connect();
	answer = client ? cli_get(client, "/api/v1/locks") : NULL;
	if (!answer)
		return 1;
	if (as_json) {
		(void)cli_print_json(answer); /* always 0 */
		json_decref(answer);
		return 0;
	}
	(void)printf("%-20s %-12s %-12s %-8s %-14s %s\n", "LOCK", "INSTALLED", "LATEST", "BATTERY",
		"PHASE", "");
	json_array_foreach(json_object_get(answer, "locks"), i, item) print_lock(item);
	if (!json_array_size(json_object_get(answer, "locks")))
		(void)puts("No locks yet. Name one in the config file, or scan for them:\n"
			   "  POST /api/v1/adapters/ID/scan, or the page.");
	json_decref(answer);
	return 0;
}

static void print_finding(const json_t *finding)
{
	const char *verdict = cli_text(finding, "verdict");

	(void)printf("%-5s  %-20s %s\n", verdict, cli_text(finding, "code"),
		cli_text(finding, "evidence"));
	if (strcmp(verdict, "ok") != 0 && *cli_text(finding, "remedy"))
		(void)printf("       %s\n", cli_text(finding, "remedy"));
}

int cli_check(int argc, char **argv)
{
	AUTO(cli_disconnect) struct rest_client *client = NULL;
	bool as_json = false, blocked;
	char id[256], path[320];
	json_t *answer, *item;
	size_t i;

	if (!take_json_option(argc, argv, &as_json) || optind + 1 != argc)
		return cli_usage("usage: lockwright check LOCK [--json]\n");
	client = cli_connect();
	if (!client)
		return 1;
	cli_escape(id, sizeof id, argv[optind]);
	(void)snprintf(path, sizeof path, "/api/v1/locks/%s/check", id);
	answer = cli_send(client, "POST", path, NULL);
	if (!answer)
		return 1;
	blocked = !strcmp(cli_text(answer, "verdict"), "block");
	if (as_json)
		(void)cli_print_json(answer); /* always 0 */
	else
		json_array_foreach(json_object_get(answer, "findings"), i, item)
			print_finding(item);
	json_decref(answer);
	return blocked ? 1 : 0;
}
