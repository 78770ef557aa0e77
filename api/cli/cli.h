/* cli.h: the subcommands that talk to a running service or look at a file. Each returns the
 * process's exit status: 0 done, 1 failed (said why on stderr), 2 wrong usage. argv[0] is the
 * command's name. */
#pragma once

int cli_main(int argc, char **argv); /* argv[1] is the command */

int cli_image(int argc, char **argv);  /* image inspect FILE [--json] */
int cli_locks(int argc, char **argv);  /* locks [--json] */
int cli_check(int argc, char **argv);  /* check LOCK [--json] */
int cli_update(int argc, char **argv); /* update LOCK [--image ID|FILE] [--watch] … */
int cli_jobs(
	int argc, char **argv); /* jobs [--lock LOCK] [--json] | jobs cancel ID | jobs retry ID */
int cli_watch(int argc, char **argv);  /* watch [--since SEQ] [--json] */
int cli_token(int argc, char **argv);  /* token create NAME [--scope S] | list | revoke NAME */
int cli_pause(int argc, char **argv);  /* pause | resume */
int cli_backup(int argc, char **argv); /* backup begin|end|run COMMAND… */
int cli_doctor(int argc, char **argv); /* doctor */
