/* zigbee_adapter.h: locks behind any radio.h: ZCL, ZDO, the OTA server and sleepy locks. */
#pragma once

#include "adapters/adapter.h"
#include "adapters/adapter_store.h"

struct loop;
struct radio;

struct zigbee_options {
	struct loop *loop;
	struct radio *radio;         /* taken */
	struct adapter_store *store; /* learned block sizes; outlives the adapter */
	const char *id;              /* of the adapter, copied */
	const char *type;            /* "znp"; static */
};

struct adapter *zigbee_adapter_new(const struct zigbee_options *options);

/* Locks a Zigbee2MQTT already knows: reads its database.db (one JSON object a line, the last of a
 * device counts) and the names in configuration.yaml or devices.yaml. Calls found() for each device
 * that has a Door Lock cluster (0x0101). Blocks: call it at start or from a worker. Damaged lines
 * are skipped with a warning; not_found without database.db, too_large, io. facts.at is when the
 * device was last heard there, 0 unknown. */
struct imported_lock {
	char address[ADDRESS_SIZE];
	char name[96]; /* friendly name where configuration.yaml has one, else "" */
	struct lock_facts facts;
};
MUST_USE enum err_code zigbee2mqtt_import(const char *folder,
	void (*found)(void *owner, const struct imported_lock *lock), void *owner, struct err *e);
