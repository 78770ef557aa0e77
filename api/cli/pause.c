#include "api/cli/cli.h"
#include "api/cli/client.h"

#include <stdio.h>
#include <string.h>

int cli_pause(int argc, char **argv)
{
	AUTO(cli_disconnect) struct rest_client *client = NULL;
	bool pause = !strcmp(argv[0], "pause");
	json_t *body, *answer;

	if (argc != 1)
		return cli_usage("usage: lockwright pause|resume\n");
	client = cli_connect();
	if (!client)
		return 1;
	body = json_pack("{s:b}", "paused", pause);
	answer = cli_send(client, "PATCH", "/api/v1/policy", body);
	json_decref(body);
	if (!answer)
		return 1;
	(void)puts(pause ? "Paused: no transfer starts and no lock is told to install; what is "
			   "loading goes on."
			 : "Updates go on.");
	json_decref(answer);
	return 0;
}
