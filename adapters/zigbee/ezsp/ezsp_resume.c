#include "adapters/zigbee/ezsp/ezsp_resume.h"

#include "adapters/zigbee/ezsp/ezsp_settings.h"
#include "server/base/log.h"

enum { NETWORK_UP_TIMEOUT = 10000, COORDINATOR = 1, CHANNEL_MIN = 11, CHANNEL_MAX = 26 };
enum { VALUE_VERSION_INFO = 0x11, VALUE_ENDPOINT_FLAGS = 0x00, ENDPOINT_ENABLED = 0x01 };
enum { CONFIG_UNICASTS = 0x03, CONFIG_ADDRESSES = 0x05 };

/* Basic, Time, OTA Upgrade; Poll Control, Door Lock, IAS Zone (ezsp.md §7.1). */
static const uint8_t servers[] = { 0x00, 0x00, 0x0A, 0x00, 0x19, 0x00 };
static const uint8_t clients[] = { 0x20, 0x00, 0x01, 0x01, 0x00, 0x05 };

typedef void on_reply(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now);

/* --- steps --- */

static struct ezsp_values *ask(struct ezsp_resume *r, enum ezsp_command command, on_reply *then)
{
	r->want = EZSP_WANT_ASK;
	r->command = command;
	r->ask = (struct ezsp_values){ 0 };
	r->then = then;
	return &r->ask;
}

static void ask_id(struct ezsp_resume *r, enum ezsp_command command, uint8_t id, on_reply *then)
{
	ask(r, command, then)->u[EZ_ID] = id;
}

static void refuse(struct ezsp_resume *r, const char *reason, const char *text)
{
	r->want = EZSP_WANT_REFUSE;
	err_because(&r->why, ERR_REFUSED, reason, "%s", text);
}

static void retry(struct ezsp_resume *r, const char *reason, const char *text)
{
	r->want = EZSP_WANT_RETRY;
	err_because(&r->why, ERR_TIMEOUT, reason, "%s", text);
}

static void unknown(struct ezsp_resume *r, const struct ezsp_reply *reply)
{
	r->want = EZSP_WANT_REFUSE;
	err_because(&r->why, ERR_REFUSED, "stick_unknown",
		"the firmware of this stick does not answer %s as EZSP %u does (%s)",
		ezsp_command_name(reply->command), r->facts.hello.version,
		reply->outcome == EZSP_ANSWER ? ezsp_status_name(reply->values.status)
					      : "no such command");
}

/* A step that the resume cannot do without. */
static bool answered(struct ezsp_resume *r, const struct ezsp_reply *reply)
{
	switch (reply->outcome) {
	case EZSP_ANSWER:
		return true;
	case EZSP_INVALID:
	case EZSP_BROKEN:
		unknown(r, reply);
		return false;
	case EZSP_NO_ANSWER:
		retry(r, "stick_silent", "the stick stopped answering");
		return false;
	}
	return false;
}

static bool is_ok(const struct ezsp_reply *reply)
{
	return reply->outcome == EZSP_ANSWER && ezsp_status_ok(reply->values.status);
}

/* A step that may fail. */
static bool went_well(const struct ezsp_reply *reply, unsigned id)
{
	if (is_ok(reply))
		return true;
	log_info("ezsp command=%s id=0x%02X not taken: %s", ezsp_command_name(reply->command), id,
		reply->outcome == EZSP_ANSWER ? ezsp_status_name(reply->values.status)
					      : "no answer");
	return false;
}

/* --- after the network is up: is it the right one? --- */

static void on_payload(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	if (went_well(reply, 0))
		r->facts.payload_max = (uint8_t)reply->values.u[EZ_COUNT];
	r->want = EZSP_WANT_NOTHING;
}

static uint8_t small(uint64_t value)
{
	return value < UINT8_MAX ? (uint8_t)value : UINT8_MAX;
}

