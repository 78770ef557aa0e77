#include "adapters/zigbee/ota_server.h"

#include "adapters/zigbee/ota_block.h"
#include "adapters/zigbee/zcl.h"

#include <string.h>

enum {
	QUERY_GAP = 1000,    /* one answer a second */
	FLOOD_WINDOW = 1000, /* from a device without an order */
	FLOOD_MAX = 5,
	REFUSED_WINDOW = 3600000,
	REFUSED_MAX = 3,
	SHORTCUTS_MAX = 3,
	OFFERS_AGAIN_MAX = 3,    /* End Responses in vain: a battery taken out is excused */
	FINISH_REPEATS_MAX = 10, /* as often as a client asks that hears nothing */
	DOWNLOADING = 60000,
};

const char *ota_server_reason(int32_t status)
{
	switch (status) {
	case ZCL_INVALID_IMAGE:
		return "invalid_image";
	case ZCL_ABORT:
		return "aborted_by_lock";
	case ZCL_REQUIRE_MORE_IMAGE:
		return "require_more_image";
	case ZCL_INSUFFICIENT_SPACE:
		return "insufficient_space";
	default:
		return "lock_refused";
	}
}

void ota_server_order(struct ota_server *s, const struct ota_order *order)
{
	bool same = s->has_order && s->order.job == order->job;

	if (!same || s->order.image.size != order->image.size) {
		s->page.running = false;
		/* What was asked a moment ago got another answer: it may be asked again. */
		memset(s->query_at, 0, sizeof s->query_at);
	}

	s->has_order = true;
	s->order = *order;
	s->aes = order->image.data && block_size_is_aes(order->image);
	s->has_cancelled = false;
	if (same)
		return;
	s->phase = OTA_ARMED;
	s->served = false;
	s->repeats = 0;
	s->has_finished = false;
	s->undecided = false;
	s->loop_count = 0;
	s->block_at = 0;
}

void ota_server_cancel(struct ota_server *s, int64_t abort_until)
{
	s->page.running = false;
	if (!s->has_order)
		return;
	s->has_order = false;
	s->order.image = (struct span){ NULL, 0 };
	s->has_cancelled = true;
	s->cancelled = s->order.key;
	s->abort_until = abort_until;
	if (abort_until > 0)
		s->has_finished = false;
}

bool ota_server_is_downloading(const struct ota_server *s, msec now)
{
	return s->has_order && (s->phase == OTA_ENDING || (s->phase == OTA_TRANSFERRING &&
								  now - s->block_at < DOWNLOADING));
}

bool ota_server_is_armed(const struct ota_server *s, msec now)
{
	return s->has_order && s->order.image.data && !ota_server_is_downloading(s, now) &&
	       (s->phase == OTA_ARMED || s->phase == OTA_TRANSFERRING);
}

static void send_default(struct ota_answer *out, uint8_t status)
{
	struct wire_out w = wire_out(out->bytes, sizeof out->bytes);

	zcl_put_default_response(&w, out->request.tsn, out->request.command, status);
	out->size = w.size;
}

static void send_status(struct ota_answer *out, uint8_t command, uint8_t status)
{
	struct wire_out w = wire_out(out->bytes, sizeof out->bytes);

	ota_put_status(&w, out->request.tsn, command, status);
	out->size = w.size;
}

static void over(struct ota_server *s, struct ota_answer *out, int32_t status, const char *space)
{
	out->event = OTA_OVER;
	out->job = s->order.job;
	out->status = status;
	out->space = space;
	out->reason = ota_server_reason(status);
	out->text = "The lock ended the update";
	ota_server_cancel(s, 0);
	s->has_cancelled = false;
}

static bool wants(const struct ota_server *s, const struct ota_request *r)
{
	uint32_t current = r->key.version, target = s->order.key.version;

	if (!s->has_order || !s->order.image.data ||
		(s->phase == OTA_APPLYING && s->finished_again >= OFFERS_AGAIN_MAX))
		return false;
	if (!ota_block_same_ids(&s->order.key, &r->key))
		return false;
	if (current == target)
		return s->order.reinstall && s->phase != OTA_APPLYING;
	return current < target || s->order.allow_downgrade;
}

