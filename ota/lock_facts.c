#include "ota/engine_parts.h"
#include "server/base/text.h"

#include <string.h>

static void learn_model(struct lock *lock, const struct lock_facts *facts, int64_t at)
{
	struct lock_facts *own = &lock->facts;

	/* "" means not answered: it does not erase what was answered before. */
	if (facts->model[0])
		text_copy(own->model, sizeof own->model, facts->model);
	if (facts->manufacturer[0])
		text_copy(own->manufacturer, sizeof own->manufacturer, facts->manufacturer);
	if (facts->date_code[0])
		text_copy(own->date_code, sizeof own->date_code, facts->date_code);
	if (facts->sw_build[0])
		text_copy(own->sw_build, sizeof own->sw_build, facts->sw_build);
	lock->model_at = at;
}

static void learn_battery(struct lock *lock, const struct lock_facts *facts, int64_t at)
{
	lock->facts.battery_half_percent = facts->battery_half_percent;
	lock->facts.battery_decivolt = facts->battery_decivolt;
	lock->battery.half_percent = facts->battery_half_percent;
	lock->battery.decivolt = facts->battery_decivolt;
	lock->battery.at = at;
}

static void learn_network(struct lock *lock, const struct lock_facts *facts, int64_t at)
{
	lock->facts.network_address = facts->network_address;
	lock->facts.parent = facts->parent;
	lock->facts.endpoint = facts->endpoint;
	lock->facts.lqi = facts->lqi;
	lock->facts.sleepy = facts->sleepy;
	lock->network_at = at;
}

static bool learn_version(struct lock *lock, const struct lock_facts *facts, int64_t at)
{
	bool news = !(lock->facts.known & FACT_VERSION) || lock->facts.version != facts->version;

	lock->facts.version = facts->version;
	lock->facts.version_source = facts->version_source;
	lock->version_at = at;
	return news;
}

static bool is_main(const struct lock_component *c)
{
	return strcmp(c->id, "main") == 0 || strcmp(c->id, "0") == 0;
}

static void add_component(struct lock *lock, const struct lock_component *c)
{
	if (lock->n_components < COMPONENTS_MAX)
		lock->components[lock->n_components++] = *c;
}

static bool same_version(const struct lock *before, const struct lock_component *c)
{
	const struct lock_component *old = lock_part(before, c->id);

	return old && strcmp(old->installed, c->installed) == 0;
}

/* What is read counts more than what somebody has said. */
static void forget_attested(struct lock *lock)
{
	const struct lock_component *c =
		lock_part(lock, lock->attested_part[0] ? lock->attested_part : NULL);

	if (c && c->installed[0])
		lock->attested_text[0] = lock->attested_part[0] = '\0';
}

bool lock_learn_components(struct lock *lock, const struct lock_seen *seen, int64_t wall)
{
	struct lock before = *lock;
	bool news = false;

	if (!(seen->facts.known & FACT_COMPONENTS))
		return false;
	lock->n_components = 0;
	for (size_t i = 0; i < seen->n_components; i++)
		if (is_main(&seen->components[i]))
			add_component(lock, &seen->components[i]);
	for (size_t i = 0; i < seen->n_components; i++)
		if (!is_main(&seen->components[i]))
			add_component(lock, &seen->components[i]);
	for (uint8_t i = 0; i < lock->n_components; i++)
		news = news || (lock->components[i].installed[0] &&
				       !same_version(&before, &lock->components[i]));
	forget_attested(lock);
	lock->components_at = seen->facts.at ? seen->facts.at : wall;
	return news;
}

static void learn_door(struct lock *lock, const struct lock_facts *facts, int64_t at)
{
	if (facts->known & FACT_DOOR) {
		lock->facts.door_state = facts->door_state;
		lock->door_at = at;
	}
	if (facts->known & FACT_MODE) {
		lock->facts.operating_mode = facts->operating_mode;
		lock->mode_at = at;
	}
}

bool lock_learn(struct lock *lock, const struct lock_facts *facts, int64_t wall)
{
	int64_t at = facts->at ? facts->at : wall;
	bool news = false;

	if (facts->known & FACT_VERSION)
		news = learn_version(lock, facts, at);
	if (facts->known & FACT_IMAGE_KEY) {
		lock->facts.manufacturer_code = facts->manufacturer_code;
		lock->facts.image_type = facts->image_type;
	}
	if (facts->known & FACT_MODEL)
		learn_model(lock, facts, at);
	if (facts->known & FACT_BATTERY)
		learn_battery(lock, facts, at);
	if (facts->known & FACT_LOCK_STATE) {
		lock->facts.lock_state = facts->lock_state;
		lock->lock_state_at = at;
	}
	learn_door(lock, facts, at);
	if (facts->known & FACT_NETWORK)
		learn_network(lock, facts, at);
	if (facts->known & FACT_HARDWARE)
		lock->facts.hardware_version = facts->hardware_version;
	if (facts->known & FACT_ALARM)
		lock->battery.alarm = lock->facts.battery_alarm = facts->battery_alarm;
	if (facts->known & FACT_ONLINE) {
		lock->facts.online = facts->online;
		lock->online_at = at;
	}
	lock->facts.known |= facts->known;
	lock->facts.at = at;
	return news;
}

enum { SILENCE_S = 60, SILENCE_MAX_S = 7 * 86400 };

void lock_heard(struct lock *lock, int64_t wall)
{
	int64_t gap = (wall - lock->last_heard) / 1000;

	/* Words of one conversation are not its habit, nor is an absence. */
	if (lock->last_heard && gap >= SILENCE_S && gap < SILENCE_MAX_S)
		lock->contact_gap_s =
			lock->contact_gap_s
				? (uint32_t)(((int64_t)lock->contact_gap_s * 3 + gap) / 4)
				: (uint32_t)gap;
	lock->last_heard = wall;
}
