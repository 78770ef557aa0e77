#include "api/cli/cli.h"
#include "api/cli/client.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: lockwright token create NAME [--scope read|control|admin]\n"
			    "       lockwright token list\n"
			    "       lockwright token revoke NAME\n";

static const struct option options[] = { { "scope", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 } };

/* The token alone on stdout, so that a script can take it; the rest on stderr. */
static int create(struct rest_client *client, const char *name, const char *scope)
{
	json_t *body = json_pack("{s:s, s:s}", "name", name, "scope", scope);
	json_t *answer = cli_send(client, "POST", "/api/v1/tokens", body);

	json_decref(body);
	if (!answer)
		return 1;
	(void)fprintf(
		stderr, "Token \"%s\" (%s). It is shown only now; keep it safe:\n", name, scope);
	(void)puts(cli_text(answer, "token"));
	json_decref(answer);
	return 0;
}

static int list(struct rest_client *client)
{
	json_t *answer = cli_get(client, "/api/v1/tokens"), *item;
	size_t i;

	if (!answer)
		return 1;
	json_array_foreach(json_object_get(answer, "tokens"), i, item)(void)
		printf("%-24s %-8s created %.19s  last used %.19s\n", cli_text(item, "name"),
			cli_text(item, "scope"), cli_text(item, "created_at"),
			cli_text_or(item, "used_at", "never"));
	json_decref(answer);
	return 0;
}

static int revoke(struct rest_client *client, const char *name)
{
	char escaped[256], path[300];
	json_t *answer;

	cli_escape(escaped, sizeof escaped, name);
	(void)snprintf(path, sizeof path, "/api/v1/tokens/%s", escaped);
	answer = cli_send(client, "DELETE", path, NULL);
	if (!answer)
		return 1;
	json_decref(answer);
	(void)printf("Token \"%s\" is no longer valid.\n", name);
	return 0;
}

int cli_token(int argc, char **argv)
{
	AUTO(cli_disconnect) struct rest_client *client = NULL;
	const char *scope = "control", *verb, *name;
	int o, words;

	while ((o = getopt_long(argc, argv, "s:", options, NULL)) != -1) {
		if (o != 's')
			return cli_usage(usage);
		scope = optarg;
	}
	words = argc - optind;
	verb = words > 0 ? argv[optind] : "";
	name = words > 1 ? argv[optind + 1] : "";
	if (words != (strcmp(verb, "list") ? 2 : 1))
		return cli_usage(usage);
	client = cli_connect();
	if (!client)
		return 1;
	if (!strcmp(verb, "create"))
		return create(client, name, scope);
	if (!strcmp(verb, "list"))
		return list(client);
	return !strcmp(verb, "revoke") ? revoke(client, name) : cli_usage(usage);
}