static void query(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	const struct ota_request *r = &out->request;
	struct ota_key key = r->key;
	struct wire_out w = wire_out(out->bytes, sizeof out->bytes);
	msec *asked_at = &s->query_at[c->endpoint % OTA_QUERY_SLOTS];

	out->is_query = true;
	if (*asked_at && c->now - *asked_at < QUERY_GAP)
		return;
	*asked_at = c->now;
	out->ack = true;
	if (!wants(s, r)) {
		send_status(out, OTA_QUERY_RESPONSE, ZCL_NO_IMAGE_AVAILABLE);
		return;
	}
	key.version = s->order.key.version;
	ota_put_query_offer(&w, r->tsn, &key, (uint32_t)s->order.image.size);
	out->size = w.size;
	out->event = OTA_OFFERED;
	out->job = s->order.job;
}

static void put_end_of(
	struct ota_answer *out, uint8_t tsn, const struct ota_key *key, uint32_t delay)
{
	struct wire_out w = wire_out(out->bytes, sizeof out->bytes);

	ota_put_end(&w, tsn, key, delay);
	out->size = w.size;
	out->ack = true;
}

static void put_end(struct ota_server *s, struct ota_answer *out, uint8_t tsn)
{
	put_end_of(out, tsn, &s->finished, s->finish_delay);
}

/* What the lock has is not to be thrown away: the owner's device, or an order that may return. */
static bool must_keep(
	const struct ota_server *s, const struct ota_context *c, const struct ota_request *r)
{
	return !c->ours || (s->has_cancelled && c->wall >= s->abort_until &&
				   ota_block_same_image(&s->cancelled, &r->key));
}

/* An End Request that nothing of ours explains. */
static void refuse_end(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	if (!s->refused_since || c->now - s->refused_since > REFUSED_WINDOW) {
		s->refused_since = c->now;
		s->refused = 0;
	}
	if (s->refused >= REFUSED_MAX)
		return;
	s->refused++;
	if (must_keep(s, c, &out->request))
		put_end_of(out, out->request.tsn, &out->request.key, UINT32_MAX);
	else
		send_default(out, ZCL_ABORT);
}

/* Only who was told to install and did not is blamed: orders taken back before that, and holds, are
 * not the lock's doing. */
static bool is_loop(const struct ota_server *s)
{
	return !s->served && s->phase == OTA_ARMED && s->shortcuts >= SHORTCUTS_MAX;
}

static void end_good(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	const struct ota_request *r = &out->request;
	bool mine = s->has_order && ota_block_same_image(&s->order.key, &r->key);
	bool again = s->has_finished && ota_block_same_image(&s->finished, &r->key) &&
		     s->finished_again < FINISH_REPEATS_MAX;

	if (again && (!s->has_order || s->phase == OTA_APPLYING ||
			     (s->phase == OTA_HELD && !s->undecided))) {
		if (s->phase != OTA_HELD)
			s->finished_again++;
		s->end = *r;
		put_end(s, out, r->tsn);
		return;
	}
	if (!mine || (s->has_finished && s->finished_again >= FINISH_REPEATS_MAX)) {
		refuse_end(s, c, out);
		return;
	}
	if (is_loop(s)) {
		send_default(out, ZCL_ABORT);
		over(s, out, -1, "ota_end");
		out->reason = "version_loop";
		out->text = "The lock says again and again that it has the image, and never "
			    "installs it";
		return;
	}
	s->end = *r;
	if (s->phase == OTA_ENDING)
		return; /* already being decided; the newest sequence number gets the answer */
	s->phase = OTA_ENDING;
	out->event = OTA_COMPLETE;
	out->job = s->order.job;
}

/* A failure with another image, which somebody else began, says nothing about ours. */
static bool is_about_order(const struct ota_server *s, const struct ota_request *r)
{
	return !r->has_key || (ota_block_same_ids(&s->order.key, &r->key) &&
				      (s->served || ota_block_same_image(&s->order.key, &r->key)));
}

static void end(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	const struct ota_request *r = &out->request;

	if (r->status == ZCL_SUCCESS) {
		end_good(s, c, out);
		return;
	}
	send_default(out, ZCL_SUCCESS);
	if (!s->has_order)
		return;
	if (is_about_order(s, r))
		over(s, out, r->status, "ota_end");
	else
		out->mismatch = true;
}

bool ota_server_close_end(struct ota_server *s, bool abort, struct ota_answer *out)
{
	*out = (struct ota_answer){ .status = -1, .request = s->end };
	if (!s->has_order || s->phase != OTA_ENDING)
		return false;
	if (abort)
		send_default(out, ZCL_ABORT);
	else
		put_end_of(out, s->end.tsn, &s->end.key, UINT32_MAX);
	return true;
}

