#include "api/auth.h"

#include "server/base/text.h"

#include <string.h>

static const char *const names[] = { "none", "read", "control", "admin" };

const char *scope_name(int scope)
{
	return names[scope >= SCOPE_NONE && scope <= SCOPE_ADMIN ? scope : SCOPE_NONE];
}

bool scope_parse(int *out, const char *name)
{
	for (int i = SCOPE_READ; i <= SCOPE_ADMIN; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

struct token *auth_by_name(struct auth *auth, const char *name)
{
	for (size_t i = 0; i < auth->n; i++)
		if (strcmp(auth->tokens[i].name, name) == 0)
			return &auth->tokens[i];
	return NULL;
}

bool auth_add(struct auth *auth, const struct token *token)
{
	if (auth->n == TOKENS_MAX)
		return false;
	auth->tokens[auth->n++] = *token;
	return true;
}

void auth_drop(struct auth *auth, const char *name)
{
	struct token *token = auth_by_name(auth, name);

	if (token)
		*token = auth->tokens[--auth->n];
}

bool auth_is_name(const char *name)
{
	size_t n =
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return n && n < sizeof((struct token *)0)->name && !name[n];
}

static struct auth_peer *peer_of(struct auth *auth, const char *peer)
{
	struct auth_peer *oldest = auth->peers;

	for (size_t i = 0; i < AUTH_PEERS_MAX; i++) {
		if (strcmp(auth->peers[i].peer, peer) == 0)
			return &auth->peers[i];
		if (auth->peers[i].since < oldest->since)
			oldest = &auth->peers[i];
	}
	*oldest = (struct auth_peer){ 0 };
	(void)text_copy(oldest->peer, sizeof oldest->peer, peer);
	return oldest;
}

bool auth_failed(struct auth *auth, const char *peer, msec now)
{
	struct auth_peer *p = peer_of(auth, peer);

	if (!p->since || now - p->since >= AUTH_WINDOW_MS) {
		p->since = now;
		p->failures = 0;
	}
	if (p->failures <= AUTH_FAILURES_MAX)
		p->failures++;
	return p->failures > AUTH_FAILURES_MAX;
}
