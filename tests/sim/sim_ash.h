/* sim_ash.h: the NCP's end of ASH version 2 (UG101): reset, acknowledgement, retransmission, one
 * command buffer. */
#pragma once

#include "tests/sim/sim_ash_wire.h"
#include "tests/sim/sim_ether.h"

enum {
	ASH_WINDOW = 5,
	ASH_WAITING_MAX = 32, /* callbacks; what comes then is lost */

	ASH_RESET_POWER = 0x02,
	ASH_RESET_WATCHDOG = 0x03,
	ASH_RESET_BOOTLOADER = 0x09,
	ASH_RESET_SOFTWARE = 0x0B,
	ASH_TIMEOUTS = 0x51,
};

struct sim_ash_ops {
	void (*wire)(void *owner, struct span bytes);
	void (*rst)(void *owner); /* it must reboot now */
	void (*command)(void *owner, struct span ezsp);
	bool (*fault)(void *owner, enum sim_fault fault);
};

struct ash_sent {
	uint8_t size;
	bool callback, repeated;
	msec at;
	uint8_t data[ASH_DATA_MAX];
};

struct sim_ash {
	struct loop *loop;
	struct sim_events *events;
	const struct sim_ash_ops *ops;
	void *owner;
	struct ash_reader reader;

	bool connected, booting, frozen;
	uint8_t error; /* why not connected */

	uint8_t expected;    /* frame number of the next DATA from the host */
	bool rejecting;      /* NAK was sent; silent until it comes */
	uint8_t next, acked; /* frame numbers: of our next DATA, of the first not acknowledged */
	struct ash_sent sent[8];
	unsigned timeouts; /* in a row */
	msec patience;     /* until an acknowledgement must be there */
	msec busy_until;   /* the host's nRdy: no callbacks before */

	enum { ASH_FREE, ASH_RUNNING, ASH_ANSWERED } buffer;
	uint8_t answer_number; /* of the DATA that holds the buffer */
	bool have_answer;
	struct ash_sent answer; /* not sent yet */
	struct ash_sent waiting[ASH_WAITING_MAX];
	size_t waiting_count;
	bool overflow; /* a callback was lost */

	uint32_t pipelined, gave_up;
};

void sim_ash_input(struct sim_ash *ash, struct span bytes);
/* The response to the last command; ASH_FREE again without one. */
void sim_ash_answer(struct sim_ash *ash, struct span ezsp);
void sim_ash_no_answer(struct sim_ash *ash);
void sim_ash_callback(struct sim_ash *ash, struct span ezsp);
/* The chip starts again; after delay it says why by RSTACK or ERROR. */
void sim_ash_boot(struct sim_ash *ash, uint8_t code, msec delay);
void sim_ash_end(struct sim_ash *ash); /* drops its events */