bool ota_server_finish(struct ota_server *s, uint32_t delay, uint8_t tsn, struct ota_answer *out)
{
	*out = (struct ota_answer){ .status = -1 };
	if (!s->has_order || (s->phase != OTA_ENDING && s->phase != OTA_HELD))
		return false;
	s->has_finished = true;
	s->undecided = false;
	s->finished_again = 0;
	s->finished = s->end.key;
	s->finished.version = s->order.key.version;
	s->finish_delay = delay;
	put_end(s, out, s->phase == OTA_ENDING ? s->end.tsn : tsn);
	if (delay != UINT32_MAX && !s->served && s->shortcuts < SHORTCUTS_MAX)
		s->shortcuts++;
	s->phase = delay == UINT32_MAX ? OTA_HELD : OTA_APPLYING;
	out->job = s->order.job;
	return true;
}

bool ota_server_end_again(struct ota_server *s, struct ota_answer *out)
{
	*out = (struct ota_answer){ .status = -1 };
	if (!s->has_finished || (s->has_order && s->phase != OTA_APPLYING && s->phase != OTA_HELD))
		return false;
	put_end(s, out, s->end.tsn);
	return true;
}

bool ota_server_repeat_finish(struct ota_server *s, uint8_t tsn, struct ota_answer *out)
{
	*out = (struct ota_answer){ .status = -1 };
	if (!s->has_order || !s->has_finished || s->phase != OTA_APPLYING)
		return false;
	put_end(s, out, tsn);
	return true;
}

static bool floods(struct ota_server *s, const struct ota_context *c)
{
	if (s->has_order)
		return false;
	if (!s->window || c->now - s->window >= FLOOD_WINDOW) {
		s->window = c->now;
		s->window_count = 0;
	}
	if (s->window_count >= FLOOD_MAX)
		return true;
	s->window_count++;
	return false;
}

static void command(struct ota_server *s, const struct ota_context *c, struct ota_answer *out)
{
	switch (out->request.command) {
	case OTA_QUERY_REQUEST:
		query(s, c, out);
		break;
	case OTA_BLOCK_REQUEST:
		ota_block_answer(s, c, out);
		break;
	case OTA_PAGE_REQUEST:
		ota_block_page(s, c, out);
		break;
	case OTA_END_REQUEST:
		end(s, c, out);
		break;
	default: /* OTA_DEVICE_FILE_REQUEST: we have none */
		send_status(out, OTA_DEVICE_FILE_RESPONSE, ZCL_NO_IMAGE_AVAILABLE);
		break;
	}
}

static void default_response(
	struct ota_server *s, const struct zcl_frame *frame, struct ota_answer *out)
{
	struct wire_in w = wire_in(frame->payload);
	uint8_t about = wire_u8(&w), status;

	status = wire_u8(&w);
	/* Everything else is no verdict: clients send FAILURE for a notify in mid-download, Hue
	 * MALFORMED for blocks, and both go on. */
	if (!w.bad && about == OTA_QUERY_RESPONSE && status == ZCL_INSUFFICIENT_SPACE &&
		s->has_order)
		over(s, out, status, "zcl");
}

void ota_server_frame(struct ota_server *s, const struct zcl_frame *frame,
	const struct ota_context *c, struct ota_answer *out)
{
	enum ota_parse parsed;

	*out = (struct ota_answer){ .status = -1 };
	if (!frame->cluster_specific) {
		if (frame->command == ZCL_DEFAULT_RESPONSE)
			default_response(s, frame, out);
		return;
	}
	if (frame->from_server)
		return; /* only clients may ask */
	parsed = ota_parse(&out->request, frame);
	if ((parsed != OTA_PARSED || frame->command != OTA_QUERY_REQUEST) && floods(s, c))
		return;
	s->page.running = false; /* any newer request ends a burst */
	if (frame->has_manufacturer)
		send_default(out, ZCL_UNSUPPORTED_MANUFACTURER);
	else if (parsed == OTA_UNKNOWN)
		send_default(out, ZCL_UNSUPPORTED_COMMAND);
	else if (parsed == OTA_SHORT)
		send_default(out, ZCL_MALFORMED_COMMAND);
	else
		command(s, c, out);
}
