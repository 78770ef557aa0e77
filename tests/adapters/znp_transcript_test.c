/* Dialogues with a scripted stick, one file each in tests/transcripts/znp:
 *
 *   > 2101            the radio must write this command now (within 70 s)
 *   > raw EF          the same, not a frame
 *   < 6101 5906       the stick says this
 *   wait 500          time passes and the radio must be silent
 *   up, starting, down REASON, refused REASON    the radio must come into this state
 *   stop              the owner stops it; it must be done within 4 s when the file goes on with
 * `stopped` reply             from here on, each OTA message is answered inside message() send
 * URGENT TO TAG HEX       the owner sends (0 or 1, hex, number, hex) sent TAG RESULT STATUS and has
 * got this result (numbers; -1) serial            the line has DTR and RTS lines DTR RTS     the
 * radio must set them # comment */
#include "adapters/zigbee/znp/znp_frame.h"
#include "server/base/alloc.h"
#include "server/base/text.h"
#include "tests/adapters/radio_bench.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTBOX = 64, LINE_MAX_ = 1024 };

struct written {
	uint8_t bytes[ZNP_FRAME_MAX];
	size_t size;
};

struct script {
	struct bench b;
	struct stream stream;
	const char *name;
	unsigned line;
	struct written out[OUTBOX];
	size_t first, count;
	bool is_serial, has_lines, dtr, rts, is_open;
	struct loop_timer *opening;
	struct radio_options options;
};

static struct script *of_stream(struct stream *s)
{
	return (struct script *)(void *)((char *)s - offsetof(struct script, stream));
}

static void on_write(struct stream *s, struct span bytes)
{
	struct script *t = of_stream(s);
	struct written *w = &t->out[(t->first + t->count++) % OUTBOX];

	cr_assert(le(sz, t->count, OUTBOX));
	w->size = bytes.size;
	memcpy(w->bytes, bytes.data, bytes.size);
}

static void on_lines(struct stream *s, bool dtr, bool rts)
{
	struct script *t = of_stream(s);

	t->has_lines = true;
	t->dtr = dtr;
	t->rts = rts;
}

static void on_free(struct stream *s)
{
	of_stream(s)->is_open = false;
}

static const struct stream_ops ops = { on_write, on_lines, on_free };

static void on_open(void *owner)
{
	struct script *t = owner;

	t->stream.to->opened(t->stream.owner);
}

static enum err_code open_stream(const struct stream_factory *f, struct stream **out,
	const struct stream_events *events, void *owner, struct err *e)
{
	struct script *t = f->ctx;

	(void)e;
	t->stream = (struct stream){
		.ops = &ops, .to = events, .owner = owner, .is_serial = t->is_serial
	};
	t->is_open = true;
	loop_timer_set(t->opening, loop_now(t->b.loop));
	*out = &t->stream;
	return OK;
}

static bool has_written(void *arg)
{
	return ((struct script *)arg)->count > 0;
}

#define AT "%s:%u"

static size_t hex_of(const char *text, uint8_t *out, size_t max)
{
	char packed[LINE_MAX_];
	size_t n = 0, size = 0;

	for (; *text && n + 1 < sizeof packed; text++)
		if (*text != ' ')
			packed[n++] = *text;
	packed[n] = '\0';
	cr_assert(text_unhex(out, max, &size, packed), "not hex: %s", packed);
	return size;
}

static size_t frame_of(const char *text, uint8_t out[ZNP_FRAME_MAX])
{
	uint8_t raw[ZNP_FRAME_MAX];
	size_t n = hex_of(text, raw, sizeof raw);

	return znp_write(&(struct znp_frame){ .cmd0 = raw[0],
				 .cmd1 = raw[1],
				 .length = (uint8_t)(n - 2),
				 .data = raw + 2 },
		out);
}

static void must_write(struct script *t, const char *text)
{
	uint8_t want[ZNP_FRAME_MAX];
	char got[2 * ZNP_FRAME_MAX + 1];
	bool is_raw = strncmp(text, "raw ", 4) == 0;
	size_t n = is_raw ? hex_of(text + 4, want, sizeof want) : frame_of(text, want);

	cr_assert(loop_run_while_not(t->b.loop, has_written, t, 70000), AT ": silent", t->name,
		t->line);

	const struct written *w = &t->out[t->first];

	text_hex(got, (struct span){ w->bytes, w->size });
	cr_assert(w->size == n && memcmp(w->bytes, want, n) == 0, AT ": wrote %s", t->name, t->line,
		got);
	t->first = (t->first + 1) % OUTBOX;
	t->count--;
}

static void say(struct script *t, const char *text)
{
	uint8_t wire[ZNP_FRAME_MAX];
	size_t n = strncmp(text, "raw ", 4) == 0 ? hex_of(text + 4, wire, sizeof wire)
						 : frame_of(text, wire);

	t->stream.to->bytes(t->stream.owner, (struct span){ wire, n });
}

static void must_be(struct script *t, enum radio_state state, const char *reason)
{
	cr_assert(bench_reach(&t->b, state, 100000), AT ": state %d, %s", t->name, t->line,
		t->b.state, t->b.why.text);
	if (reason[0])
		cr_assert(bench_reason(&t->b, reason), AT, t->name, t->line);
}

static void on_stopped(void *owner)
{
	((struct bench *)owner)->stopped = true;
}

static void block_response(struct bench *b, const struct radio_message *m)
{
	uint8_t abort[] = { 0x19, 0, 0x05, 0x95 };
	struct radio_send s = { .destination = m->source,
		.endpoint = m->source_endpoint,
		.source_endpoint = m->endpoint,
		.profile = m->profile,
		.cluster = m->cluster,
		.urgent = true,
		.tag = 500 };

	abort[1] = m->payload.size > 1 ? m->payload.data[1] : 0;
	s.payload = (struct span){ abort, sizeof abort };
	b->radio->ops->send(b->radio, &s);
}

