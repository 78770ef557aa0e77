/* sign_schemes.h: the schemes behind signer.h, one function each. */
#pragma once

#include "adapters/cloud/signer.h"

enum { SIGN_TIME_SIZE = 24 };

/* A secret that must be there. */
MUST_USE enum err_code sign_secret(
	const char **out, const struct signing *with, const char *name, struct err *e);
void sign_time(char out[SIGN_TIME_SIZE], int64_t value);
/* Adds the header, or says that it does not fit. */
MUST_USE enum err_code sign_header(
	struct cloud_request *request, const char *name, const char *value, struct err *e);

enum err_code sign_tuya(struct cloud_request *request, const struct signing *with, struct err *e);
enum err_code sign_aqara(struct cloud_request *request, const struct signing *with, struct err *e);
enum err_code sign_switchbot(
	struct cloud_request *request, const struct signing *with, struct err *e);
enum err_code sign_ttlock(struct cloud_request *request, const struct signing *with, struct err *e);
enum err_code sign_canonical(
	struct cloud_request *request, const struct signing *with, struct err *e);
enum err_code sign_canonical_check(const json_t *options, struct err *e);
enum err_code sign_bearer(struct cloud_request *request, const struct signing *with, struct err *e);
enum err_code sign_bearer_check(const json_t *options, struct err *e);
