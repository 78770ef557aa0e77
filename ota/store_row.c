/* store_row.c: between structs and rows, by the tables of fields. */
#include "ota/store_private.h"
#include "server/base/alloc.h"
#include "server/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_MAX = 8192, LIST_MAX = 512 };

struct sql_text {
	char text[SQL_MAX];
	size_t size;
};

PRINTF_LIKE(2, 0) static void vadd(struct sql_text *to, const char *format, va_list values)
{
	int n = vsnprintf(to->text + to->size, SQL_MAX - to->size, format, values);

	assert(n >= 0 && (size_t)n < SQL_MAX - to->size); /* our own text */
	to->size += (size_t)n;
}

PRINTF_LIKE(2, 3) static void add(struct sql_text *to, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vadd(to, format, values);
	va_end(values);
}

static int64_t number_of(const struct field *field, const void *at)
{
	bool is_signed = field->kind == FIELD_SIGNED;
	uint64_t value = 0;
	unsigned unused = 64 - 8 * (unsigned)field->size;

	/* Little-endian or not, so by type. */
	switch (field->size) {
	case 1:
		value = *(const uint8_t *)at;
		break;
	case 2:
		value = *(const uint16_t *)at;
		break;
	case 4:
		value = *(const uint32_t *)at;
		break;
	default:
		assert(field->size == 8);
		value = *(const uint64_t *)at;
	}
	return is_signed ? (int64_t)(value << unused) >> unused : (int64_t)value;
}

static void set_number(const struct field *field, void *at, int64_t value)
{
	switch (field->size) {
	case 1:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)value;
		break;
	default:
		assert(field->size == 8);
		*(uint64_t *)at = (uint64_t)value;
	}
}

static void join(char out[LIST_MAX], const struct field *field, const char *row)
{
	uint8_t n = *(const uint8_t *)(row + field->count_offset);
	size_t size = 0;

	assert(n <= field->max && field->max * field->size <= LIST_MAX);
	out[0] = '\0';
	for (uint8_t i = 0; i < n; i++) {
		const char *text = row + field->offset + i * field->size;

		size += (size_t)snprintf(out + size, LIST_MAX - size, "%s%s", i ? "," : "", text);
	}
}

static bool split(const struct field *field, char *row, const char *list)
{
	uint8_t *n = (uint8_t *)(row + field->count_offset);

	for (*n = 0; *list && *n < field->max; (*n)++) {
		size_t size = strcspn(list, ",");

		if (size >= field->size)
			return false;
		memcpy(row + field->offset + *n * field->size, list, size);
		list += size + (list[size] == ',');
	}
	return !*list;
}

static bool set_name(const struct field *field, void *at, const char *name)
{
	for (int i = 0; i < field->names->n; i++) {
		if (strcmp(field->names->name(i), name) == 0) {
			set_number(field, at, i);
			return true;
		}
	}
	return false;
}

static void bind_field(sqlite3_stmt *statement, int i, const struct field *field, const void *row)
{
	const char *at = (const char *)row + field->offset;
	char list[LIST_MAX];
	int result = SQLITE_MISUSE;

	switch (field->kind) {
	case FIELD_TEXT:
		result = sqlite3_bind_text(statement, i, at, -1, SQLITE_TRANSIENT);
		break;
	case FIELD_SIGNED:
	case FIELD_UNSIGNED:
		result = sqlite3_bind_int64(statement, i, number_of(field, at));
		break;
	case FIELD_BOOL:
		result = sqlite3_bind_int(statement, i, *(const bool *)at);
		break;
	case FIELD_NAME:
		result = sqlite3_bind_text(statement, i,
			field->names->name((int)number_of(field, at)), -1, SQLITE_STATIC);
		break;
	case FIELD_LIST:
		join(list, field, row);
		result = sqlite3_bind_text(statement, i, list, -1, SQLITE_TRANSIENT);
		break;
	}
	assert(result == SQLITE_OK);
}

