/* sources_fixture.h: sources with a library on virtual time, and an outside that the test plays. */
#pragma once

#include "ota/sources.h"
#include "server/http_client.h"
#include "tests/ota/library_fixture.h"

#define ADDRESS "https://index.example/index.json"

/* What is asked waits until the test answers it. */
extern struct outside {
	bool waiting;
	unsigned calls;
	char url[128], etag[64], hosts[256];
	int fd;
	size_t max_size;
	void (*done)(void *owner, const struct http_result *result);
	void *owner;
} outside;
void answer(unsigned status, const void *body, size_t n, const char *etag); /* 0: nobody */

extern struct sources *sources;
extern char folder[128], local_index[128];
extern uint8_t image[4096]; /* an OTA image */
extern size_t image_size;
extern unsigned changes, additions;
extern const char *names[4];        /* of indexes, NULL ends; at first ADDRESS */
extern struct source_file files[3]; /* url NULL ends */
extern const char *lists[3];        /* of retractions, NULL ends */
extern unsigned withdrawals;        /* how often one of them changed */

void sources_begin(void);
void sources_end(void);
void open_sources(void); /* and starts them */
void close_sources(void);
