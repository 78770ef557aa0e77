#include "api/cli/cli.h"

#include "server/base/check.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "locks", cli_locks, "locks [--json]                    the locks and their versions" },
	{ "check", cli_check, "check LOCK [--json]               is this lock fit for an update?" },
	{ "update", cli_update,
		"update LOCK [--image ID|FILE] [--watch]   start an update; or --all" },
	{ "pause", cli_pause, "pause                             start and install nothing" },
	{ "resume", cli_pause, "resume                            go on" },
	{ "jobs", cli_jobs,
		"jobs [--lock LOCK] [--json]       updates; also: jobs cancel|retry|verify ID" },
	{ "watch", cli_watch, "watch [--since SEQ] [--json]      what happens, line by line" },
	{ "token", cli_token,
		"token create NAME [--scope S]     also: token list, token revoke NAME" },
	{ "backup", cli_backup,
		"backup run COMMAND…               run what copies the data folder; also: backup "
		"begin|end" },
	{ "doctor", cli_doctor, "doctor [--alive]                  what is wrong, and what to do" },
	{ "image", cli_image, "image inspect FILE [--json]       what is in a firmware file" },
};

static int help(FILE *to)
{
	(void)fputs("lockwright: smart-lock firmware updates that finish, and prove it\n\n"
		    "  lockwright serve --config FILE       the service\n"
		    "  lockwright cloud locks|login|profiles accounts at lock vendors' clouds\n",
		to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		(void)fprintf(to, "  lockwright %s\n", commands[i].usage);
	(void)fputs("\nThe commands find the service by its control socket in LOCKWRIGHT_DATA_DIR\n"
		    "(default /var/lib/lockwright), or by LOCKWRIGHT_URL and LOCKWRIGHT_TOKEN.\n",
		to);
	return to == stdout ? 0 : 2;
}

int cli_main(int argc, char **argv)
{
	if (argc < 2)
		return help(stderr);
	if (!strcmp(argv[1], "--version")) {
		(void)puts("lockwright " LOCKWRIGHT_VERSION);
		return 0;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return help(stdout);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	(void)fprintf(stderr, "lockwright: there is no command \"%s\"\n\n", argv[1]);
	return help(stderr);
}
