/* adapter.h: a way to reach locks (DESIGN.md §1). The engine above knows nothing else of them.
 *
 * Nothing blocks. Answers come as events, from the loop, never from inside a call into the adapter.
 * Strings in events are valid during the call only. */
#pragma once

#include "server/base/err.h"
#include "server/base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRESS_SIZE = 40 };

enum adapter_state {
	ADAPTER_STOPPED,
	ADAPTER_STARTING, /* opening, checking, resuming; also after a loss */
	ADAPTER_UP,
	ADAPTER_REFUSED, /* the stick is not what it must be; err says why; only a restart by the
			    user tries again */
	ADAPTER_RELEASED /* on purpose without its port */
};

/* What decides how the engine drives a lock; no vendor names above the adapter. */
enum adapter_capability {
	ADAPTER_TRANSFERS = 1, /* we serve the image; it resumes by offset */
	ADAPTER_READS = 2, /* version, battery and lock state can be read while the lock is awake */
	ADAPTER_SCANS = 4,
	ADAPTER_RESTARTS = 8,
};

enum version_source { VERSION_NONE, VERSION_QUERY, VERSION_ATTRIBUTE, VERSION_IMPORTED };

/* Facts about one lock. `known` says which groups are set in this report; the rest is untouched.
 * Every fact carries its age: at = Unix ms when it was learned. */
enum lock_fact {
	FACT_VERSION = 1 << 0,
	FACT_IMAGE_KEY = 1 << 1, /* manufacturer_code and image_type */
	FACT_MODEL = 1 << 2,     /* model, manufacturer, date_code, sw_build; "" = not answered */
	FACT_BATTERY = 1 << 3,
	FACT_LOCK_STATE = 1 << 4,
	FACT_NETWORK = 1 << 5,
	FACT_HARDWARE = 1 << 6,
	FACT_ALARM = 1 << 7,
	FACT_DOOR = 1 << 8, /* only from locks that tell it */
	FACT_MODE = 1 << 9, /* likewise */
};

enum lock_state {
	LOCK_UNKNOWN = -1,
	LOCK_NOT_FULLY_LOCKED = 0,
	LOCK_LOCKED = 1,
	LOCK_UNLOCKED = 2
};

enum door_state { DOOR_OPEN, DOOR_CLOSED, DOOR_JAMMED, DOOR_FORCED_OPEN, DOOR_UNSPECIFIED };
enum operating_mode { MODE_NORMAL, MODE_VACATION, MODE_PRIVACY, MODE_NO_REMOTE, MODE_PASSAGE };

struct lock_facts {
	unsigned known;
	int64_t at;
	uint32_t version; /* file version as the OTA client reports it */
	enum version_source version_source;
	uint16_t manufacturer_code, image_type;
	char model[48], manufacturer[48], date_code[20], sw_build[36];
	int16_t battery_half_percent; /* 0..200, -1 unknown */
	int16_t battery_decivolt;     /* 100 mV, -1 unknown */
	bool battery_alarm;
	int8_t lock_state; /* enum lock_state */
	int8_t door_state, operating_mode;
	uint16_t hardware_version;
	uint16_t network_address, parent; /* 0xFFFF unknown; parent 0x0000 = the coordinator */
	uint8_t endpoint;
	uint8_t lqi; /* last hop; 0 unknown */
	bool sleepy;
};

struct lock_seen { /* a sign of life, or a lock found */
	const char *address;
	bool awake;              /* it sent something just now: now is the moment to talk to it */
	bool announced;          /* it (re)joined: perhaps after a reboot */
	bool is_lock;            /* Door Lock cluster or configured as one */
	struct lock_facts facts; /* known may be 0 */
};

/* An order: deliver this image to this lock. */
struct update_order {
	const char *address;
	int64_t job;
	/* Borrowed until UPDATE_ENDED or cancel() of this address. data NULL: still being loaded;
	 * block requests are answered WAIT_FOR_DATA until the order is given again with bytes. */
	struct span image;
	uint16_t manufacturer_code, image_type;
	uint32_t version;
	bool reinstall;       /* offer even when the lock says it runs this version */
	bool allow_downgrade; /* offer even when the lock says it runs a newer one */
	bool notify_now;      /* the user says the lock is awake: a few notifies at once */
};

enum update_step {
	UPDATE_OFFERED,    /* the lock asked and was given the image's name */
	UPDATE_PROGRESS,   /* a block was asked for and answered; see offset */
	UPDATE_DOWNLOADED, /* the lock has all and says it is good: answer by finish() within 1.5 s
			      of its End Request, of which this may use 1 s */
	UPDATE_APPLYING,   /* told to install; installs in delay_s */
	UPDATE_HELD,       /* told to wait; may install by itself later */
	UPDATE_ENDED,      /* the lock gave up or refused; error says why; the order is gone */
};

