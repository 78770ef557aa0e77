#include "api/cli/cli.h"
#include "api/cli/client.h"
#include "api/cli/progress.h"
#include "server/base/text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: lockwright jobs [--lock LOCK] [--active] [--json]\n"
	"       lockwright jobs cancel|retry|follow|verify|diagnostics ID\n"
	"       lockwright jobs started ID        the update in the vendor's app\n"
	"       lockwright jobs confirm ID VERSION\n";

struct filter {
	const char *lock;
	bool active, as_json;
};

static const struct option options[] = { { "lock", required_argument, NULL, 'l' },
	{ "active", no_argument, NULL, 'a' }, { "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 } };

static bool take_options(int argc, char **argv, struct filter *f)
{
	int o;

	while ((o = getopt_long(argc, argv, "l:aj", options, NULL)) != -1) {
		if (o == 'l')
			f->lock = optarg;
		else if (o == 'a')
			f->active = true;
		else if (o == 'j')
			f->as_json = true;
		else
			return false;
	}
	return true;
}

static void print_job(const json_t *job)
{
	double percent = cli_number(job, "update_percentage", -1);
	char done[16] = "";

	if (percent >= 0)
		(void)snprintf(done, sizeof done, "%.1f %%", percent);
	(void)printf("%-5.0f %-20s %-10s → %-10s %-13s %-8s %s\n", cli_number(job, "id", 0),
		cli_text(job, "lock"), cli_text_or(job, "from_version", "?"),
		cli_text_or(job, "to_version", "?"), cli_text(job, "phase"),
		*done ? done : cli_text(job, "waiting_for"), cli_text(job, "summary"));
}

static int list(struct rest_client *client, const struct filter *f)
{
	char path[512] = "/api/v1/jobs?limit=50", lock[256];
	json_t *answer, *item;
	size_t i;

	if (f->lock) {
		cli_escape(lock, sizeof lock, f->lock);
		(void)snprintf(path, sizeof path, "/api/v1/jobs?limit=50&lock=%s%s", lock,
			f->active ? "&phase=active" : "");
	} else if (f->active) {
		(void)snprintf(path, sizeof path, "/api/v1/jobs?limit=50&phase=active");
	}
	answer = cli_get(client, path);
	if (!answer)
		return 1;
	if (f->as_json)
		(void)cli_print_json(answer); /* always 0 */
	else
		json_array_foreach(json_object_get(answer, "jobs"), i, item) print_job(item);
	if (!f->as_json && !json_array_size(json_object_get(answer, "jobs")))
		(void)puts("No jobs yet. Start one: lockwright update LOCK --image FILE --watch");
	json_decref(answer);
	return 0;
}

static int print_diagnostics(struct rest_client *client, uint64_t id)
{
	char path[96];
	json_t *bundle;

	(void)snprintf(path, sizeof path, "/api/v1/jobs/%llu/diagnostics", (unsigned long long)id);
	bundle = cli_get(client, path);
	if (!bundle)
		return 1;
	(void)cli_print_json(bundle); /* always 0 */
	json_decref(bundle);
	return 0;
}

/* "I started it": word about the lock of the job. */
static int say_started(struct rest_client *client, uint64_t id)
{
	char path[320], lock[256];
	json_t *job, *answer;

	(void)snprintf(path, sizeof path, "/api/v1/jobs/%llu", (unsigned long long)id);
	job = cli_get(client, path);
	if (!job)
		return 1;
	cli_escape(lock, sizeof lock, cli_text(job, "lock"));
	(void)snprintf(path, sizeof path, "/api/v1/locks/%s/wake", lock);
	answer = cli_send(client, "POST", path, NULL);
	json_decref(job);
	if (answer)
		(void)printf("%s: %s\n", cli_text(answer, "id"), cli_text(answer, "phase"));
	json_decref(answer);
	return answer ? 0 : 1;
}

static int act(struct rest_client *client, const char *verb, const char *id, const char *version)
{
	json_t *body = version ? json_pack("{s:s}", "version", version) : NULL;
	uint64_t number;
	char path[96];
	json_t *job;

	if (!text_uint(&number, id, INT64_MAX))
		return cli_usage(usage);
	if (!strcmp(verb, "follow"))
		return cli_follow_job(client, (long long)number);
	if (!strcmp(verb, "started"))
		return say_started(client, number);
	if (!strcmp(verb, "diagnostics"))
		return print_diagnostics(client, number);
	(void)snprintf(path, sizeof path, "/api/v1/jobs/%llu/%s", (unsigned long long)number, verb);
	job = cli_send(client, "POST", path, body);
	json_decref(body);
	if (!job)
		return 1;
	print_job(job);
	json_decref(job);
	return 0;
}

static bool is_verb(const char *word)
{
	static const char *const verbs[] = { "cancel", "retry", "follow", "verify", "diagnostics",
		"started" };

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(word, verbs[i]))
			return true;
	return false;
}

int cli_jobs(int argc, char **argv)
{
	AUTO(cli_disconnect) struct rest_client *client = NULL;
	struct filter f = { 0 };
	bool confirms = argc == 4 && !strcmp(argv[1], "confirm");
	bool acts = confirms || (argc == 3 && is_verb(argv[1]));

	if (!acts && (!take_options(argc, argv, &f) || optind < argc))
		return cli_usage(usage);
	client = cli_connect();
	if (!client)
		return 1;
	return acts ? act(client, argv[1], argv[2], confirms ? argv[3] : NULL) : list(client, &f);
}
