#include "api/cli/client.h"

#include "server/base/err.h"
#include "server/base/text.h"
#include "server/rest_client.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

struct rest_client *cli_connect(void)
{
	const char *url = getenv("LOCKWRIGHT_URL");
	const char *data = getenv("LOCKWRIGHT_DATA_DIR");
	struct rest_client *client = NULL;
	char socket[PATH_SIZE];
	struct err e = { 0 };

	(void)snprintf(socket, sizeof socket, "%s/control.sock",
		data && *data ? data : "/var/lib/lockwright");
	if (rest_client_new(&client, url && *url ? url : NULL, socket, getenv("LOCKWRIGHT_TOKEN"),
		    &e) != OK)
		(void)fprintf(stderr, "lockwright: %s\n", e.text);
	return client;
}

void cli_disconnect(struct rest_client *client)
{
	rest_client_free(client);
}

static void print_problem(const struct rest_answer *answer, json_t *body)
{
	const char *detail = cli_text(body, "detail");
	const char *advice = cli_text(body, "advice");

	if (*detail)
		(void)fprintf(stderr, "lockwright: %s\n", detail);
	else
		(void)fprintf(stderr, "lockwright: the service answered %u\n", answer->status);
	if (*advice)
		(void)fprintf(stderr, "  %s\n", advice);
}

static json_t *finish(enum err_code r, struct rest_answer *answer, const struct err *e)
{
	json_t *body = NULL;
	bool good;

	if (r != OK) {
		(void)fprintf(stderr, "lockwright: %s\n", e->text);
		return NULL;
	}
	good = answer->status / 100 == 2;
	if (answer->size)
		body = json_loadb(answer->body, answer->size, JSON_DECODE_ANY, NULL);
	else if (good)
		body = json_object();
	if (!good || !body) {
		print_problem(answer, body);
		json_decref(body);
		body = NULL;
	}
	rest_answer_done(answer);
	return body;
}

json_t *cli_get(struct rest_client *client, const char *path)
{
	return cli_send(client, "GET", path, NULL);
}

json_t *cli_send(struct rest_client *client, const char *method, const char *path, json_t *body)
{
	struct rest_answer answer = { 0 };
	struct err e = { 0 };
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct span span = { (const uint8_t *)text, text ? strlen(text) : 0 };
	enum err_code r = rest_exchange(
		client, method, path, text ? "application/json" : NULL, span, &answer, &e);

	free(text);
	return finish(r, &answer, &e);
}

json_t *cli_upload(struct rest_client *client, const char *path, const char *file)
{
	struct rest_answer answer = { 0 };
	struct err e = { 0 };
	enum err_code r = rest_upload(client, path, file, &answer, &e);

	return finish(r, &answer, &e);
}

void cli_escape(char *out, size_t max, const char *text)
{
	size_t n = 0;

	for (; *text && n + 4 < max; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("-._~", c))
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, max - n, "%%%02X", c);
	}
	out[n] = '\0';
}

const char *cli_text_or(const json_t *object, const char *key, const char *instead)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && *text ? text : instead;
}

const char *cli_text(const json_t *object, const char *key)
{
	return cli_text_or(object, key, "");
}

double cli_number(const json_t *object, const char *key, double instead)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : instead;
}

bool cli_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

int cli_print_json(const json_t *value)
{
	(void)json_dumpf(value, stdout, JSON_INDENT(2)); /* a closed stdout is the reader's wish */
	(void)putchar('\n');
	return 0;
}

int cli_usage(const char *text)
{
	(void)fputs(text, stderr);
	return 2;
}
