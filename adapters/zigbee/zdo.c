#include "adapters/zigbee/zdo.h"

void zdo_put_nwk_addr_req(struct wire_out *w, uint64_t ieee)
{
	wire_put_u64(w, ieee);
	wire_put_u8(w, 0); /* single device answer */
	wire_put_u8(w, 0); /* start index */
}

void zdo_put_ieee_addr_req(struct wire_out *w, uint16_t address)
{
	wire_put_u16(w, address);
	wire_put_u8(w, 0);
	wire_put_u8(w, 0);
}

void zdo_put_node_desc_req(struct wire_out *w, uint16_t address)
{
	wire_put_u16(w, address);
}

void zdo_put_simple_desc_req(struct wire_out *w, uint16_t address, uint8_t endpoint)
{
	wire_put_u16(w, address);
	wire_put_u8(w, endpoint);
}

void zdo_put_active_ep_req(struct wire_out *w, uint16_t address)
{
	wire_put_u16(w, address);
}

void zdo_put_mgmt_lqi_req(struct wire_out *w, uint8_t start)
{
	wire_put_u8(w, start);
}

bool zdo_parse_address(struct zdo_address *out, struct span payload)
{
	struct wire_in w = wire_in(payload);
	struct zdo_address a = { .status = wire_u8(&w) };

	if (!w.bad && a.status == 0) {
		a.ieee = wire_u64(&w);
		a.address = wire_u16(&w);
	}
	if (w.bad)
		return false;
	*out = a;
	return true;
}

bool zdo_parse_node(struct zdo_node *out, struct span payload)
{
	struct wire_in w = wire_in(payload);
	struct zdo_node n = { .status = wire_u8(&w) };

	n.address = wire_u16(&w);
	if (!w.bad && n.status == 0) {
		uint8_t capability;

		n.logical_type = wire_u8(&w) & 7;
		wire_u8(&w); /* APS flags, frequency band */
		capability = wire_u8(&w);
		n.mains = capability & 0x04;
		n.rx_on_when_idle = capability & 0x08;
		n.manufacturer = wire_u16(&w);
	}
	if (w.bad)
		return false;
	*out = n;
	return true;
}

bool zdo_parse_endpoints(struct zdo_endpoints *out, struct span payload)
{
	struct wire_in w = wire_in(payload);
	struct zdo_endpoints e = { .status = wire_u8(&w) };

	e.address = wire_u16(&w);
	if (!w.bad && e.status == 0)
		e.endpoints = wire_take(&w, wire_u8(&w));
	if (w.bad)
		return false;
	*out = e;
	return true;
}

bool zdo_parse_simple(struct zdo_simple *out, struct span payload)
{
	struct wire_in w = wire_in(payload);
	struct zdo_simple s = { .status = wire_u8(&w) };

	s.address = wire_u16(&w);
	if (!w.bad && s.status == 0) {
		wire_u8(&w); /* length of the rest */
		s.endpoint = wire_u8(&w);
		s.profile = wire_u16(&w);
		s.device = wire_u16(&w);
		wire_u8(&w); /* device version */
		s.in = wire_take(&w, (size_t)2 * wire_u8(&w));
		s.out = wire_take(&w, (size_t)2 * wire_u8(&w));
	}
	if (w.bad)
		return false;
	*out = s;
	return true;
}

bool zdo_has_cluster(struct span list, uint16_t cluster)
{
	struct wire_in w = wire_in(list);

	while (w.left >= 2)
		if (wire_u16(&w) == cluster)
			return true;
	return false;
}

bool zdo_parse_neighbours(struct zdo_neighbours *out, struct span payload)
{
	struct wire_in w = wire_in(payload);
	struct zdo_neighbours n = { .status = wire_u8(&w) };

	if (!w.bad && n.status == 0) {
		n.total = wire_u8(&w);
		n.start = wire_u8(&w);
		n.count = wire_u8(&w);
		n.records = w;
	}
	if (w.bad)
		return false;
	*out = n;
	return true;
}

bool zdo_next_neighbour(struct zdo_neighbours *list, struct zdo_neighbour *out)
{
	struct wire_in *w = &list->records;
	struct zdo_neighbour n;
	uint8_t kind;

	if (list->count == 0)
		return false;
	list->count--;
	wire_u64(w); /* extended PAN id */
	n.ieee = wire_u64(w);
	n.address = wire_u16(w);
	kind = wire_u8(w);
	n.device_type = kind & 3;
	n.rx_on_when_idle = (kind >> 2 & 3) == 1;
	n.is_child = (kind >> 4 & 7) == 1;
	wire_u16(w); /* permit joining, depth */
	n.lqi = wire_u8(w);
	if (w->bad)
		return false;
	*out = n;
	return true;
}
