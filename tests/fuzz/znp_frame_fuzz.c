#include "adapters/zigbee/znp/znp_frame.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read can be written and reads back the same; the cut of the input does not matter. */
static void check(const struct znp_frame *f)
{
	struct znp_reader r = { 0 };
	struct znp_frame back;
	uint8_t wire[ZNP_FRAME_MAX];
	size_t n = znp_write(f, wire);
	bool whole;

	if (znp_read(&r, wire, n, &back, &whole) != n || !whole || back.length != f->length ||
		back.cmd0 != f->cmd0 || back.cmd1 != f->cmd1 ||
		memcmp(back.data, f->data, f->length) != 0)
		abort();
}

static size_t read_all(const uint8_t *data, size_t size, size_t piece)
{
	struct znp_reader r = { 0 };
	size_t frames = 0;

	while (size) {
		size_t n = size < piece ? size : piece, took;
		struct znp_frame f;
		bool whole;

		took = znp_read(&r, data, n, &f, &whole);
		if (whole)
			check(&f);
		frames += whole;
		data += took;
		size -= took;
		if (!took && !whole)
			abort();
	}
	return frames;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t whole = read_all(data, size, size ? size : 1);

	/* The last frames may come out of the reader only with the next byte. */
	if (read_all(data, size, 1) > whole + size)
		abort();
	return 0;
}
