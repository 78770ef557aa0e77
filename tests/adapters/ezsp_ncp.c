#include "tests/adapters/ezsp_ncp.h"

#include "server/base/text.h"
#include "tests/adapters/vectors.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

enum { VERSION = 0x0000, ADD_ENDPOINT = 0x0002, NETWORK_INIT = 0x0017, STACK_STATUS = 0x0019 };
enum { SEND_UNICAST = 0x0034, MESSAGE_SENT = 0x003F, INVALID_COMMAND = 0x0058, LATE = 60000 };

static void put(struct ncp *n, const void *data, size_t size)
{
	cr_assert_leq(n->out_size + size, sizeof n->out_bytes);
	memcpy(n->out_bytes + n->out_size, data, size);
	n->out_size += size;
	loop_timer_set(n->tick, loop_now(n->loop));
}

static void put_frame(struct ncp *n, enum ash_kind kind, struct span data)
{
	uint8_t wire[ASH_WIRE_MAX];
	struct ash_frame f = { .kind = kind, .number = n->out, .ack = n->in, .data = data };

	if (kind == ASH_DATA)
		n->out = (n->out + 1) % 8;
	put(n, wire, ash_write(&f, wire));
}

/* Before the versions are agreed on, as in v4. */
static size_t header_size(const struct ncp *n, bool legacy)
{
	return legacy || n->version < 5 ? 3 : 5;
}

static void put_ezsp(struct ncp *n, uint8_t control, uint16_t id, struct span params, bool legacy)
{
	uint8_t raw[5 + NCP_PARAMS];
	size_t head = header_size(n, legacy);

	raw[0] = n->sequence;
	raw[1] = control;
	raw[2] = head == 3 ? (uint8_t)id : n->version < 8 ? 0xFF : 1;
	raw[3] = n->version < 8 ? 0 : (uint8_t)id;
	raw[4] = n->version < 8 ? (uint8_t)id : (uint8_t)(id >> 8);
	if (params.size)
		memcpy(raw + head, params.data, params.size);
	put_frame(n, ASH_DATA, (struct span){ raw, head + params.size });
}

static bool is_wide(const struct ncp *n)
{
	return n->version >= 14;
}

/* --- answers --- */

static struct ncp_bytes *answer_to(struct ncp *n, uint16_t id)
{
	for (size_t i = 0; i < n->answer_count; i++)
		if (n->answers[i].id == id)
			return &n->answers[i];
	return NULL;
}

static void learn(struct ncp *n, uint16_t id, struct span params)
{
	struct ncp_bytes *a = answer_to(n, id);

	if (!a) {
		cr_assert_lt(n->answer_count, NCP_ANSWERS);
		a = &n->answers[n->answer_count++];
	}
	a->id = id;
	a->size = params.size;
	if (params.size)
		memcpy(a->data, params.data, params.size);
}

void ncp_answer(struct ncp *n, uint16_t id, const char *hex)
{
	learn(n, id, unhex(hex));
}

/* The status of this version, then the rest. */
static void good(struct ncp *n, uint16_t id, const char *rest)
{
	char hex[2 * NCP_PARAMS];

	(void)snprintf(hex, sizeof hex, "%s%s", is_wide(n) ? "00000000" : "00", rest);
	ncp_answer(n, id, hex);
}

/* What the golden sessions do not ask. */
static void learn_rest(struct ncp *n)
{
	static const uint16_t plain[] = { 0x0053, 0x0055, ADD_ENDPOINT, NETWORK_INIT, 0x0010 };

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		good(n, plain[i], "");
	good(n, 0x0052, "1000");
	good(n, 0x00AA, "07cd01070405 00aa");
	good(n, 0x0028, "01dddddddddddddddd621a080f0000000000f8ff07");
	ncp_answer(n, 0x0026, "ccbbaafeff6f0d00");
	ncp_answer(n, 0x0027, "0000");
	ncp_answer(n, 0x0033, "52");
	ncp_answer(n, 0x005A, "88130000");
	ncp_answer(n, 0x0018, "02");
	ncp_answer(n, 0x00F1, "00000000");
	ncp_answer(n, 0x0060, is_wide(n) ? "000000003c5a" : "3c5a");
	ncp_answer(n, 0x007E, is_wide(n) ? "00000000" : "");
	good(n, 0x0082, "ffffffffffffffff ffff00");
	ncp_answer(n, 0x004A,
		is_wide(n) ? "17000000ffffffffffffffff00ffff00000000000000"
			   : "93ffffffffffffffff00ffff000000");
}

