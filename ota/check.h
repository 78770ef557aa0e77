/* check.h: the pre-flight report of a lock: findings with evidence and a remedy. Pure: facts in,
 * findings out. docs/checks.md lists them with their thresholds. */
#pragma once

#include "ota/host.h"
#include "ota/image.h"
#include "ota/index.h"
#include "ota/job.h"
#include "ota/lock.h"
#include "ota/stick_hour.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_BLOCK };

struct finding {
	char code[FINDING_CODE_SIZE]; /* "battery_low" */
	enum verdict verdict;
	bool forcible;      /* a job may name it in `force` */
	bool forced;        /* and has */
	char evidence[160]; /* value, source */
	int64_t at;         /* Unix ms of the fact; 0 none */
	int64_t until;      /* Unix ms: it will be otherwise by itself then; 0 unknown */
	const char *remedy; /* from the failure catalogue or ""; static */
	enum job_wait wait; /* a block that can be mended: what the job waits for; else WAIT_NOTHING
			       = fails. On a warning WAIT_USER: when reading the lock does not
			       help, somebody must be asked */
};

enum { CHECK_MAX = 48, WIFI_CHANNELS_MAX = 14 };

struct check {
	struct finding findings[CHECK_MAX];
	size_t n;
	unsigned pending;   /* READ_* bits that are unknown or older than 24 h */
	enum verdict worst; /* without forced ones */
};

/* What a check goes by. Everything that is 0 or NULL and not said otherwise: unknown, and nothing
 * is said about it. */
struct check_input {
	const struct lock *lock;
	const struct image *image;         /* NULL: a check without an update in mind */
	const struct index_entry *says;    /* what an index says of it; NULL */
	const char *retracted;             /* why it was withdrawn; NULL */
	const struct job *job;             /* for force, reinstall, allow_downgrade; may be NULL */
	const struct policy *policy;       /* what holds for the lock; NULL: the defaults */
	const struct window_state *window; /* of its window; NULL: it has none */
	bool paused;                       /* by the user, for all locks */
	enum adapter_state adapter;
	const struct err *adapter_why;
	const struct adapter_info *info;  /* of the adapter */
	const struct stick_counts *stick; /* of its last hour */
	const struct port_facts *port;
	const struct host_facts *host;
	const uint8_t *wifi;     /* Wi-Fi channels in use, from the configuration; 0 ends */
	const char *parent_busy; /* the lock that transfers through the same parent */
	int64_t wall;
	bool clock_plausible;
	bool shared_ids; /* several products have the ids of this image (offer_ids_are_shared) */
	bool awake;      /* heard within the last seconds */
	/* Of a vendor's lock; there is no image then. */
	bool vendor;
	unsigned capabilities;                  /* of its adapter */
	const struct lock_component *component; /* to be updated; NULL */
	const char *target;                     /* version; NULL */
};

/* Facts older than this are read again before they decide anything. */
enum { CHECK_FRESH_MS = 24 * 3600 * 1000 };

void check_run(struct check *out, const struct check_input *in);
const struct finding *check_find(const struct check *check, const char *code); /* or NULL */
/* Is this a finding code, and may it be forced? */
bool check_knows(const char *code, bool *forcible);