struct update_report {
	const char *address;
	int64_t job;
	enum update_step step;
	uint64_t offset;     /* PROGRESS: end of the block just answered */
	uint32_t block_size; /* bytes of that block */
	uint32_t repeats;    /* blocks asked for more than once, since the order */
	uint32_t delay_s;
	int32_t status; /* ENDED: the lock's own status, -1 none; space "ota_end", "zcl" … */
	const char *space;
	struct err error;
};

struct adapter;

/* The order of things, on which the engine may rely:
 *
 *   A query brings seen() with the version it names (VERSION_QUERY) first, then UPDATE_OFFERED. A
 *   version that would be news comes only once the lock has proved its EUI-64, a little later.
 *   Each block answered brings UPDATE_PROGRESS before anything else that its message brings.
 *   OFFERED and PROGRESS may come in any order, again and after a HELD or APPLYING: a lock that
 *   lost its image starts over.
 *   UPDATE_DOWNLOADED comes once per End Request, after a seen() with the battery if that could be
 *   read (<= 1 s). Without finish() within 1.5 s of the End Request the lock is told to hold
 *   (UPDATE_HELD); its next End Request brings UPDATE_DOWNLOADED again, and finish() releases it
 *   at any time. finish() may be called inside the event; UPDATE_APPLYING or UPDATE_HELD follows
 *   in a later turn.
 *   UPDATE_ENDED is the last report of its job; the order is gone when it comes. After cancel()
 *   there is none at all, nor after forget(), which cancels.
 *   The new version shows by seen() alone (query or attribute); the order stays until cancel().
 *   seen() for the same lock without new facts comes at most once a second.
 *   scanned() ends the walk; what a sleeping lock is may come by seen() hours later. */
struct adapter_events {
	void (*state)(
		void *owner, struct adapter *from, enum adapter_state state, const struct err *why);
	void (*seen)(void *owner, struct adapter *from, const struct lock_seen *seen);
	void (*update)(void *owner, struct adapter *from, const struct update_report *report);
	void (*scanned)(void *owner, struct adapter *from, const struct err *e); /* e NULL: done */
};

/* Health and network facts for the adapter's page; numbers since start. */
struct adapter_info {
	char firmware[64]; /* "Z-Stack 3.x.0, 20230507" */
	bool has_network;
	uint8_t channel;
	uint16_t pan_id;
	uint64_t ext_pan_id, coordinator;
	uint32_t resets, timeouts, lost_confirms, delivery_failures, no_buffers, garbage_bytes;
	uint32_t line_errors, channel_busy; /* counted by the stick itself; 0 if it does not */
	const char *warning; /* what is known to be bad about its firmware; static or NULL */
	int64_t last_heard;  /* Unix ms of the last byte; 0 never */
};

/* What to read from a lock that is awake. */
enum {
	READ_VERSION = 1,
	READ_BATTERY = 2,
	READ_LOCK_STATE = 4 /* door and mode, too */,
	READ_MODEL = 8,
	READ_ALL = 15
};

struct adapter_ops {
	const char *type; /* "znp" */
	enum err_code (*start)(struct adapter *a, struct err *e);
	/* Gives the stick back as its owner expects, then calls done. At most 5 s. */
	void (*stop)(struct adapter *a, void (*done)(void *owner), void *owner);
	enum err_code (*restart)(
		struct adapter *a, struct err *e); /* by the user: soft, once, on request */
	enum err_code (*scan)(struct adapter *a, struct err *e);
	/* Tells the adapter of a lock it should know (config, store); facts may be empty. */
	void (*know)(struct adapter *a, const char *address, const struct lock_facts *facts);
	void (*forget)(struct adapter *a, const char *address);
	/* READ_* bits; facts come by seen(). Only worthwhile while the lock is awake. */
	enum err_code (*read)(struct adapter *a, const char *address, unsigned what, struct err *e);
	enum err_code (*update)(struct adapter *a, const struct update_order *order, struct err *e);
	/* Answers UPDATE_DOWNLOADED: install in delay_s seconds, or hold (UINT32_MAX). Later again
	 * to release a hold. */
	void (*finish)(struct adapter *a, const char *address, uint32_t delay_s);
	/* Ends the order without UPDATE_ENDED. abort: until abort_until (Unix ms) the lock's
	 * requests for this image are answered ABORT; otherwise they get WAIT. */
	void (*cancel)(struct adapter *a, const char *address, int64_t abort_until);
	void (*info)(const struct adapter *a, struct adapter_info *out);
	void (*free)(struct adapter *a); /* only after stop's done; NULL is fine */
};

struct adapter { /* first member of each concrete adapter */
	const struct adapter_ops *ops;
	const struct adapter_events *to; /* set by the engine before start */
	void *owner;                     /* of the events */
	char id[64];
	unsigned capabilities;
	enum adapter_state state; /* kept by the adapter; read by anybody */
	struct err why;           /* of the last state change */
};
