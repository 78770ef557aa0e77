#include "adapters/zigbee/poll_control.h"

#include "adapters/zigbee/zcl.h"

enum { CHECK_IN = 0x00, CHECK_IN_RESPONSE = 0x00, FAST_POLL_STOP = 0x01 };

bool poll_control_is_check_in(const struct zcl_frame *f)
{
	return f->cluster_specific && f->from_server && !f->has_manufacturer &&
	       f->command == CHECK_IN;
}

static void put_header(struct wire_out *w, uint8_t tsn, uint8_t command)
{
	zcl_put_header(w, &(struct zcl_frame){ .cluster_specific = true,
				  .no_default_response = true,
				  .tsn = tsn,
				  .command = command });
}

void poll_control_put_response(struct wire_out *w, uint8_t tsn, bool start)
{
	put_header(w, tsn, CHECK_IN_RESPONSE);
	wire_put_u8(w, start);
	wire_put_u16(w, start ? POLL_CONTROL_FAST_QS : 0);
}

void poll_control_put_stop(struct wire_out *w, uint8_t tsn)
{
	put_header(w, tsn, FAST_POLL_STOP);
}
