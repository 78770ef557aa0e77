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

/* What decides how the engine drives a lock; no vendor names above the adapter. An adapter either
 * transfers (the image is ours) or is a vendor's (the vendor's cloud or app has image and transfer;
 * versions are texts, a lock has components). */
enum adapter_capability {
	ADAPTER_TRANSFERS = 1 << 0, /* we serve the image; it resumes by offset */
	ADAPTER_READS = 1 << 1, /* version, battery and lock state can be read while it is awake */
	ADAPTER_SCANS = 1 << 2,
	ADAPTER_RESTARTS = 1 << 3,
	ADAPTER_VENDOR = 1 << 4,   /* look(), and vendor() reports */
	ADAPTER_TRIGGERS = 1 << 5, /* vendor: trigger(). Without it people start the update in the
				      vendor's app, and we guide them */
	ADAPTER_OFFERS = 1 << 6,   /* vendor: tells which version is available */
	ADAPTER_VERSIONS = 1 << 7, /* vendor: tells which version is installed */
	ADAPTER_PERCENT = 1 << 8,  /* vendor: tells how far an update is */
	ADAPTER_PINS = 1 << 9,     /* vendor: the version can be chosen */
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
	FACT_ONLINE = 1 << 8,
	FACT_COMPONENTS = 1 << 9, /* of a vendor's lock: in lock_seen */
};

enum lock_state {
	LOCK_UNKNOWN = -1,
	LOCK_NOT_FULLY_LOCKED = 0,
	LOCK_LOCKED = 1,
	LOCK_UNLOCKED = 2
};

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
	uint16_t hardware_version;
	uint16_t network_address, parent; /* 0xFFFF unknown; parent 0x0000 = the coordinator */
	uint8_t endpoint;
	uint8_t lqi; /* last hop; 0 unknown */
	bool sleepy;
	bool online; /* as the vendor's cloud says */
};

enum {
	COMPONENTS_MAX = 4,
	COMPONENT_ID_SIZE = 24,
	VENDOR_VERSION_SIZE = 65,
	VENDOR_TEXT_SIZE = 160
};

/* What a vendor says of the update of a component (lock-clouds.md §3.2). */
enum vendor_state {
	VENDOR_UNKNOWN,
	VENDOR_IDLE,
	VENDOR_AVAILABLE,
	VENDOR_QUEUED,
	VENDOR_WAITS_FOR_WAKE, /* the lock sleeps: somebody must touch it */
	VENDOR_DOWNLOADING,
	VENDOR_INSTALLING,
	VENDOR_SUCCEEDED,
	VENDOR_FAILED,
	VENDOR_TIMED_OUT
};

/* One updatable part of a vendor's lock. Texts are printable, whatever the vendor sent. */
struct lock_component {
	char id[COMPONENT_ID_SIZE]; /* the vendor's word: "0", "9"; "main" when it has none */
	char label[40];
	char installed[VENDOR_VERSION_SIZE]; /* "" not known */
	char available[VENDOR_VERSION_SIZE]; /* "" none, or not known */
	enum vendor_state state;
	bool blocked; /* the vendor does not allow an update now */
	char why[VENDOR_TEXT_SIZE];
	char notes[VENDOR_TEXT_SIZE];
	uint32_t timeout_s; /* of an update, as the vendor says; 0 not known */
};