static void learn_golden(struct ncp *n)
{
	char name[32];
	json_t *all, *frame;
	size_t i;

	(void)snprintf(name, sizeof name, "ezsp-v%u.json", n->version);
	all = vectors_load(name);
	json_array_foreach(all, i, frame)
	{
		const char *hex = json_string_value(json_object_get(frame, "ezsp"));
		struct span raw = unhex(hex);
		bool from_stick =
			strcmp(json_string_value(json_object_get(frame, "dir")), "N>H") == 0;

		/* Answers in the header of the version; children are for tests that want some. */
		if (from_stick && raw.size >= 5 && raw.data[1] == 0x80 && raw.data[2] == 1 &&
			raw.data[3] != 0x4A)
			learn(n, (uint16_t)(raw.data[3] | raw.data[4] << 8),
				(struct span){ raw.data + 5, raw.size - 5 });
	}
	json_decref(all);
}

/* --- what comes --- */

static void send_confirm(struct ncp *n, const struct ncp_bytes *c)
{
	put_ezsp(n, 0x90, MESSAGE_SENT, (struct span){ c->data, c->size }, false);
}

static void put_status(uint8_t *out, size_t *size, uint32_t code, bool wide)
{
	for (unsigned i = 0; i < (wide ? 4U : 1U); i++)
		out[(*size)++] = (uint8_t)(code >> 8 * i);
}

/* type, destination, APS frame, tag: as they came but for the sequence. */
static void make_confirm(const struct ncp *n, struct ncp_bytes *c, struct span params)
{
	size_t tag = is_wide(n) ? 2 : 1;

	c->size = 0;
	if (is_wide(n))
		put_status(c->data, &c->size, n->delivery_status, true);
	memcpy(c->data + c->size, params.data, 14 + tag);
	c->data[c->size + 13] = n->aps;
	c->size += 14 + tag;
	if (!is_wide(n))
		put_status(c->data, &c->size, n->delivery_status, false);
	c->data[c->size++] = 0;
}

static void unicast(struct ncp *n, struct span params)
{
	uint32_t status = n->refusals ? n->refusal : 0;
	struct ncp_bytes confirm;
	uint8_t out[8];
	size_t size = 0;

	n->aps++;
	put_status(out, &size, status, is_wide(n));
	out[size++] = n->aps;
	if (n->delivery != NCP_ANSWERS_NEVER)
		put_ezsp(n, 0x80, SEND_UNICAST, (struct span){ out, size }, false);
	if (n->refusals) {
		n->refusals--;
		return;
	}
	make_confirm(n, &confirm, params);
	if (n->delivery == NCP_DELIVERS || n->delivery == NCP_ANSWERS_NEVER)
		send_confirm(n, &confirm);
	if (n->delivery != NCP_CONFIRMS_LATE)
		return;
	n->confirm = confirm;
	loop_timer_set(n->late, loop_now(n->loop) + LATE);
}

static void on_late(void *owner)
{
	struct ncp *n = owner;

	send_confirm(n, &n->confirm);
}

static void remember(struct ncp *n, uint16_t id, struct span params)
{
	struct ncp_bytes *s = &n->said[n->said_count++ % NCP_SAID];

	s->id = id;
	s->size = params.size;
	if (params.size)
		memcpy(s->data, params.data, params.size);
}

