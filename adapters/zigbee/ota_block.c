#include "adapters/zigbee/ota_block.h"

#include "adapters/zigbee/quirks.h"
#include "adapters/zigbee/zcl.h"

enum {
	ANY_MANUFACTURER = 0xFFFF,
	WAIT_LOADING_S = 5,
	WAIT_TAKEN_BACK_S = 60,
	WAIT_FOREIGN_S = 300,
	UNSENT = 1000,       /* an answer of which the radio has said nothing for so long is lost */
	AGAIN_WITHIN = 2000, /* later the lock has asked again or given up */
	ROOM_DELAY = 250,
	TRIES_MAX = 3, /* down to the smallest block */
	LOOP_COUNT = 50,
	LOOP_SPAN = 600000,
	SPACING_MIN = 20,
	SPACING_MAX = 500,
	BURST_FAILURES = 3,
	TELINK_ASKS = 48,
	MEMORY_ERROR = 0x10, /* ZNP: the frame was too large for its heap */
};

bool ota_block_same_ids(const struct ota_key *order, const struct ota_key *asked)
{
	return (order->manufacturer == asked->manufacturer ||
		       order->manufacturer == ANY_MANUFACTURER) &&
	       order->type == asked->type;
}

bool ota_block_same_image(const struct ota_key *order, const struct ota_key *asked)
{
	return ota_block_same_ids(order, asked) &&
	       (asked->version == order->version || asked->version == UINT32_MAX);
}

static void send_status(struct ota_answer *out, uint8_t status)
{
	struct wire_out w = wire_out(out->bytes, sizeof out->bytes);

	ota_put_status(&w, out->request.tsn, OTA_BLOCK_RESPONSE, status);
	out->size = w.size;
}

static void send_wait(struct ota_answer *out, uint32_t seconds)
{
	struct wire_out w = wire_out(out->bytes, sizeof out->bytes);

	ota_put_wait(&w, &out->request, seconds);
	out->size = w.size;
}

/* Answers what needs no data: reference §9.4, first match. True: answered. */
static bool answer_without_data(
	struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	const struct ota_request *r = &out->request;
	bool taken_back = s->has_cancelled && ota_block_same_ids(&s->cancelled, &r->key);

	if (s->has_order && ota_block_same_image(&s->order.key, &r->key)) {
		if (!s->order.image.data)
			send_wait(out, WAIT_LOADING_S);
		else if (r->max_size == 0 || r->offset >= s->order.image.size)
			send_status(out, ZCL_MALFORMED_COMMAND);
		else
			return false;
		return true;
	}
	out->mismatch = s->has_order;
	if (taken_back && c->wall >= s->abort_until)
		send_wait(out, WAIT_TAKEN_BACK_S);
	else if (c->ours)
		send_status(out, ZCL_ABORT);
	else
		send_wait(out, WAIT_FOREIGN_S);
	return true;
}

static bool is_duplicate(
	const struct ota_server *s, const struct ota_context *c, const struct ota_request *r)
{
	return s->block_unsent && s->block_at && c->now - s->block_at < UNSENT &&
	       s->block_endpoint == c->endpoint && s->block.tsn == r->tsn &&
	       s->block.offset == r->offset && s->block.max_size == r->max_size;
}

/* The last request once more, on a longer way than the End Request that followed it. */
static bool is_behind(const struct ota_server *s, const struct ota_request *r)
{
	return s->has_order && s->phase == OTA_ENDING && s->block_at && s->block.tsn == r->tsn &&
	       s->block.offset == r->offset;
}

/* The lock that asks for the same bytes for ever. */
static bool loops(struct ota_server *s, uint32_t offset, msec now)
{
	if (s->loop_count == 0 || offset != s->loop_offset) {
		s->loop_offset = offset;
		s->loop_count = 1;
		s->loop_since = now;
		return false;
	}
	s->repeats++;
	return ++s->loop_count > LOOP_COUNT && now - s->loop_since >= LOOP_SPAN;
}

static void end_loop(struct ota_server *s, struct ota_answer *out)
{
	send_status(out, ZCL_ABORT);
	out->event = OTA_OVER;
	out->job = s->order.job;
	out->reason = "block_loop";
	out->space = "ota_end";
	out->text = "The lock asked for the same block more than 50 times";
	ota_server_cancel(s, INT64_MAX);
}

/* Telink clients ask for 48 and store in AES blocks, whoever sold them. */
static bool stores_by_16(const struct ota_server *s)
{
	return s->aes || s->block.max_size == TELINK_ASKS;
}

static bool goes_by_16(const struct ota_server *s)
{
	return stores_by_16(s) || quirk_of(s->block.key.manufacturer)->by_16;
}

static uint8_t choose(
	const struct ota_server *s, const struct ota_context *c, uint8_t asked, uint64_t left)
{
	const struct quirk *quirk = quirk_of(s->block.key.manufacturer);

	return block_size_choose(&s->size, &(struct block_limits){ .asked = asked,
						   .path = c->path,
						   .aligned = stores_by_16(s),
						   .exact = quirk->exact,
						   .quirk_cap = quirk->block_cap,
						   .left = left });
}

