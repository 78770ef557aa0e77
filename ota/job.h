/* job.h: one firmware update of one lock, as a row and as a value (DESIGN.md §1, DECISIONS "Jobs").
 */
#pragma once

#include "ota/image.h"
#include "ota/lock.h"
#include "server/base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum job_phase {
	JOB_QUEUED,
	JOB_CHECKING,
	JOB_WAITING,
	JOB_TRANSFERRING,
	JOB_APPLYING,
	JOB_VERIFYING,
	JOB_SUCCEEDED,
	JOB_FAILED,
	JOB_CANCELLED,
	JOB_PHASES
};

enum job_wait {
	WAIT_NOTHING,
	WAIT_WAKE,
	WAIT_WINDOW,
	WAIT_SLOT,
	WAIT_ADAPTER,
	WAIT_OWNER,
	WAIT_BATTERY,
	WAIT_USER,
	WAIT_BACKOFF,
	WAIT_HOLD,
	JOB_WAITS
};

/* Whether the vendor was asked to update. Written to disk before it is asked: whoever finds
 * `intended` without an outcome does not know, looks, and never asks again by itself. */
enum job_intent {
	INTENT_NONE,
	INTENT_INTENDED,
	INTENT_ACCEPTED,
	INTENT_REFUSED,   /* surely nothing was started */
	INTENT_AMBIGUOUS, /* it may or may not have been started */
	INTENT_ADOPTED,   /* somebody else had started it */
	JOB_INTENTS
};

enum { JOB_FORCE_MAX = 8, FINDING_CODE_SIZE = 32 };

struct job {
	int64_t id; /* never reused */
	char lock[LOCK_ID_SIZE];
	char image[SHA256_TEXT];
	char image_name[128];
	uint32_t from_version, to_version;
	bool from_known;
	enum job_phase phase;
	enum job_wait waiting_for; /* WAIT_NOTHING unless waiting */
	bool reinstall, allow_downgrade;
	char force[JOB_FORCE_MAX][FINDING_CODE_SIZE];
	uint8_t n_force;
	uint32_t attempt; /* 1 for the first transfer */
	uint64_t bytes_done, bytes_total;
	uint64_t bytes_peak; /* monotonic per attempt: what update_percentage shows */
	uint32_t blocks, repeats;
	bool end_response_sent;
	char outcome[32]; /* "updated", "already_installed", or the failure code; "" while active */
	char evidence[32];        /* "verified_by_version", "version_observed"; "" */
	char evidence_source[32]; /* "query_next_image", "attribute" */
	uint32_t verified_version;
	bool verified_known;
	bool target_moved; /* verified above the target */
	char summary[216]; /* one sentence for people */
	struct err error;  /* failed: why; waiting: what stands in the way */
	int32_t status;    /* the lock's or stick's own code; -1 none */
	char space[12];    /* of status */
	char requested_by[64];
	char idempotency_key[64];
	char request_digest[SHA256_TEXT]; /* of the body that came with the key */
	int64_t retry_of;                 /* 0 none */
	int64_t not_before;               /* Unix ms; 0 now */
	int8_t priority;                  /* in the queue, before age; more is sooner */
	bool automatic;                   /* started by the policy, not by somebody */
	bool verify_only;                 /* no transfer: only the version is asked for */
	bool attested;                    /* somebody says which version the lock runs */
	uint32_t attested_version;
	int64_t created_at, changed_at, started_at, ended_at; /* Unix ms; 0 not yet */
	int64_t last_contact;   /* Unix ms of the lock's last sign of life during this job */
	int64_t waiting_since;  /* Unix ms; for give_up_after */
	int64_t abort_until;    /* cancelled: requests get ABORT until then */
	uint32_t version_reads; /* unchanged version read so often since applying */
	int64_t battery_before_at;
	int16_t battery_before, battery_after; /* half percent, -1 */
	/* The vendor transfers: no image, and versions are texts. */
	bool vendor;
	bool guided;         /* somebody starts it in the vendor's app */
	bool version_chosen; /* to_text is what somebody asked for, not what is offered */
	bool all_components; /* the next one that is offered follows when this one is verified */
	char component[COMPONENT_ID_SIZE];
	char from_text[VENDOR_VERSION_SIZE], to_text[VENDOR_VERSION_SIZE]; /* "" not known */
	char verified_text[VENDOR_VERSION_SIZE], attested_text[VENDOR_VERSION_SIZE];
	enum job_intent intent;
	int64_t intent_at; /* Unix ms */
	int64_t continues; /* the job of the component before; 0 none */
	int8_t percent;    /* as the vendor says, monotonic; -1 not known */
};

/* The only transition table; staying is no move. Whether a cancel comes too late is the engine's.
 */
bool job_may_go(enum job_phase from, enum job_phase to);
bool job_is_over(enum job_phase phase);
const char *job_phase_name(enum job_phase phase); /* "transferring": openapi.yaml's enum */
const char *job_wait_name(enum job_wait wait);    /* "wake"; "" for WAIT_NOTHING */
const char *job_intent_name(enum job_intent intent);
bool job_phase_parse(enum job_phase *out, const char *name);
bool job_wait_parse(enum job_wait *out, const char *name);