static void network_init(struct ncp *n, const struct ncp_bytes *answer)
{
	static const uint8_t up[] = { 0x90 }, up_wide[] = { 0x15, 0, 0, 0 };

	put_ezsp(n, 0x80, NETWORK_INIT, (struct span){ answer->data, answer->size }, false);
	if (answer->data[0] != 0 || n->stays_down)
		return;
	n->initialised = true;
	put_ezsp(n, 0x90, STACK_STATUS,
		is_wide(n) ? (struct span){ up_wide, sizeof up_wide }
			   : (struct span){ up, sizeof up },
		false);
}

static void command(struct ncp *n, uint16_t id, struct span params)
{
	static const uint8_t invalid[] = { 0x31, 0, 0, 0 };
	const struct ncp_bytes *a = answer_to(n, id);

	remember(n, id, params);
	if (id == SEND_UNICAST)
		unicast(n, params);
	else if (id == NETWORK_INIT)
		network_init(n, a);
	else if (a)
		put_ezsp(n, 0x80, id, (struct span){ a->data, a->size }, false);
	else
		put_ezsp(n, 0x80, INVALID_COMMAND, (struct span){ invalid, is_wide(n) ? 4 : 1 },
			false);
}

static void version(struct ncp *n, bool legacy)
{
	const struct ncp_bytes *told = answer_to(n, VERSION);
	uint8_t params[] = { n->version, 2, 0x50, 0x74 };

	remember(n, VERSION, (struct span){ NULL, 0 });
	put_ezsp(n, 0x80, VERSION,
		told ? (struct span){ told->data, told->size }
		     : (struct span){ params, sizeof params },
		legacy);
}

static uint16_t id_of(const struct ncp *n, const uint8_t *raw)
{
	if (n->version < 5)
		return raw[2];
	return n->version < 8 ? raw[4] : (uint16_t)(raw[3] | raw[4] << 8);
}

static void data(struct ncp *n, const struct ash_frame *f)
{
	const uint8_t *raw = f->data.data;
	bool legacy = f->data.size == 4 && raw[2] == 0;
	size_t head = header_size(n, legacy);

	if (!n->connected || f->number != n->in)
		return;
	n->in = (n->in + 1) % 8;
	n->sequence = raw[0];
	if (legacy || id_of(n, raw) == VERSION)
		version(n, legacy);
	else
		command(n, id_of(n, raw), (struct span){ raw + head, f->data.size - head });
}

static void reset(struct ncp *n, uint8_t code)
{
	const uint8_t params[] = { 2, code };

	n->connected = true;
	n->initialised = false;
	n->in = 0;
	n->out = 0;
	put_frame(n, ASH_RSTACK, (struct span){ params, 2 });
}

static void frame(struct ncp *n, const struct ash_frame *f)
{
	if (f->kind == ASH_RST) {
		n->resets++;
		reset(n, 0x0B);
	} else if (f->kind == ASH_DATA) {
		data(n, f);
	}
}

static void other(struct ncp *n)
{
	static const char menu[] =
		"\r\nGecko Bootloader v1.12.00\r\n1. upload gbl\r\n2. run\r\n3. ebl info\r\nBL > ";
	static const uint8_t spinel[] = { 0x7E, 0x80, 0x06, 0x00, 0x70, 0xEE, 0x74, 0x7E };
	static const uint8_t noise[] = { 0xE3, 0x00, 0x98, 0xF8, 0x00, 0xE6, 0x80, 0x06, 0xFE };

	if (n->mode == NCP_BOOTLOADER)
		put(n, menu, sizeof menu - 1);
	if (n->mode == NCP_UPLOAD)
		put(n, "CCCC", 4);
	if (n->mode == NCP_SPINEL)
		for (int i = 0; i < 4; i++)
			put(n, spinel, sizeof spinel);
	if (n->mode == NCP_NOISE)
		put(n, noise, sizeof noise);
}

static struct ncp *of(struct stream *s)
{
	return (struct ncp *)(void *)((char *)s - offsetof(struct ncp, stream));
}