static void put_block(struct ota_server *s, struct ota_answer *out, uint32_t offset, uint8_t n)
{
	struct wire_out w = wire_out(out->bytes, sizeof out->bytes);
	struct ota_key key = out->request.key;

	key.version = s->order.key.version;
	ota_put_block(&w, out->request.tsn, &key, offset,
		(struct span){ s->order.image.data + offset, n });
	out->size = w.size;
	out->is_block = true;
	out->event = OTA_BLOCK_SERVED;
	out->job = s->order.job;
	out->offset = (uint64_t)offset + n;
	out->block_size = n;
	s->phase = OTA_TRANSFERRING;
	s->served = true;
	s->block_unsent = true;
}

static void put_chosen(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	const struct ota_request *r = &out->request;
	uint8_t n = choose(s, c, r->max_size, s->order.image.size - r->offset);

	put_block(s, out, r->offset, n);
	block_size_answered(&s->size, r->offset, n);
}

void ota_block_answer(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	struct ota_request r = out->request;

	if (is_behind(s, &r) || answer_without_data(s, c, out) || is_duplicate(s, c, &r))
		return;
	if (loops(s, r.offset, c->now)) {
		end_loop(s, out);
		return;
	}
	s->block = r;
	out->size_changed = block_size_asked(&s->size, r.offset, goes_by_16(s));
	s->block_endpoint = c->endpoint;
	s->block_at = c->now;
	s->block_tries = 0;
	put_chosen(s, c, out);
}

void ota_block_page(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	struct ota_request r = out->request;
	uint64_t end = (uint64_t)r.offset + r.page_size;

	if (r.max_size == 0 || r.page_size < r.max_size) {
		struct wire_out w = wire_out(out->bytes, sizeof out->bytes);

		zcl_put_default_response(&w, r.tsn, r.command, ZCL_MALFORMED_COMMAND);
		out->size = w.size;
		return;
	}
	if (answer_without_data(s, c, out))
		return;
	if (loops(s, r.offset, c->now)) {
		end_loop(s, out);
		return;
	}
	s->page.running = true;
	s->page.request = r;
	s->page.next = r.offset;
	s->page.end = (uint32_t)(end < s->order.image.size ? end : s->order.image.size);
	s->page.failures = 0;
	s->block = r;
	s->block_endpoint = c->endpoint;
	s->block_tries = TRIES_MAX; /* the burst goes on, the lock asks for what is missing */
	ota_server_page_next(s, c, out);
}

msec ota_server_page_due(const struct ota_server *s)
{
	if (!s->page.running)
		return 0;
	/* A frame put behind one that the radio still has would only take its place. */
	return s->block_unsent && s->block_at + UNSENT > s->page.due ? s->block_at + UNSENT
								     : s->page.due;
}

void ota_server_page_next(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	uint32_t offset = s->page.next;
	uint16_t spacing = s->page.request.spacing;

	*out = (struct ota_answer){ .status = -1, .request = s->page.request };
	if (!s->page.running || !s->has_order || !s->order.image.data) {
		s->page.running = false;
		return;
	}
	put_block(s, out, offset, choose(s, c, s->page.request.max_size, s->page.end - offset));
	s->block_at = c->now;
	s->page.next += out->block_size;
	if (spacing < SPACING_MIN)
		spacing = SPACING_MIN;
	s->page.due = c->now + (spacing > SPACING_MAX ? SPACING_MAX : spacing);
	s->page.running = s->page.next < s->page.end;
}

unsigned ota_server_sent(
	struct ota_server *s, const struct radio_sent *sent, msec now, bool *changed)
{
	bool too_long = sent->result == RADIO_TOO_LONG;
	bool no_room = sent->result == RADIO_NO_ROOM;

	*changed = false;
	/* The radio still has the frame that took its place. */
	if (sent->result == RADIO_SUPERSEDED && s->page.running)
		return 0;
	s->block_unsent = false;
	if (sent->result == RADIO_DELIVERED || sent->result == RADIO_SUPERSEDED)
		s->page.failures = 0;
	else if (++s->page.failures >= BURST_FAILURES)
		s->page.running = false;
	if (too_long || (no_room && sent->status == MEMORY_ERROR))
		*changed = block_size_lower(&s->size, goes_by_16(s));
	if (s->block_tries >= TRIES_MAX || now - s->block_at >= AGAIN_WITHIN)
		return 0;
	if (too_long && *changed)
		return 1;
	return no_room && s->block_tries == 0 ? ROOM_DELAY : 0;
}

bool ota_server_again(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	*out = (struct ota_answer){ .status = -1, .request = s->block };
	if (!s->has_order || !s->order.image.data || s->phase != OTA_TRANSFERRING ||
		s->block_tries >= TRIES_MAX || c->now - s->block_at >= AGAIN_WITHIN ||
		s->block.offset >= s->order.image.size)
		return false;
	s->block_tries++;
	put_chosen(s, c, out);
	out->event = OTA_NOTHING;
	return true;
}