static void on_addresses(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	if (went_well(reply, CONFIG_ADDRESSES))
		r->facts.address_table = small(reply->values.u[EZ_VALUE]);
	ask(r, EZSP_MAXIMUM_PAYLOAD, on_payload);
}

static void on_unicasts(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	if (went_well(reply, CONFIG_UNICASTS))
		r->facts.message_limit = small(reply->values.u[EZ_VALUE]);
	ask_id(r, EZSP_GET_CONFIGURATION, CONFIG_ADDRESSES, on_addresses);
}

static void ask_limits(struct ezsp_resume *r)
{
	ask_id(r, EZSP_GET_CONFIGURATION, CONFIG_UNICASTS, on_unicasts);
}

static void on_discovery(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	(void)went_well(reply, 0);
	ask_limits(r);
}

static void on_concentrator(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	enum { NOW = 2 };

	(void)now;
	(void)went_well(reply, 0);
	if (ezsp_command_known(EZSP_SOURCE_ROUTE_DISCOVERY, r->facts.hello.version))
		ask(r, EZSP_SOURCE_ROUTE_DISCOVERY, on_discovery)->u[EZ_MODE] = NOW;
	else
		ask_limits(r);
}

/* Routers tell us the way to them; RAM only. */
static void ask_concentrator(struct ezsp_resume *r)
{
	struct ezsp_values *v = ask(r, EZSP_SET_CONCENTRATOR, on_concentrator);

	v->u[EZ_ON] = 1;
	v->u[EZ_CONCENTRATOR] = 0xFFF9; /* with memory for routes */
	v->u[EZ_MIN_TIME] = 5;          /* s */
	v->u[EZ_MAX_TIME] = 60;
	v->u[EZ_ROUTE_ERRORS] = 3;
	v->u[EZ_DELIVERY_FAILURES] = 1;
}

static void on_eui(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	if (!answered(r, reply))
		return;
	r->facts.network.coordinator = reply->values.u[EZ_EUI];
	if (network_check(&r->expect, &r->facts.network, &r->why) != OK)
		r->want = EZSP_WANT_REFUSE;
	else
		ask_concentrator(r);
}

static void not_coordinator(struct ezsp_resume *r)
{
	refuse(r, "stick_not_coordinator",
		"this stick is a router or end device of its network, not the coordinator");
}

static void on_node(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	if (!answered(r, reply))
		return;
	if (reply->values.u[EZ_NODE] != 0)
		not_coordinator(r);
	else
		ask(r, EZSP_GET_EUI64, on_eui);
}

static void on_parameters(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	const struct radio_network *n = &r->facts.network;

	(void)now;
	if (!answered(r, reply))
		return;
	if (!is_ok(reply)) {
		unknown(r, reply);
		return;
	}
	ezsp_facts_network(&r->facts, &reply->values);
	if (r->facts.node_type != COORDINATOR)
		not_coordinator(r);
	else if (n->pan_id == 0xFFFF || n->channel < CHANNEL_MIN || n->channel > CHANNEL_MAX)
		unknown(r, reply);
	else
		ask(r, EZSP_GET_NODE_ID, on_node);
}

/* --- bringing it up --- */

static void network_is_up(struct ezsp_resume *r)
{
	ask(r, EZSP_GET_NETWORK_PARAMETERS, on_parameters);
}

static void on_init(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	if (!answered(r, reply))
		return;
	if (ezsp_status_meaning(reply->values.status) == EZSP_NOT_JOINED)
		refuse(r, "stick_blank",
			"this stick holds no network, and Lockwright never makes one");
	else if (!is_ok(reply))
		refuse(r, "stick_start_failed", "the stick refused to resume its network");
	else if (r->runs)
		network_is_up(r);
	else {
		r->want = EZSP_WANT_TIME;
		r->wake = now + NETWORK_UP_TIMEOUT;
	}
}

void ezsp_resume_callback(
	struct ezsp_resume *r, enum ezsp_command which, const struct ezsp_values *v)
{
	enum ezsp_meaning meaning = ezsp_status_meaning(v->status);

