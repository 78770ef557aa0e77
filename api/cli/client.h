/* client.h: what the commands share: the way to the service, JSON in and out, and its errors said
 * to a person. The service is found by LOCKWRIGHT_URL (with LOCKWRIGHT_TOKEN), else by the control
 * socket in LOCKWRIGHT_DATA_DIR (default /var/lib/lockwright). */
#pragma once

#include "server/base/check.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rest_client;

/* NULL: said why on stderr. */
struct rest_client *cli_connect(void);
void cli_disconnect(struct rest_client *client);
DEFINE_AUTO(struct rest_client *, cli_disconnect)

/* The answer's body, owned by the caller, NULL when the service refused: its detail and advice were
 * printed. body is borrowed; NULL sends none. */
json_t *cli_get(struct rest_client *client, const char *path);
json_t *cli_send(struct rest_client *client, const char *method, const char *path, json_t *body);
json_t *cli_upload(struct rest_client *client, const char *path, const char *file);
/* "front door/1" -> "front%20door%2F1"; cut to fit. */
void cli_escape(char *out, size_t max, const char *text);

/* Members of an answer; "" or the default where they are null or absent. */
const char *cli_text(const json_t *object, const char *key);
const char *cli_text_or(const json_t *object, const char *key, const char *instead);
double cli_number(const json_t *object, const char *key, double instead);
bool cli_true(const json_t *object, const char *key);
int cli_print_json(const json_t *value); /* pretty, to stdout; returns 0 */
int cli_usage(const char *text);         /* to stderr; returns 2 */
