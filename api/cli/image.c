#include "api/cli/cli.h"
#include "api/cli/image_view.h"
#include "ota/library.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct wish {
	const char *path;
	bool json;
};

static bool understand(struct wish *out, int argc, char **argv)
{
	*out = (struct wish){ 0 };
	if (argc < 2 || strcmp(argv[1], "inspect") != 0)
		return false;
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			out->json = true;
		else if (argv[i][0] == '-' || out->path)
			return false;
		else
			out->path = argv[i];
	}
	return out->path;
}

static int refuse(const struct wish *wish, const struct err *e)
{
	const char *advice = image_file_advice(e->reason);

	if (wish->json)
		image_print_refusal_json(e);
	(void)fprintf(stderr, "%s: %s [%s]\n", wish->path, e->text, e->reason);
	if (*advice)
		(void)fprintf(stderr, "%s\n", advice);
	return 1;
}

int cli_image(int argc, char **argv)
{
	struct image_file f;
	struct wish wish;
	struct err e = { 0 };

	if (!understand(&wish, argc, argv)) {
		(void)fprintf(stderr, "usage: lockwright image inspect FILE [--json]\n");
		return 2;
	}
	if (library_inspect(&f, wish.path, &e) != OK)
		return refuse(&wish, &e);
	if (wish.json)
		image_print_json(&f);
	else
		image_print(&f);
	return fflush(stdout) ? 1 : 0;
}
