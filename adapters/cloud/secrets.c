#include "adapters/cloud/secrets.h"

#include "adapters/cloud/cloud_crypto.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <stdlib.h>
#include <string.h>

void secret_text_free(char *text)
{
	if (text)
		crypto_wipe(text, strlen(text));
	free(text);
}

static struct secret *find(const struct secrets *secrets, const char *name)
{
	for (size_t i = 0; i < secrets->n; i++)
		if (!strcmp(secrets->list[i].name, name))
			return (struct secret *)&secrets->list[i];
	return NULL;
}

const char *secrets_get(const struct secrets *secrets, const char *name)
{
	const struct secret *s = find(secrets, name);

	return s ? s->value : NULL;
}

bool secrets_put(struct secrets *secrets, const char *name, const char *value)
{
	struct secret *s = find(secrets, name);

	if (!*name || strlen(name) >= SECRET_NAME_SIZE || strlen(value) > SECRET_MAX)
		return false;
	if (!s) {
		if (secrets->n == SECRETS_MAX)
			return false;
		s = &secrets->list[secrets->n++];
		(void)text_copy(s->name, sizeof s->name, name);
	}
	secret_text_free(s->value);
	s->value = xstrdup(value);
	return true;
}

void secrets_done(struct secrets *secrets)
{
	for (size_t i = 0; i < secrets->n; i++)
		secret_text_free(secrets->list[i].value);
	*secrets = (struct secrets){ 0 };
}
