#include "tests/ota/session_bench.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

struct lock lock;
struct image image;
static struct check check;
struct session s;
struct session_world w;

void look(void)
{
	struct check_input in = { .lock = &lock,
		.image = &image,
		.job = &s.job,
		.adapter = w.adapter,
		.wall = w.wall,
		.clock_plausible = true };

	check_run(&check, &in);
	w.row = &image;
}

void step(enum session_input_kind kind)
{
	look();
	session_step(&s, &w, &(struct session_input){ .kind = kind });
}

void pass(msec ms)
{
	w.now += ms;
	w.wall += (int64_t)ms;
}

void report(enum update_step what, uint64_t offset)
{
	struct update_report r = {
		.step = what, .offset = offset, .block_size = 50, .delay_s = 5, .status = -1
	};

	look();
	session_step(&s, &w, &(struct session_input){ .kind = SESSION_REPORT, .report = &r });
}

void ended(const char *space, int32_t status, const char *reason)
{
	struct update_report r = { .step = UPDATE_ENDED, .status = status, .space = space };

	if (reason)
		err_because(&r.error, ERR_REFUSED, reason, "because");
	look();
	session_step(&s, &w, &(struct session_input){ .kind = SESSION_REPORT, .report = &r });
}

void seen(const struct lock_seen *seen)
{
	look();
	session_step(&s, &w, &(struct session_input){ .kind = SESSION_SEEN, .seen = seen });
}

void says(uint32_t version, bool announced)
{
	lock.facts.version = version;
	lock.facts.version_source = VERSION_QUERY;
	lock.version_at = w.wall;
	seen(&(struct lock_seen){ .awake = true,
		.announced = announced,
		.facts = { .known = FACT_VERSION,
			.version = version,
			.version_source = VERSION_QUERY } });
}

void reads(int half_percent, int state)
{
	lock.battery.half_percent = (int16_t)half_percent;
	lock.facts.lock_state = (int8_t)state;
	lock.battery.at = lock.lock_state_at = w.wall;
	seen(&(struct lock_seen){
		.awake = true, .facts = { .known = FACT_BATTERY | FACT_LOCK_STATE } });
}

const struct session_action *did(enum session_do what)
{
	for (size_t i = 0; i < s.n_actions; i++)
		if (s.actions[i].what == what)
			return &s.actions[i];
	return NULL;
}

void session_is(enum job_phase phase, enum job_wait wait)
{
	cr_assert(eq(str, (char *)job_phase_name(s.job.phase), (char *)job_phase_name(phase)));
	cr_assert(eq(str, (char *)job_wait_name(s.job.waiting_for), (char *)job_wait_name(wait)));
}

void session_setup(void)
{
	struct job job = { .id = 7, .phase = JOB_QUEUED, .to_version = NEW, .bytes_total = 1000 };

	w = (struct session_world){ .lock = &lock,
		.check = &check,
		.adapter = ADAPTER_UP,
		.capabilities = ADAPTER_TRANSFERS | ADAPTER_READS,
		.slot_free = true,
		.image = SESSION_IMAGE_READY,
		.give_up_after_s = 604800,
		.upgrade_delay_s = 5,
		.now = 1000,
		.wall = 1780272000000 };
	image = (struct image){ .file_version = NEW, .size = 1000 };
	lock = (struct lock){ .facts = { .known = FACT_VERSION | FACT_IMAGE_KEY | FACT_MODEL,
				      .version = OLD,
				      .version_source = VERSION_QUERY,
				      .lock_state = LOCK_LOCKED },
		.version_at = w.wall,
		.lock_state_at = w.wall,
		.battery = { .half_percent = 180, .decivolt = -1, .at = w.wall } };
	job.from_version = OLD;
	job.from_known = true;
	session_init(&s, &job);
}

/* The way to the phases that tests begin in. */
void transferring(void)
{
	step(SESSION_START);
	report(UPDATE_OFFERED, 0);
	report(UPDATE_PROGRESS, 400);
	session_is(JOB_TRANSFERRING, WAIT_NOTHING);
}

void applying(void)
{
	transferring();
	report(UPDATE_DOWNLOADED, 1000);
	reads(170, LOCK_LOCKED);
	report(UPDATE_APPLYING, 0);
	session_is(JOB_APPLYING, WAIT_NOTHING);
}
