/* session.h: the course of one job, sans-I/O. What happens, what is known and the time go in;
 * actions and the next deadline come out. runner.c carries the actions out.
 *
 *   queued > checking > waiting <> transferring > applying > verifying > succeeded
 *
 * The session changes its own copy of the job; what others may see is what was committed of it. */
#pragma once

#include "ota/check.h"
#include "ota/job.h"
#include "ota/lock.h"
#include "ota/progress.h"
#include "server/base/msec.h"

enum session_image {
	SESSION_IMAGE_ABSENT,
	SESSION_IMAGE_LOADING,
	SESSION_IMAGE_READY,
	SESSION_IMAGE_MISSING
};

/* What is known at the moment of a step. */
struct session_world {
	const struct lock *lock;
	const struct check *check;
	enum adapter_state adapter;
	const struct err *adapter_why;
	unsigned capabilities; /* of the adapter */
	bool slot_free;        /* may one more lock of this adapter transfer? */
	enum session_image image;
	const struct image *row; /* of the job's image; NULL: gone from the library */
	uint32_t give_up_after_s, upgrade_delay_s;
	uint32_t max_attempts; /* transfers of this job; 0: SESSION_ATTEMPTS_MAX */
	msec now;
	int64_t wall;
	/* Of a vendor's job. */
	const struct job *durable;           /* as it is on disk */
	const char *guide_app, *guide_steps; /* how people update; NULL */
};

enum session_input_kind {
	SESSION_START,   /* a new job */
	SESSION_RESTART, /* a job of an earlier life of this process */
	SESSION_SEEN,    /* a sign of life; its facts are already in world.lock */
	SESSION_REPORT,  /* of the update, from the adapter */
	SESSION_CHANGED, /* adapter, slot, image or policy: look again */
	SESSION_USER,    /* "the lock is awake now", or a finding was forced */
	SESSION_TICK,    /* the deadline passed */
	/* Of a vendor's job. */
	SESSION_SAVED,  /* the newest row is on disk */
	SESSION_VENDOR, /* a report of the vendor's adapter */
	SESSION_POKED,  /* the vendor sent word: look sooner */
	SESSION_AGAIN,  /* "ask the vendor once more", by the user */
	SESSION_ATTEST, /* "the lock runs this version", by the user */
};

struct session_input {
	enum session_input_kind kind;
	const struct lock_seen *seen;
	const struct update_report *report;
	const struct vendor_report *vendor;
	const char *version;
};

enum session_do {
	SESSION_PHASE,    /* the job went to phase/wait: an event */
	SESSION_NOTE,     /* something worth telling: an event */
	SESSION_LOAD,     /* the image into memory */
	SESSION_ORDER,    /* place or renew the order */
	SESSION_WITHDRAW, /* the order; abort_until as of adapter cancel() */
	SESSION_READ,     /* READ_* from the lock */
	SESSION_FINISH,   /* install in delay_s; UINT32_MAX holds */
	SESSION_PROBLEM,  /* the lock has this problem now; code "" = none any more */
	SESSION_LOOK,     /* LOOK_* at the vendor's */
	SESSION_TRIGGER,  /* the vendor's update: once, the intent is on disk */
};

struct session_action {
	enum session_do what;
	enum job_phase phase;
	enum job_wait wait;
	bool with_data, notify;
	unsigned reads; /* LOOK: of LOOK_* */
	uint32_t delay_s;
	int64_t abort_until;
	char code[40];
	char text[216];
};

enum { SESSION_ACTIONS_MAX = 16 };

/* What a vendor's job remembers until this process ends; see vendor_session.h. */
struct vendor_course {
	/* Looking. */
	unsigned asked; /* LOOK_* under way */
	msec asked_at;
	msec fresh_at;     /* of the last answer; 0 none */
	msec look_at;      /* not before */
	msec blind_from;   /* the last answer before looks began to fail; 0 they do not */
	unsigned failures; /* in a row */
	unsigned looks;
	bool no_progress; /* the vendor cannot say how far it is */
	bool told;        /* what hinders looking */
	/* Asking. */
	bool may_trigger;  /* the intent was formed in this life, and nothing is sent yet */
	bool not_sent;     /* the adapter did not take it */
	msec triggered_at; /* sent, and not answered yet; 0 */
	/* Following. */
	msec follow_from; /* begin of the schedule */
	bool ran;         /* the vendor has said that the update runs */
	bool stalled;
	bool elsewhere; /* another version than the wanted one was told of */
	enum vendor_state state;
	msec moved_at;   /* last change of state or percent */
	msec counted_at; /* last look that counts as a read of the version */
	msec changed_at; /* first look with this new version; 0 none */
};

struct session {
	struct job job;
	struct session_action actions[SESSION_ACTIONS_MAX]; /* of the last step, in order */
	size_t n_actions;
	msec deadline;   /* of the next SESSION_TICK; 0 none */
	bool changed;    /* the job must be saved now */
	bool progressed; /* bytes or contact: saved when convenient */
	struct meter meter;
	uint32_t block_size;
	/* Volatile. */
	bool begun;     /* this attempt has been offered to the lock */
	bool restarted; /* the adapter has not been up since the process started */
	bool ordered, with_data;
	bool low_told;
	bool held; /* the lock was told to wait with installing, by this process */
	msec awake_until;
	msec last_progress;
	msec read_at;         /* last read asked of the lock */
	unsigned reads;       /* asked in a row without what was wanted */
	msec gate_until;      /* the lock waits for its Upgrade End Response */
	int64_t gate_at;      /* facts from then on are the answer to the gate's read */
	msec order_at;        /* not before: the adapter did not take the last one */
	unsigned loads;       /* of the image that failed */
	msec load_at;         /* next try; 0 none due */
	msec slot_until;      /* a promoted job keeps its slot until then */
	int64_t unchanged_at; /* Unix ms of the first read of the old version after applying */
	int64_t next_at;      /* Unix ms at which a wait will go on by itself; 0 unknown */
	struct {
		uint32_t blocks, repeats;               /* of the hundred under way */
		uint32_t blocks_before, repeats_before; /* of the one before */
		uint32_t seen;                          /* repeats of the order so far */
	} link;
	unsigned boots; /* announces since it installs */
	msec boots_from, boot_at;
	bool forced_told;
	struct vendor_course vendor;
};

void session_init(struct session *s, const struct job *job);
void session_step(
	struct session *s, const struct session_world *w, const struct session_input *input);
/* too_late, already_over. The step's actions are in s as usual. */
MUST_USE enum err_code session_cancel(
	struct session *s, const struct session_world *w, struct err *e);
/* Another device answers at the lock's place: ends as lock_replaced, whatever the phase. */
void session_replaced(struct session *s, const struct session_world *w);
/* The adapter refused the order: it is placed again later. */
void session_order_refused(struct session *s, msec now);
/* Does the job hold one of its adapter's slots? */
bool session_holds_slot(const struct session *s, msec now);
/* Unix ms at which the wait ends as no_contact; 0: it does not. */
int64_t session_gives_up_at(const struct session *s, uint32_t give_up_after_s);

enum {
	SESSION_DAY_MS = 24 * 3600 * 1000,
	SESSION_ATTEMPTS_MAX = 4, /* the first, and one after each back-off: 10 min, 1 h, 6 h … */
};
