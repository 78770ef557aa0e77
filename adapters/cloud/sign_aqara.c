#include "adapters/cloud/cloud_crypto.h"
#include "adapters/cloud/sign_schemes.h"
#include "server/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct parts {
	const char *app, *key_id, *key, *token;
	char time[SIGN_TIME_SIZE];
};

static enum err_code read_parts(struct parts *p, const struct cloud_request *request,
	const struct signing *with, struct err *e)
{
	enum err_code r = sign_secret(&p->app, with, "app_id", e);

	if (r == OK)
		r = sign_secret(&p->key_id, with, "key_id", e);
	if (r == OK)
		r = sign_secret(&p->key, with, "app_key", e);
	p->token = request->token ? NULL : with->access_token;
	sign_time(p->time, with->time_ms);
	return r;
}

/* The vendor's page prints a key id with "k." before it and signs without; clients sign it as it
 * is sent. The profile says which is tried first. */
static const char *signed_key_id(const char *key_id, const struct signing *with)
{
	const char *form = json_string_value(json_object_get(with->options, "keyid_in_signature"));
	bool strip = (form && !strcmp(form, "strip_k")) != with->other_key_id;

	return strip && !strncasecmp(key_id, "k.", 2) ? key_id + 2 : key_id;
}

static void add_pair(struct text_buffer *b, const char *name, const char *value)
{
	text_add(b, b->size ? "&" : "");
	text_add(b, name);
	text_add(b, "=");
	text_add(b, value);
}

static enum err_code make_sign(char sign[2 * CRYPTO_MD5_SIZE + 1], const struct parts *p,
	const struct signing *with, struct err *e)
{
	struct text_buffer b = text_buffer(REQUEST_TEXT_MAX);
	uint8_t digest[CRYPTO_MD5_SIZE];
	bool made;

	if (p->token)
		add_pair(&b, "Accesstoken", p->token);
	add_pair(&b, "Appid", p->app);
	add_pair(&b, "Keyid", signed_key_id(p->key_id, with));
	add_pair(&b, "Nonce", with->nonce);
	add_pair(&b, "Time", p->time);
	text_add(&b, p->key);
	for (size_t i = 0; i < b.size; i++)
		b.data[i] = (char)tolower((unsigned char)b.data[i]);
	made = !b.bad && crypto_md5(digest, text_span(&b));
	text_buffer_done(&b);
	if (!made)
		return err_set(e, ERR_UNSUPPORTED,
			"this system's libcrypto has no MD5, which this cloud signs with");
	text_hex(sign, (struct span){ digest, sizeof digest });
	return OK;
}

enum err_code sign_aqara(struct cloud_request *request, const struct signing *with, struct err *e)
{
	char sign[2 * CRYPTO_MD5_SIZE + 1];
	struct parts p = { 0 };
	enum err_code r = read_parts(&p, request, with, e);

	if (r == OK)
		r = make_sign(sign, &p, with, e);
	if (r == OK && p.token)
		r = sign_header(request, "Accesstoken", p.token, e);
	if (r == OK)
		r = sign_header(request, "Appid", p.app, e);
	if (r == OK)
		r = sign_header(request, "Keyid", p.key_id, e);
	if (r == OK)
		r = sign_header(request, "Nonce", with->nonce, e);
	if (r == OK)
		r = sign_header(request, "Time", p.time, e);
	return r == OK ? sign_header(request, "Sign", sign, e) : r;
}
