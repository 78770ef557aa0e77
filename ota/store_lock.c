/* store_lock.c: how a lock is kept. */
#include "ota/store_private.h"
#include "server/base/check.h"

static const char *managed_name(int managed)
{
	static const char *const names[] = { [LOCK_BY_CONFIG] = "config",
		[LOCK_BY_API] = "api",
		[LOCK_BY_SCAN] = "scan",
		[LOCK_BY_IMPORT] = "import" };

	return names[managed];
}

static const char *source_name(int source)
{
	static const char *const names[] = { [VERSION_NONE] = "none",
		[VERSION_QUERY] = "query",
		[VERSION_ATTRIBUTE] = "attribute",
		[VERSION_IMPORTED] = "imported" };

	return names[source];
}

static const struct names managed = { managed_name, LOCK_BY_IMPORT + 1 };
static const struct names updates = { auto_update_name, AUTO_UPDATES };
static const struct names sources = { source_name, VERSION_IMPORTED + 1 };

#define TEXT(member, column) FIELD(FIELD_TEXT, struct lock, member, column)
#define INT(member, column) FIELD(FIELD_SIGNED, struct lock, member, column)
#define UINT(member, column) FIELD(FIELD_UNSIGNED, struct lock, member, column)
#define BOOL(member, column) FIELD(FIELD_BOOL, struct lock, member, column)

static const struct field fields[] = {
	TEXT(id, "id"),
	TEXT(name, "name"),
	TEXT(adapter, "adapter"),
	TEXT(address, "address"),
	FIELD_ENUM(struct lock, managed, "managed", &managed),
	UINT(facts.known, "known"),
	INT(facts.at, "facts_at"),
	UINT(facts.version, "version"),
	FIELD_ENUM(struct lock, facts.version_source, "version_source", &sources),
	UINT(facts.manufacturer_code, "manufacturer_code"),
	UINT(facts.image_type, "image_type"),
	TEXT(facts.model, "model"),
	TEXT(facts.manufacturer, "manufacturer"),
	TEXT(facts.date_code, "date_code"),
	TEXT(facts.sw_build, "sw_build"),
	INT(facts.battery_half_percent, "facts_half_percent"),
	INT(facts.battery_decivolt, "facts_decivolt"),
	BOOL(facts.battery_alarm, "facts_alarm"),
	INT(facts.lock_state, "lock_state"),
	INT(facts.door_state, "door_state"),
	INT(facts.operating_mode, "operating_mode"),
	UINT(facts.hardware_version, "hardware_version"),
	UINT(facts.network_address, "network_address"),
	UINT(facts.parent, "parent"),
	UINT(facts.endpoint, "endpoint"),
	UINT(facts.lqi, "lqi"),
	BOOL(facts.sleepy, "sleepy"),
	INT(version_at, "version_at"),
	INT(model_at, "model_at"),
	INT(lock_state_at, "lock_state_at"),
	INT(network_at, "network_at"),
	INT(door_at, "door_at"),
	INT(mode_at, "mode_at"),
	INT(battery.half_percent, "battery_half_percent"),
	INT(battery.decivolt, "battery_decivolt"),
	BOOL(battery.alarm, "battery_alarm"),
	INT(battery.at, "battery_at"),
	INT(last_heard, "last_heard"),
	INT(created_at, "created_at"),
	TEXT(problem, "problem"),
	TEXT(problem_text, "problem_text"),
	UINT(policy.min_battery_percent, "min_battery_percent"),
	UINT(rejected_version, "rejected_version"),
	FIELD_ENUM(struct lock, policy.auto_update, "auto_update", &updates),
	BOOL(policy.window.set, "window_set"),
	UINT(policy.window.from, "window_from"),
	UINT(policy.window.to, "window_to"),
	UINT(policy.window.days, "window_days"),
	TEXT(policy.window.zone, "time_zone"),
	UINT(policy.min_battery_decivolt, "min_battery_decivolt"),
	UINT(policy.min_lqi, "min_lqi"),
	UINT(policy.max_attempts, "max_attempts"),
	UINT(policy.pinned_version, "pinned_version"),
	UINT(policy.skipped_version, "skipped_version"),
	INT(policy.priority, "priority"),
	UINT(auto_version, "auto_version"),
	UINT(told_version, "told_version"),
	UINT(auto_jobs, "auto_jobs"),
	INT(auto_at, "auto_at"),
	UINT(contact_gap_s, "contact_gap_s"),
	INT(sag_half_percent, "sag_half_percent"),
	INT(sag_at, "sag_at"),
	INT(updated_at, "updated_at"),
	BOOL(facts.online, "online"),
	INT(online_at, "online_at"),
	INT(components_at, "components_at"),
	TEXT(auto_text, "auto_text"),
	TEXT(told_text, "told_text"),
	INT(follow_up, "follow_up"),
	TEXT(policy.pinned_text, "pinned_text"),
	TEXT(policy.skipped_text, "skipped_text"),
	TEXT(attested_text, "attested_text"),
	TEXT(attested_part, "attested_part"),
};

const struct table store_lock_table = { "lock", sizeof(struct lock), fields, ARRAY_SIZE(fields) };