static bool read_field(sqlite3_stmt *statement, int i, const struct field *field, void *row)
{
	char *at = (char *)row + field->offset;
	char list[LIST_MAX];

	switch (field->kind) {
	case FIELD_TEXT:
		db_text(statement, i, at, field->size);
		return true;
	case FIELD_SIGNED:
	case FIELD_UNSIGNED:
		set_number(field, at, sqlite3_column_int64(statement, i));
		return true;
	case FIELD_BOOL:
		*(bool *)at = sqlite3_column_int(statement, i) != 0;
		return true;
	case FIELD_NAME:
		db_text(statement, i, list, sizeof list);
		return set_name(field, at, list);
	case FIELD_LIST:
		db_text(statement, i, list, sizeof list);
		return split(field, row, list);
	}
	return false;
}

static void add_columns(struct sql_text *to, const struct table *table, const char *format)
{
	for (size_t i = 0; i < table->n; i++) {
		if (i)
			add(to, ",");
		for (const char *c = format; *c; c++)
			*c == '$' ? add(to, "%s", table->fields[i].column) : add(to, "%c", *c);
	}
}

enum err_code row_put(sqlite3 *sql, const struct table *table, const void *row, struct err *e)
{
	const struct field *key = table->fields;
	bool give_number =
		key->kind == FIELD_SIGNED && number_of(key, (const char *)row + key->offset) == 0;
	struct sql_text text = { .size = 0 };
	sqlite3_stmt *statement;
	enum err_code code;

	add(&text, "INSERT INTO %s(", table->name);
	add_columns(&text, table, "$");
	add(&text, ") VALUES(");
	add_columns(&text, table, "?");
	add(&text, ") ON CONFLICT(%s) DO UPDATE SET ", key->column);
	add_columns(&text, table, "$=excluded.$");
	code = db_prepare(sql, &statement, text.text, e);
	if (code)
		return code;
	for (size_t i = give_number; i < table->n; i++)
		bind_field(statement, (int)i + 1, &table->fields[i], row);
	return db_run(sql, statement, e);
}

enum err_code row_select(sqlite3 *sql, sqlite3_stmt **out, const struct table *table, struct err *e,
	const char *tail, ...)
{
	struct sql_text text = { .size = 0 };
	va_list values;

	add(&text, "SELECT ");
	add_columns(&text, table, "$");
	add(&text, " FROM %s ", table->name);
	va_start(values, tail);
	vadd(&text, tail, values);
	va_end(values);
	return db_prepare(sql, out, text.text, e);
}

static void *grow(struct rows *rows, size_t *max, size_t size)
{
	if (rows->n == *max) {
		*max = *max ? 2 * *max : 4;
		rows->data = realloc(rows->data, *max * size);
		if (!rows->data)
			abort(); /* as xcalloc() */
	}
	return memset((char *)rows->data + rows->n * size, 0, size);
}

static bool read_row(sqlite3_stmt *statement, const struct table *table, void *row)
{
	for (size_t i = 0; i < table->n; i++)
		if (!read_field(statement, (int)i, &table->fields[i], row))
			return false;
	return true;
}

enum err_code rows_read(sqlite3 *sql, sqlite3_stmt *statement, const struct table *table,
	struct rows *out, struct err *e)
{
	struct rows rows = { NULL, 0 };
	enum err_code code = OK;
	size_t max = 0;
	int step;

	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		if (!read_row(statement, table, grow(&rows, &max, table->row_size))) {
			code = err_because(e, ERR_IO, "database_damaged",
				"a row of table %s in the database makes no sense", table->name);
			break;
		}
		rows.n++;
	}
	if (!code && step != SQLITE_DONE)
		code = db_error(sql, e);
	sqlite3_finalize(statement);
	if (code)
		free(rows.data);
	else
		*out = rows;
	return code;
}

enum err_code row_delete(sqlite3 *sql, const char *text, const char *key, struct err *e)
{
	sqlite3_stmt *statement;
	enum err_code code = db_prepare(sql, &statement, text, e);

	if (code)
		return code;
	db_bind(statement, "t", key);
	return db_run(sql, statement, e);
}