static void owner_sends(struct script *t, const char *text)
{
	unsigned urgent, to, tag;
	int at = 0;

	cr_assert(sscanf(text, "%u %x %u %n", &urgent, &to, &tag, &at) == 3);
	bench_send(&t->b, (uint16_t)to, tag, urgent, text + at);
}

static void must_have_sent(struct script *t, const char *text)
{
	unsigned tag;
	int result, status;
	const struct radio_sent *s;

	cr_assert(sscanf(text, "%u %d %i", &tag, &result, &status) == 3);
	loop_run_for(t->b.loop, 1);
	s = bench_sent(&t->b, tag);
	cr_assert(s != NULL, AT ": no result", t->name, t->line);
	cr_assert(s->result == (enum radio_result)result && s->status == status,
		AT ": result %d status %d", t->name, t->line, s->result, s->status);
}

static void pass_time(struct script *t, const char *text)
{
	loop_run_for(t->b.loop, (msec)strtoul(text, NULL, 10));
	cr_assert(t->count == 0, AT ": not silent", t->name, t->line);
}

static bool is_stopped(void *arg)
{
	return ((struct script *)arg)->b.stopped;
}

static bool lines_set(void *arg)
{
	return ((struct script *)arg)->has_lines;
}

static void must_set_lines(struct script *t, const char *text)
{
	cr_assert(loop_run_while_not(t->b.loop, lines_set, t, 10000), AT, t->name, t->line);
	cr_assert(t->dtr == (text[0] == '1') && t->rts == (text[2] == '1'), AT, t->name, t->line);
	t->has_lines = false;
}

static void step(struct script *t, const char *word, const char *rest)
{
	if (strcmp(word, ">") == 0)
		must_write(t, rest);
	else if (strcmp(word, "<") == 0)
		say(t, rest);
	else if (strcmp(word, "wait") == 0)
		pass_time(t, rest);
	else if (strcmp(word, "up") == 0)
		must_be(t, RADIO_UP, rest);
	else if (strcmp(word, "starting") == 0)
		must_be(t, RADIO_STARTING, rest);
	else if (strcmp(word, "down") == 0)
		must_be(t, RADIO_DOWN, rest);
	else if (strcmp(word, "refused") == 0)
		must_be(t, RADIO_REFUSED, rest);
	else if (strcmp(word, "reply") == 0)
		t->b.answer = block_response;
	else if (strcmp(word, "send") == 0)
		owner_sends(t, rest);
	else if (strcmp(word, "sent") == 0)
		must_have_sent(t, rest);
	else if (strcmp(word, "lines") == 0)
		must_set_lines(t, rest);
	else if (strcmp(word, "stop") == 0)
		t->b.radio->ops->stop(t->b.radio, on_stopped, &t->b);
	else if (strcmp(word, "stopped") == 0)
		cr_assert(loop_run_while_not(t->b.loop, is_stopped, t, 4000));
	else
		cr_fatal(AT ": what is %s?", t->name, t->line, word);
}

static void play(struct script *t, FILE *f)
{
	char line[LINE_MAX_];

	while (fgets(line, sizeof line, f)) {
		char *rest;

		t->line++;
		line[strcspn(line, "#\n")] = '\0';
		if (!line[strspn(line, " \t")] || strncmp(line, "serial", 6) == 0)
			continue;
		rest = line + strcspn(line, " ");
		if (*rest)
			*rest++ = '\0';
		step(t, line, rest);
	}
	cr_assert(t->count == 0, AT ": more was written", t->name, t->line);
	cr_assert(not(t->has_lines), AT ": lines were moved", t->name, t->line);
}

/* The first line: "serial", "serial borrowed" (no consent to restarts), or none of them. */
static void read_kind(struct script *t, FILE *f)
{
	char line[LINE_MAX_] = "";

	t->is_serial = fgets(line, sizeof line, f) && strncmp(line, "serial", 6) == 0;
	t->options.may_restart = strcmp(line, "serial\n") == 0;
	rewind(f);
}

struct file_name {
	char name[64];
};

ParameterizedTestParameters(znp_transcript, goes_as_written)
{
	static struct file_name rows[32];
	size_t n = 0;
	DIR *dir = opendir(TRANSCRIPTS);

	for (struct dirent *d = dir ? readdir(dir) : NULL; d && n < 32; d = readdir(dir))
		if (strstr(d->d_name, ".txt"))
			text_copy(rows[n++].name, sizeof rows[0].name, d->d_name);
	if (dir)
		closedir(dir);
	return cr_make_param_array(struct file_name, rows, n);
}

ParameterizedTest(struct file_name *file, znp_transcript, goes_as_written, .timeout = 60)
{
	static struct script t;
	char path[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", TRANSCRIPTS, file->name);
	f = fopen(path, "r");
	cr_assert(f != NULL, "%s", path);
	t.name = file->name;
	t.b.loop = loop_new();
	t.opening = loop_timer_new(t.b.loop, on_open, &t);
	t.options = (struct radio_options){ .stream = { open_stream, &t }, .adopt = true };
	read_kind(&t, f);
	bench_start(&t.b, &t.options);
	play(&t, f);
	fclose(f);
	bench_close(&t.b);
	loop_timer_free(t.opening);
	loop_free(t.b.loop);
}

Test(znp_transcript, files_are_there)
{
	DIR *dir = opendir(TRANSCRIPTS);

	cr_assert(dir != NULL, "%s", TRANSCRIPTS);
	closedir(dir);
}
