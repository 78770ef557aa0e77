/* echo.c: the least that any program can do for an update: the measure for our turnaround.
 *
 *   echo PORT IMAGE BLOCK_SIZE
 *
 * Talks to the simulated stick on 127.0.0.1:PORT: starts it, registers an endpoint, and answers
 * query, block and end requests out of a fixed frame. No checks, no state, no log: read, look,
 * write. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOF = 0xFE, IMAGE_MAX = 4 << 20 };

static uint8_t image[IMAGE_MAX];
static uint32_t image_size;
static uint8_t block_max, transaction;
static int stick;

static void send_frame(uint8_t cmd0, uint8_t cmd1, const uint8_t *data, uint8_t n)
{
	uint8_t out[256] = { SOF, n, cmd0, cmd1 }, fcs = 0;

	memcpy(out + 4, data, n);
	for (int i = 1; i < n + 4; i++)
		fcs ^= out[i];
	out[n + 4] = fcs;
	if (write(stick, out, n + 5u) != n + 5)
		exit(1);
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)(p[0] | p[1] << 8 | p[2] << 16) | (uint32_t)p[3] << 24;
}

/* zcl: after frame control; the answer goes where the request came from. */
static void answer(const uint8_t *in, uint8_t command, const uint8_t *payload, uint8_t n)
{
	uint8_t out[200] = { in[4], in[5], in[6], in[7], 0x19, 0x00, ++transaction, 0, 30,
		(uint8_t)(n + 3), 0x19, in[18], command };

	memcpy(out + 13, payload, n);
	send_frame(0x24, 0x01, out, (uint8_t)(n + 13));
}

static void block(const uint8_t *in)
{
	const uint8_t *zcl = in + 17;
	uint32_t offset = u32(zcl + 12);
	uint8_t out[100] = { 0 }, n = zcl[16] < block_max ? zcl[16] : block_max;

	if (offset > image_size)
		return;
	if (n > image_size - offset)
		n = (uint8_t)(image_size - offset);
	memcpy(out + 1, zcl + 4, 12); /* maker, type, version, offset as asked */
	out[13] = n;
	memcpy(out + 14, image + offset, n);
	answer(in, 0x05, out, (uint8_t)(14 + n));
}

static void query(const uint8_t *in)
{
	uint8_t out[13] = { 0 };

	memcpy(out + 1, image + 10, 8); /* maker, type, version of the header */
	memcpy(out + 9, image + 52, 4);
	answer(in, 0x02, out, sizeof out);
}

static void end(const uint8_t *in)
{
	uint8_t out[16] = { 0 };

	memcpy(out, in + 17 + 4, 8);
	out[12] = 1;
	answer(in, 0x07, out, sizeof out);
}

static void frame(const uint8_t *f)
{
	const uint8_t *in = f + 4;

	if (f[2] != 0x44 || f[3] != 0x81 || in[2] != 0x19)
		return;
	if (in[19] == 0x01)
		query(in);
	else if (in[19] == 0x03)
		block(in);
	else if (in[19] == 0x06)
		end(in);
}

static void serve(void)
{
	static uint8_t data[4096];
	size_t used = 0;

	for (;;) {
		ssize_t n = read(stick, data + used, sizeof data - used);
		size_t at = 0;

		if (n <= 0)
			exit(0);
		used += (size_t)n;
		while (used - at >= 5 && used - at >= data[at + 1] + 5u) {
			size_t size = data[at + 1] + 5u;

			frame(data + at);
			at += size;
		}
		used -= at;
		memmove(data, data + at, used);
	}
}

int main(int argc, char **argv)
{
	static const uint8_t start[] = { 0x00 };
	static const uint8_t endpoint[] = { 1, 0x04, 0x01, 5, 0, 0, 0, 1, 0x19, 0x00, 0 };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	FILE *file = argc == 4 ? fopen(argv[2], "rb") : NULL;
	int one = 1;

	if (!file)
		return 2;
	image_size = (uint32_t)fread(image, 1, sizeof image, file);
	fclose(file);
	block_max = (uint8_t)strtoul(argv[3], NULL, 10);
	to.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	stick = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (stick < 0 || connect(stick, (struct sockaddr *)&to, sizeof to))
		return 1;
	setsockopt(stick, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	send_frame(0x2F, 0x05, start, sizeof start);
	sleep(1); /* the start takes its time; nothing is measured yet */
	send_frame(0x24, 0x00, endpoint, sizeof endpoint);
	serve();
	return 0;
}
