#include "api/cli/cli.h"
#include "api/cli/client.h"
#include "api/cli/progress.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: lockwright update LOCK [--image ID|FILE] [--version V] [--component C]\n"
	"                              [--watch] [--json] [--force CODE]… [--reinstall]\n"
	"                              [--allow-downgrade]\n"
	"       lockwright update --all [--force CODE]…\n";

struct wish {
	json_t *body;
	const char *image; /* id or file; NULL */
	bool watch, as_json, all;
};

static const struct option options[] = { { "image", required_argument, NULL, 'i' },
	{ "version", required_argument, NULL, 'v' }, { "component", required_argument, NULL, 'c' },
	{ "watch", no_argument, NULL, 'w' }, { "all", no_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' }, { "force", required_argument, NULL, 'f' },
	{ "reinstall", no_argument, NULL, 'r' }, { "allow-downgrade", no_argument, NULL, 'd' },
	{ NULL, 0, NULL, 0 } };

static bool take_option(struct wish *w, int o)
{
	switch (o) {
	case 'i':
		w->image = optarg;
		return true;
	case 'v':
		return !json_object_set_new(w->body, "version", json_string(optarg));
	case 'c':
		return !json_object_set_new(w->body, "component", json_string(optarg));
	case 'a':
		w->all = true;
		return true;
	case 'w':
		w->watch = true;
		return true;
	case 'j':
		w->as_json = true;
		return true;
	case 'f':
		return !json_array_append_new(
			json_object_get(w->body, "force"), json_string(optarg));
	case 'r':
		return !json_object_set_new(w->body, "reinstall", json_true());
	case 'd':
		return !json_object_set_new(w->body, "allow_downgrade", json_true());
	default:
		return false;
	}
}

static bool is_image_id(const char *text)
{
	return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* An id as it is; a file goes into the library first. */
static bool name_image(struct rest_client *client, struct wish *w)
{
	const char *slash = strrchr(w->image, '/');
	char name[400], path[480];
	json_t *image;

	if (is_image_id(w->image) && access(w->image, F_OK))
		return !json_object_set_new(w->body, "image", json_string(w->image));
	cli_escape(name, sizeof name, slash ? slash + 1 : w->image);
	(void)snprintf(path, sizeof path, "/api/v1/firmware?name=%s", name);
	image = cli_upload(client, path, w->image);
	if (!image)
		return false;
	(void)json_object_set(w->body, "image", json_object_get(image, "id")); /* checked below */
	json_decref(image);
	return json_is_string(json_object_get(w->body, "image"));
}

/* Who has to start it in the vendor's app is told how. */
static void print_guide(struct rest_client *client, const char *lock, double id)
{
	char path[256], name[200];
	json_t *view, *guide, *step;
	size_t i;

	cli_escape(name, sizeof name, lock);
	(void)snprintf(path, sizeof path, "/api/v1/locks/%s", name);
	view = cli_get(client, path);
	if (!view)
		return;
	guide = json_object_get(view, "guide");
	(void)printf("Only %s can start this update:\n",
		json_is_object(guide) ? cli_text_or(guide, "app", "the vendor's app")
				      : "the vendor's app");
	json_array_foreach(json_object_get(guide, "steps"), i, step)(void)
		printf("  %zu. %s\n", i + 1, json_string_value(step));
	(void)printf("When it runs: lockwright jobs started %.0f\n"
		     "When the app shows the new version: lockwright jobs confirm %.0f VERSION\n",
		id, id);
	json_decref(view);
}

static void print_start(struct rest_client *client, const json_t *job)
{
	const char *part = cli_text_or(job, "component", "");

	(void)printf("Job %.0f: %s%s%s %s → %s\n", cli_number(job, "id", 0), cli_text(job, "lock"),
		*part ? " component " : "", part, cli_text_or(job, "from_version", "unknown"),
		cli_text_or(job, "to_version", "what the vendor has"));
	if (json_is_true(json_object_get(job, "guided")))
		print_guide(client, cli_text(job, "lock"), cli_number(job, "id", 0));
}

static int start(struct rest_client *client, struct wish *w)
{
	long long id;
	json_t *job;

	if (w->image && !name_image(client, w))
		return 1;
	job = cli_send(client, "POST", "/api/v1/jobs", w->body);
	if (!job)
		return 1;
	id = (long long)cli_number(job, "id", 0);
	if (w->as_json)
		(void)cli_print_json(job); /* always 0 */
	else
		print_start(client, job);
	json_decref(job);
	(void)fflush(stdout);
	return w->watch ? cli_follow_job(client, id) : 0;
}

static int start_all(struct rest_client *client, const struct wish *w)
{
	json_t *answer = cli_send(client, "POST", "/api/v1/update-all", w->body), *item;
	size_t i;

	if (!answer)
		return 1;
	if (w->as_json)
		(void)cli_print_json(answer); /* always 0 */
	else
		json_array_foreach(json_object_get(answer, "jobs"), i, item)(void) printf(
			"Job %.0f: %s %s → %s\n", cli_number(item, "id", 0), cli_text(item, "lock"),
			cli_text_or(item, "from_version", "unknown"),
			cli_text_or(item, "to_version", "what the vendor has"));
	if (!w->as_json)
		json_array_foreach(json_object_get(answer, "not_updated"), i, item)(void)
			printf("%s: %s\n", cli_text(item, "lock"), cli_text(item, "detail"));
	json_decref(answer);
	return 0;
}

static int run(int argc, char **argv, struct wish *w)
{
	AUTO(cli_disconnect) struct rest_client *client = NULL;
	int o;

	while ((o = getopt_long(argc, argv, "i:v:c:wajf:rd", options, NULL)) != -1)
		if (!take_option(w, o))
			return cli_usage(usage);
	if (optind + (w->all ? 0 : 1) != argc)
		return cli_usage(usage);
	if (w->all) {
		client = cli_connect();
		return client ? start_all(client, w) : 1;
	}
	(void)json_object_set_new(
		w->body, "lock", json_string(argv[optind])); /* 400 if it failed */
	client = cli_connect();
	return client ? start(client, w) : 1;
}

int cli_update(int argc, char **argv)
{
	struct wish w = { .body = json_pack("{s:[]}", "force") };
	int status = run(argc, argv, &w);

	json_decref(w.body);
	return status;
}
