/* lying_names.c: LD_PRELOAD: a name server that says what a test wants. The file named by
 * LYING_NAMES has lines "name address" and is read anew at each question; other names are asked for
 * as usual. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int lookup(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out);

static bool is_told(char address[64], const char *name)
{
	const char *path = getenv("LYING_NAMES");
	FILE *file = path ? fopen(path, "re") : NULL;
	char known[128], line[256];
	bool found = false;

	while (file && !found && fgets(line, sizeof line, file))
		found = sscanf(line, "%127s %63s", known, address) == 2 && !strcmp(known, name);
	if (file)
		fclose(file);
	return found;
}

int getaddrinfo(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	lookup *next = (lookup *)dlsym(RTLD_NEXT, "getaddrinfo");
	char address[64];

	return next(name && is_told(address, name) ? address : name, service, hints, out);
}