static void on_write(struct stream *s, struct span bytes)
{
	struct ncp *n = of(s);
	struct ash_frame f;

	if (n->mode != NCP_EZSP) {
		other(n);
		return;
	}
	for (size_t i = 0; i < bytes.size; i++)
		if (ash_read(&n->reader, bytes.data[i], &f) == ASH_READ_FRAME)
			frame(n, &f);
}

static void on_lines(struct stream *s, bool dtr, bool rts)
{
	(void)s;
	(void)dtr;
	(void)rts;
	cr_assert_fail("the lines of an EZSP stick are left alone");
}

static void on_free(struct stream *s)
{
	of(s)->is_open = false;
}

static const struct stream_ops ops = { on_write, on_lines, on_free };

static void on_tick(void *owner)
{
	struct ncp *n = owner;
	uint8_t bytes[sizeof n->out_bytes];
	size_t size = n->out_size;

	if (n->is_open && n->is_new) {
		n->is_new = false;
		n->stream.to->opened(n->stream.owner);
	}
	memcpy(bytes, n->out_bytes, size);
	n->out_size = 0;
	if (n->is_open && size)
		n->stream.to->bytes(n->stream.owner, (struct span){ bytes, size });
}

static enum err_code open_stream(const struct stream_factory *f, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e)
{
	struct ncp *n = f->ctx;

	(void)e;
	n->stream = (struct stream){
		.ops = &ops, .to = events, .owner = owner, .is_serial = n->is_serial
	};
	n->is_open = n->is_new = true;
	n->opens++;
	n->out_size = 0;
	n->reader = (struct ash_reader){ 0 };
	loop_timer_set(n->tick, loop_now(n->loop));
	*out = &n->stream;
	return OK;
}

struct stream_factory ncp_factory(struct ncp *n)
{
	return (struct stream_factory){ open_stream, n };
}

void ncp_init(struct ncp *n, struct loop *loop, uint8_t version)
{
	memset(n, 0, sizeof *n);
	n->loop = loop;
	n->version = version;
	n->is_serial = true;
	n->tick = loop_timer_new(loop, on_tick, n);
	n->late = loop_timer_new(loop, on_late, n);
	n->aps = 0x40;
	learn_rest(n);
	if (version == 8 || version == 13 || version == 14 || version == 18)
		learn_golden(n);
}

void ncp_free(struct ncp *n)
{
	loop_timer_free(n->tick);
	loop_timer_free(n->late);
}

void ncp_callback(struct ncp *n, uint16_t id, const char *hex)
{
	put_ezsp(n, 0x90, id, unhex(hex), false);
}

void ncp_answer_unasked(struct ncp *n, uint16_t id, const char *hex)
{
	put_ezsp(n, 0x80, id, unhex(hex), false);
}

void ncp_wire(struct ncp *n, const char *hex)
{
	struct span raw = unhex(hex);

	put(n, raw.data, raw.size);
}

void ncp_error(struct ncp *n, uint8_t code)
{
	const uint8_t params[] = { 2, code };

	n->connected = false;
	put_frame(n, ASH_ERROR, (struct span){ params, 2 });
}

void ncp_reset(struct ncp *n, uint8_t code)
{
	reset(n, code);
}

unsigned ncp_count(const struct ncp *n, uint16_t id)
{
	unsigned count = 0;

	for (size_t i = 0; i < n->said_count && i < NCP_SAID; i++)
		count += n->said[i].id == id;
	return count;
}

const char *ncp_last(const struct ncp *n, uint16_t id)
{
	static char hex[2 * NCP_PARAMS + 1];

	hex[0] = '\0';
	for (size_t i = 0; i < n->said_count && i < NCP_SAID; i++)
		if (n->said[i].id == id)
			text_hex(hex, (struct span){ n->said[i].data, n->said[i].size });
	return hex;
}

size_t ncp_first_at(const struct ncp *n, uint16_t id)
{
	for (size_t i = 0; i < n->said_count && i < NCP_SAID; i++)
		if (n->said[i].id == id)
			return i;
	return SIZE_MAX;
}
