#include "api/cli/cli.h"
#include "api/cli/client.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
	"usage: lockwright backup begin|end\n"
	"       lockwright backup run COMMAND…   begin, run what copies the data folder, end\n";

static const char path[] = "/api/v1/backup";

static bool begin(struct rest_client *client)
{
	json_t *answer = cli_send(client, "POST", path, NULL);
	bool done = answer;

	json_decref(answer);
	return done;
}

static bool end(struct rest_client *client)
{
	json_t *answer = cli_send(client, "DELETE", path, NULL);
	bool done = answer;

	json_decref(answer);
	return done;
}

/* The exit status of the command; 127: it does not start. */
static int run(char **argv)
{
	int status = 0, r;
	pid_t child;

	r = posix_spawnp(&child, argv[0], NULL, NULL, argv, environ);
	if (r) {
		(void)fprintf(stderr, "lockwright: %s: %s\n", argv[0], strerror(r));
		return 127;
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int cli_backup(int argc, char **argv)
{
	AUTO(cli_disconnect) struct rest_client *client = NULL;
	const char *verb = argc > 1 ? argv[1] : "";
	bool runs = !strcmp(verb, "run"), begins = !strcmp(verb, "begin"),
	     ends = !strcmp(verb, "end");
	int status = 0;

	if (runs ? argc < 3 : argc != 2 || (!begins && !ends))
		return cli_usage(usage);
	client = cli_connect();
	if (!client)
		return 1;
	if (!ends && !begin(client))
		return 1;
	if (runs)
		status = run(argv + 2);
	if (!begins && !end(client))
		return 1;
	return status;
}