	if (which != EZSP_STACK_STATUS || r->then != on_init)
		return;
	if (meaning == EZSP_NETWORK_UP) {
		r->runs = true;
		if (r->want == EZSP_WANT_TIME)
			network_is_up(r);
	} else if (meaning == EZSP_NETWORK_DOWN && r->want == EZSP_WANT_TIME) {
		ezsp_resume_due(r);
	}
}

/* A network that ran before may run again; of another one we know nothing. */
void ezsp_resume_due(struct ezsp_resume *r)
{
	refuse(r, "stick_start_failed", "the stick did not bring its network back");
	if (r->expect.pin[0])
		r->want = EZSP_WANT_LATER;
}

static void init(struct ezsp_resume *r)
{
	ask(r, EZSP_NETWORK_INIT, on_init);
}

/* --- before: what it forgot by its restart --- */

/* Some firmware comes with an endpoint of its own. */
static void on_flags(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	if (is_ok(reply) && ezsp_number(reply->values.data) & ENDPOINT_ENABLED)
		init(r);
	else
		refuse(r, "stick_full", "the stick does not take the endpoint for updates");
}

static void on_endpoint(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	if (!answered(r, reply))
		return;
	if (is_ok(reply)) {
		init(r);
		return;
	}
	ask_id(r, EZSP_GET_EXTENDED_VALUE, VALUE_ENDPOINT_FLAGS, on_flags);
	r->ask.u[EZ_CHARACTERISTICS] = EZSP_ENDPOINT;
}

static void ask_endpoint(struct ezsp_resume *r)
{
	struct ezsp_values *v = ask(r, EZSP_ADD_ENDPOINT, on_endpoint);

	v->u[EZ_ENDPOINT] = EZSP_ENDPOINT;
	v->u[EZ_PROFILE] = 0x0104;
	v->u[EZ_DEVICE] = 0x0005;
	v->data = (struct span){ servers, sizeof servers };
	v->more = (struct span){ clients, sizeof clients };
}

static void on_setting(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now);

static void next_setting(struct ezsp_resume *r)
{
	const struct ezsp_facts *f = &r->facts;
	const struct ezsp_setting *s = ezsp_setting(r->setting);

	while (s && !ezsp_setting_applies(s, f->hello.version, f->children_max))
		s = ezsp_setting(++r->setting);
	if (!s) {
		ask_endpoint(r);
		return;
	}
	ask_id(r, s->command, s->id, on_setting);
	r->ask.u[s->command == EZSP_SET_POLICY ? EZ_DECISION : EZ_VALUE] = s->value;
}

static void on_setting(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	const struct ezsp_setting *s = ezsp_setting(r->setting++);

	(void)now;
	if (went_well(reply, s->id) && ezsp_setting_is_children(s))
		r->facts.children_max = small(s->value);
	next_setting(r);
}

static void on_children(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	if (went_well(reply, EZSP_CONFIG_CHILDREN))
		r->facts.children_max = small(reply->values.u[EZ_VALUE]);
	next_setting(r);
}

static void on_version(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	(void)now;
	if (went_well(reply, VALUE_VERSION_INFO))
		ezsp_facts_version(&r->facts, reply->values.data);
	ask_id(r, EZSP_GET_CONFIGURATION, EZSP_CONFIG_CHILDREN, on_children);
}

void ezsp_resume_reply(struct ezsp_resume *r, const struct ezsp_reply *reply, msec now)
{
	r->then(r, reply, now);
}

void ezsp_resume_begin(
	struct ezsp_resume *r, const struct network_expect *expect, const struct ezsp_hello *hello)
{
	*r = (struct ezsp_resume){ .expect = *expect };
	ezsp_facts_hello(&r->facts, hello);
	ask_id(r, EZSP_GET_VALUE, VALUE_VERSION_INFO, on_version);
}
