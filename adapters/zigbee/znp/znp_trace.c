#include "adapters/zigbee/znp/znp_trace.h"

#include "server/base/log.h"

#include <string.h>

static void stay_secret(struct znp_frame *f)
{
	bool nv = f->cmd0 == 0x61 && (f->cmd1 == 0x08 || f->cmd1 == 0x1C || f->cmd1 == 0x33);
	bool sapi = f->cmd0 == 0x66 && f->cmd1 == 0x04;

	if ((nv || sapi) && f->length > 3)
		f->length = 2;
}

void znp_trace(void *owner, bool out, const struct znp_frame *frame)
{
	uint8_t raw[ZNP_FRAME_MAX];
	struct znp_frame f = *frame;

	(void)owner;
	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	stay_secret(&f);
	raw[0] = f.cmd0;
	raw[1] = f.cmd1;
	if (f.length)
		memcpy(raw + 2, f.data, f.length);
	log_hex(out ? "znp >" : "znp <", (struct span){ raw, f.length + (size_t)2 });
}