struct lock_seen { /* a sign of life, or a lock found */
	const char *address;
	bool awake;              /* it sent something just now: now is the moment to talk to it */
	bool announced;          /* it (re)joined: perhaps after a reboot */
	bool is_lock;            /* Door Lock cluster or configured as one */
	struct lock_facts facts; /* known may be 0 */
	const struct lock_component *components; /* with FACT_COMPONENTS: all it has */
	size_t n_components;
	const char *name; /* as the vendor's app calls it; NULL not known */
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

/* An update that the vendor is asked to make. */
struct vendor_order {
	const char *address;
	int64_t job;
	const char *component;
	const char *version; /* only with ADAPTER_PINS; else it is what the vendor chooses */
};

/* Why a cloud said no, or could not be asked (lock-clouds.md §3.3); reports name it, the engine
 * decides by it. */
enum vendor_class {
	VENDOR_OK,
	VENDOR_AUTH_EXPIRED, /* and could not be renewed: somebody must log in again */
	VENDOR_AUTH_CONFIG,
	VENDOR_CLOCK_SKEW,
	VENDOR_FORBIDDEN,
	VENDOR_NOT_FOUND,
	VENDOR_UNSUPPORTED,
	VENDOR_BAD_REQUEST,
	VENDOR_DEVICE_OFFLINE,
	VENDOR_GATEWAY_UNREACHABLE,
	VENDOR_LOCK_ASLEEP,
	VENDOR_LOW_BATTERY,
	VENDOR_IN_PROGRESS, /* an update runs already: it is adopted */
	VENDOR_RATE_LIMITED,
	VENDOR_QUOTA_EXHAUSTED,
	VENDOR_ERROR,  /* 5xx, no sense in the answer, breaker open */
	VENDOR_NO_NET, /* no answer: name, connection, time-out */
	VENDOR_TLS,    /* certificate: expired, wrong name, unknown issuer */
	VENDOR_STRANGE /* a code nobody knows */
};

enum vendor_step {
	VENDOR_LOOKED,    /* what look() asked for was answered; facts came by seen() before */
	VENDOR_NO_ANSWER, /* look() failed; error says why */
	VENDOR_ACCEPTED,  /* trigger(): the cloud took it */
	VENDOR_REFUSED,   /* trigger(): surely nothing was started */
	VENDOR_AMBIGUOUS, /* trigger(): it may or may not have been started; look, do not ask again
			   */
};

struct vendor_report {
	const char *address;
	const char *component;
	enum vendor_step step;
	unsigned what;           /* LOOKED, NO_ANSWER: the LOOK_* bits */
	enum vendor_state state; /* LOOKED with LOOK_PROGRESS */
	int percent;             /* the same; 0..100, -1 not known */
	enum vendor_class class;
	struct err error;      /* its text is for people and has no vendor secrets */
	int64_t retry_after_s; /* the cloud wants to be left alone so long; -1 not said */
	char code[32];         /* the vendor's own code, "" none */
};

enum { LOOK_STATUS = 1, LOOK_VERSIONS = 2, LOOK_PROGRESS = 4 };

/* A message of the vendor to us, at an address of ours. It never carries facts: at best it makes
 * us look sooner. */
struct vendor_hook {
	struct span body; /* raw */
	/* Value of a header of the message; NULL: it has none. */
	const char *(*header)(const void *arg, const char *name);
	const void *arg;
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
	void (*vendor)(void *owner, struct adapter *from, const struct vendor_report *report);
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
enum { READ_VERSION = 1, READ_BATTERY = 2, READ_LOCK_STATE = 4, READ_MODEL = 8, READ_ALL = 15 };

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

	/* ADAPTER_VENDOR; NULL elsewhere. */

	/* Asks the cloud now, LOOK_* bits; one vendor() report follows. component only for
	 * LOOK_PROGRESS. Besides, the adapter looks by itself now and then, without a report. */
	enum err_code (*look)(struct adapter *a, const char *address, const char *component,
		unsigned what, struct err *e);
	/* Makes exactly one request that can have an effect; one vendor() report follows. Whoever
	 * calls has written its intent to disk before, and never calls again unless the report was
	 * REFUSED. An error: nothing was sent, no report follows. */
	enum err_code (*trigger)(
		struct adapter *a, const struct vendor_order *order, struct err *e);
	/* false: it is not from the vendor. */
	bool (*hook)(struct adapter *a, const struct vendor_hook *hook);
	/* How people update in the vendor's app; texts live as long as the adapter. */
	void (*guide)(const struct adapter *a, const char **app, const char **steps);
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
