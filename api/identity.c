#include "api/identity.h"

#include "ota/store.h"
#include "server/base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* A corner of the store beside those of the adapters; no adapter's id begins with a dot. */
static const char corner[] = ".service";

enum err_code identity_load(char out[IDENTITY_SIZE], struct store *store, struct err *e)
{
	struct adapter_store *values;
	uint8_t raw[(IDENTITY_SIZE - 1) / 2];
	enum err_code code = store_adapter_store(store, corner, &values, e);
	const char *known;

	if (code)
		return code;
	known = values->get(values, "id");
	if (known && strlen(known) == IDENTITY_SIZE - 1) {
		(void)text_copy(out, IDENTITY_SIZE, known);
		return OK;
	}
	if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
		return err_set(e, ERR_INTERNAL, "no random numbers: %s", strerror(errno));
	text_hex(out, (struct span){ raw, sizeof raw });
	values->put(values, "id", out);
	return OK;
}
