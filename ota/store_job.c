/* store_job.c: how a job is kept, and what stops it from being kept twice or going back. */
#include "ota/store_private.h"
#include "server/base/check.h"

#include <string.h>

static const char *phase_name(int phase)
{
	return job_phase_name((enum job_phase)phase);
}

static const char *wait_name(int wait)
{
	return job_wait_name((enum job_wait)wait);
}

static const char *error_name(int code)
{
	return err_name((enum err_code)code);
}

static const char *intent_name(int intent)
{
	return job_intent_name((enum job_intent)intent);
}

static const struct names phases = { phase_name, JOB_PHASES };
static const struct names waits = { wait_name, JOB_WAITS };
static const struct names errors = { error_name, ERR_CODES };
static const struct names intents = { intent_name, JOB_INTENTS };

#define TEXT(member) FIELD(FIELD_TEXT, struct job, member, #member)
#define INT(member) FIELD(FIELD_SIGNED, struct job, member, #member)
#define UINT(member) FIELD(FIELD_UNSIGNED, struct job, member, #member)
#define BOOL(member) FIELD(FIELD_BOOL, struct job, member, #member)

static const struct field fields[] = {
	INT(id),
	TEXT(lock),
	TEXT(image),
	TEXT(image_name),
	UINT(from_version),
	UINT(to_version),
	BOOL(from_known),
	FIELD_ENUM(struct job, phase, "phase", &phases),
	FIELD_ENUM(struct job, waiting_for, "waiting_for", &waits),
	BOOL(reinstall),
	BOOL(allow_downgrade),
	{ "force", FIELD_LIST, offsetof(struct job, force), FINDING_CODE_SIZE, NULL,
		offsetof(struct job, n_force), JOB_FORCE_MAX },
	UINT(attempt),
	UINT(bytes_done),
	UINT(bytes_total),
	UINT(bytes_peak),
	UINT(blocks),
	UINT(repeats),
	BOOL(end_response_sent),
	TEXT(outcome),
	TEXT(evidence),
	TEXT(evidence_source),
	UINT(verified_version),
	BOOL(verified_known),
	BOOL(target_moved),
	TEXT(summary),
	FIELD_ENUM(struct job, error.code, "error_code", &errors),
	FIELD(FIELD_TEXT, struct job, error.reason, "error_reason"),
	FIELD(FIELD_TEXT, struct job, error.text, "error_text"),
	INT(status),
	TEXT(space),
	TEXT(requested_by),
	TEXT(idempotency_key),
	TEXT(request_digest),
	INT(retry_of),
	INT(not_before),
	INT(priority),
	BOOL(automatic),
	BOOL(verify_only),
	BOOL(attested),
	UINT(attested_version),
	INT(created_at),
	INT(changed_at),
	INT(started_at),
	INT(ended_at),
	INT(last_contact),
	INT(waiting_since),
	INT(abort_until),
	UINT(version_reads),
	INT(battery_before_at),
	INT(battery_before),
	INT(battery_after),
	BOOL(vendor),
	BOOL(guided),
	BOOL(version_chosen),
	BOOL(all_components),
	TEXT(component),
	TEXT(from_text),
	TEXT(to_text),
	TEXT(verified_text),
	TEXT(attested_text),
	FIELD_ENUM(struct job, intent, "intent", &intents),
	INT(intent_at),
	INT(continues),
	INT(percent),
};

const struct table store_job_table = { "job", sizeof(struct job), fields, ARRAY_SIZE(fields) };

static enum err_code find_by_key(sqlite3 *sql, const struct job *job, int64_t *id, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement,
		"SELECT id, request_digest FROM job"
		" WHERE idempotency_key = ? AND idempotency_key <> '' AND id <> ?",
		e);
	char digest[SHA256_TEXT];

	if (code)
		return code;
	db_bind(statement, "tl", job->idempotency_key, job->id);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*id = sqlite3_column_int64(statement, 0);
		db_text(statement, 1, digest, sizeof digest);
		code = strcmp(digest, job->request_digest) == 0
			       ? err_because(e, ERR_CONFLICT, "idempotency_repeated",
					 "this request was already made; it is job %lld",
					 (long long)*id)
			       : err_because(e, ERR_CONFLICT, "idempotency_mismatch",
					 "this Idempotency-Key was used for another request, job "
					 "%lld",
					 (long long)*id);
	}
	sqlite3_finalize(statement);
	return code;
}

static enum err_code find_active(sqlite3 *sql, const struct job *job, int64_t *id, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement,
		"SELECT id FROM job WHERE lock = ? AND id <> ? AND phase NOT IN " FINAL_PHASES, e);

	if (code)
		return code;
	db_bind(statement, "tl", job->lock, job->id);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*id = sqlite3_column_int64(statement, 0);
		code = err_because(e, ERR_CONFLICT, "lock_busy",
			"the lock %s already has job %lld, which is not over", job->lock,
			(long long)*id);
	}
	sqlite3_finalize(statement);
	return code;
}

/* The schema said no; says which of its two laws it was, and which job is in the way. */
static enum err_code explain(sqlite3 *sql, const struct job *job, int64_t *id, struct err *e)
{
	struct err law = *e;
	enum err_code code = find_by_key(sql, job, id, e);

	if (!code)
		code = find_active(sql, job, id, e);
	if (!code)
		*e = law;
	return code ? code : law.code;
}

static enum err_code may_move(sqlite3 *sql, const struct job *job, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, "SELECT phase FROM job WHERE id = ?", e);
	enum job_phase from;
	char name[16];
	int step;

	if (code)
		return code;
	db_bind(statement, "l", job->id);
	step = sqlite3_step(statement);
	if (step == SQLITE_ROW)
		db_text(statement, 0, name, sizeof name);
	else
		code = step == SQLITE_DONE ? err_set(e, ERR_NOT_FOUND, "there is no job %lld",
						     (long long)job->id)
					   : db_error(sql, e);
	sqlite3_finalize(statement);
	if (code)
		return code;
	if (job_phase_parse(&from, name) && (from == job->phase || job_may_go(from, job->phase)))
		return OK;
	return err_because(e, ERR_CONFLICT, "job_moved", "job %lld is %s and cannot become %s",
		(long long)job->id, name, job_phase_name(job->phase));
}

enum err_code store_put_job(
	sqlite3 *sql, const struct job *job, int64_t *id, int64_t *in_the_way, struct err *e)
{
	enum err_code code = job->id ? may_move(sql, job, e) : OK;
	struct err why = { .code = OK };

	if (code)
		return code;
	code = row_put(sql, &store_job_table, job, &why);
	if (code == ERR_CONFLICT)
		code = explain(sql, job, in_the_way, &why);
	if (code)
		*e = why;
	else
		*id = job->id ? job->id : sqlite3_last_insert_rowid(sql);
	return code;
}
