/* http_probe.c: one outgoing request by command line, for http_client_test.py:
 * http_probe [-c CA] [-p PROXY] [-P (public addresses only)] [-n NET (allowed beside them)] [-o
 *(once)] [-m MAX] [-t SECONDS] [-e ETAG] [-x (trigger)]
 *	[-f FILE] [-h HOST]... URL. Prints one line: reason status sent tries size etag body */
#include "server/http_client.h"
#include "server/http_policy.h"
#include "server/loop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct loop *loop;

static void on_done(void *owner, const struct http_result *r)
{
	(void)owner;
	(void)printf("%s\t%u\t%d\t%u\t%zu\t%s\t%.40s\t%s\n", r->err.reason, r->status, (int)r->sent,
		r->tries, r->size, r->etag, r->body.data ? (const char *)r->body.data : "",
		r->err.text);
	loop_stop(loop);
}

int main(int argc, char **argv)
{
	struct http_client_options client = { .any_address = true };
	struct http_call_options call = { .fd = -1, .max_size = 1 << 20, .timeout_s = 5 };
	struct http_net net;
	const char *hosts[8] = { NULL };
	size_t n = 0;

	for (int o; (o = getopt(argc, argv, "c:p:Pn:om:t:e:xf:h:")) != -1;) {
		if (o == 'c')
			client.ca_file = optarg;
		if (o == 'p')
			client.proxy = optarg;
		if (o == 'P')
			client.any_address = false;
		if (o == 'n' && http_net_read(&net, optarg, NULL) == OK) {
			client.nets = &net;
			client.n_nets = 1;
		}
		call.once = call.once || o == 'o';
		if (o == 'm')
			call.max_size = strtoul(optarg, NULL, 10);
		if (o == 't')
			call.timeout_s = (uint32_t)strtoul(optarg, NULL, 10);
		if (o == 'e')
			call.etag = optarg;
		if (o == 'f')
			call.fd = open(optarg, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (o == 'h' && n < 7)
			hosts[n++] = optarg;
		call.trigger = call.trigger || o == 'x';
	}
	if (optind >= argc)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	loop = client.loop = loop_new();
	call.url = argv[optind];
	call.method = call.trigger ? "POST" : NULL;
	call.hosts = hosts;

	struct http_client *c = http_client_new(&client);

	(void)http_client_call(c, &call, on_done, NULL);
	loop_run(loop);
	http_client_free(c);
	loop_free(loop);
	return 0;
}
