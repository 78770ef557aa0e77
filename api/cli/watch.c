#include "api/cli/cli.h"
#include "api/cli/client.h"
#include "server/base/text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char usage[] = "usage: lockwright watch [--since SEQ] [--json]\n";

enum { POLL_MS = 500 };

static const struct option options[] = { { "since", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 } };

static void print_event(const json_t *event, bool as_json)
{
	const char *wait = cli_text(event, "waiting_for");

	if (as_json) {
		(void)json_dumpf(event, stdout, JSON_COMPACT); /* a closed stdout ends the watch */
		(void)putchar('\n');
		return;
	}
	(void)printf("%.19s  %-7s %-18s %s%s%s  %s\n", cli_text(event, "at"),
		cli_text(event, "kind"), cli_text_or(event, "lock", cli_text(event, "adapter")),
		cli_text(event, "phase"), *wait ? ":" : "", wait, cli_text(event, "text"));
}

/* Prints what came after *since and moves it on. */
static bool page(struct rest_client *client, double *since, bool as_json)
{
	json_t *answer, *item;
	char path[80];
	size_t i;

	(void)snprintf(path, sizeof path, "/api/v1/events?since=%.0f", *since);
	answer = cli_get(client, path);
	if (!answer)
		return false;
	json_array_foreach(json_object_get(answer, "events"), i, item)
	{
		print_event(item, as_json);
		*since = cli_number(item, "seq", *since);
	}
	json_decref(answer);
	return fflush(stdout) == 0;
}

static bool newest(struct rest_client *client, double *since)
{
	json_t *answer = cli_get(client, "/api/v1/events?since=-1");

	if (!answer)
		return false;
	*since = cli_number(answer, "last", 0);
	json_decref(answer);
	return true;
}

int cli_watch(int argc, char **argv)
{
	AUTO(cli_disconnect) struct rest_client *client = NULL;
	bool as_json = false, given = false;
	uint64_t from = 0;
	double since;
	int o;

	while ((o = getopt_long(argc, argv, "s:j", options, NULL)) != -1) {
		if (o == 'j')
			as_json = true;
		else if (o == 's' && text_uint(&from, optarg, INT64_MAX))
			given = true;
		else
			return cli_usage(usage);
	}
	if (optind < argc)
		return cli_usage(usage);
	since = (double)from;
	client = cli_connect();
	if (!client || (!given && !newest(client, &since)))
		return 1;
	while (page(client, &since, as_json)) {
		struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };

		(void)nanosleep(&pause, NULL); /* an early return only polls sooner */
	}
	return 1;
}
