/* SYS, SAPI and APP_CNF: version, non-volatile memory, commissioning. */
#include "tests/sim/sim_znp_private.h"

enum { READ_MAX = 248 };

static void put_status(struct mt_call *c, uint8_t status)
{
	wire_put_u8(&c->out, status);
}

static bool protected_id(const struct mt_call *c, uint16_t id)
{
	return c->znp->options.stack == SIM_ZSTACK_12 &&
	       (id == NV_ACTIVE_KEY || id == NV_ALTERNATE_KEY || id == NV_PRECFGKEY);
}

static void put_item(struct mt_call *c, struct span item, size_t at, size_t most)
{
	size_t n = at < item.size ? item.size - at : 0;

	if (n > most)
		n = most;
	put_status(c, n ? ST_OK : ST_INVALID);
	wire_put_u8(&c->out, (uint8_t)n);
	if (n)
		wire_put(&c->out, item.data + at, n);
}

static void nv_read(struct mt_call *c, size_t offset_size)
{
	uint16_t id = wire_u16(&c->in);
	size_t at = (size_t)wire_uint(&c->in, offset_size);
	struct span none = { NULL, 0 };

	put_item(c, protected_id(c, id) ? none : nv_get(c->znp->nv, id), at, READ_MAX);
}

static void nv_write_item(struct mt_call *c, size_t width)
{
	uint16_t id = wire_u16(&c->in);
	size_t at = (size_t)wire_uint(&c->in, width);
	size_t n = (size_t)wire_uint(&c->in, width);
	struct span data = wire_take(&c->in, n);

	put_status(c, !c->in.bad && nv_write(c->znp->nv, id, at, data) ? ST_OK : ST_NV_FAILED);
}

static void nv_init(struct mt_call *c)
{
	uint16_t id = wire_u16(&c->in);
	size_t size = wire_u16(&c->in);
	struct span data = wire_take(&c->in, wire_u8(&c->in));

	if (c->in.bad || data.size > size) {
		put_status(c, ST_NV_FAILED);
		return;
	}
	if (nv_get(c->znp->nv, id).size) {
		put_status(c, ST_OK);
		return;
	}
	nv_put(c->znp->nv, id, NULL, size);
	nv_write(c->znp->nv, id, 0, data);
	put_status(c, ST_NV_CREATED);
}

static void nv_delete(struct mt_call *c)
{
	uint16_t id = wire_u16(&c->in);
	size_t size = wire_u16(&c->in);
	size_t have = nv_get(c->znp->nv, id).size;

	if (have && have == size)
		nv_remove(c->znp->nv, id);
	put_status(c, !have ? ST_NV_CREATED : have == size ? ST_OK : ST_NV_LENGTH);
}

/* --- the tables of 3.x.0 --- */

static uint64_t table_key(struct mt_call *c)
{
	uint8_t system = wire_u8(&c->in);
	uint16_t item = wire_u16(&c->in);

	return nv_table(system, item, wire_u16(&c->in));
}

static void table_create(struct mt_call *c)
{
	uint64_t key = table_key(c);
	uint32_t size = wire_u32(&c->in);

	if (c->in.bad || size > READ_MAX) {
		put_status(c, ST_NV_FAILED);
		return;
	}
	if (!nv_get(c->znp->nv, key).size)
		nv_put(c->znp->nv, key, NULL, size);
	put_status(c, ST_OK);
}

static void table_write(struct mt_call *c)
{
	uint64_t key = table_key(c);
	uint16_t at = wire_u16(&c->in);
	struct span data = wire_take(&c->in, wire_u8(&c->in));

	put_status(c, !c->in.bad && nv_write(c->znp->nv, key, at, data) ? ST_OK : ST_NV_FAILED);
}

static void table_call(struct mt_call *c)
{
	uint64_t key;
	uint16_t at;

	switch (c->request->cmd1) {
	case 0x30:
		table_create(c);
		return;
	case 0x31:
		key = table_key(c);
		put_status(c, nv_get(c->znp->nv, key).size ? ST_OK : ST_NV_CREATED);
		nv_remove(c->znp->nv, key);
		return;
	case 0x32:
		wire_put_u32(&c->out, (uint32_t)nv_get(c->znp->nv, table_key(c)).size);
		return;
	case 0x33:
		key = table_key(c);
		at = wire_u16(&c->in);
		put_item(c, nv_get(c->znp->nv, key), at, wire_u8(&c->in));
		return;
	default:
		table_write(c);
	}
}

/* --- */

static void set_address(struct mt_call *c)
{
	struct span ieee = wire_take(&c->in, 8);

	put_status(c, nv_write(c->znp->nv, NV_EXTADDR, 0, ieee) ? ST_OK : ST_INVALID);
}

static void put_address(struct mt_call *c)
{
	struct span ieee = nv_get(c->znp->nv, NV_EXTADDR);

	wire_put(&c->out, ieee.data, ieee.size);
}

static bool nv_call(struct mt_call *c)
{
	switch (c->request->cmd1) {
	case 0x07:
		return nv_init(c), true;
	case 0x08:
		return nv_read(c, 1), true;
	case 0x09:
		return nv_write_item(c, 1), true;
	case 0x12:
		return nv_delete(c), true;
	case 0x13:
		wire_put_u16(&c->out, (uint16_t)nv_get(c->znp->nv, wire_u16(&c->in)).size);
		return true;
	case 0x1C:
		return nv_read(c, 2), true;
	case 0x1D:
		return nv_write_item(c, 2), true;
	default:
		return false;
	}
}

static bool is_table_call(const struct mt_call *c)
{
	return c->znp->options.stack == SIM_ZSTACK_3X0 && c->request->cmd1 >= 0x30 &&
	       c->request->cmd1 <= 0x34;
}

void mt_sys(struct mt_call *c)
{
	switch (c->request->cmd1) {
	case 0x01:
		wire_put_u16(&c->out, c->znp->options.stack == SIM_ZSTACK_12 ? 0x0179 : 0x0659);
		return;
	case 0x02:
		mt_version(c->znp, &c->out);
		return;
	case 0x03:
		set_address(c);
		return;
	case 0x04:
		put_address(c);
		return;
	case 0x0F:
		wire_u8(&c->in);
		wire_put_u8(&c->out, wire_u8(&c->in));
		return;
	case 0x14:
		wire_put_u8(&c->out, c->znp->options.stack == SIM_ZSTACK_3X0 ? 0 : wire_u8(&c->in));
		return;
	default:
		if (is_table_call(c))
			table_call(c);
		else if (!nv_call(c))
			c->rpc_error = 2;
	}
}

void mt_sapi(struct mt_call *c)
{
	uint8_t id = wire_u8(&c->in);
	struct span item = nv_get(c->znp->nv, id);

	if (c->request->cmd1 == 0x05) {
		struct span data = wire_take(&c->in, wire_u8(&c->in));

		put_status(c, nv_write(c->znp->nv, id, 0, data) ? ST_OK : ST_INVALID);
		return;
	}
	if (c->request->cmd1 != 0x04) {
		c->rpc_error = 2;
		return;
	}
	put_status(c, item.size ? ST_OK : ST_INVALID);
	wire_put_u8(&c->out, id);
	wire_put_u8(&c->out, (uint8_t)item.size);
	if (item.size)
		wire_put(&c->out, item.data, item.size);
}

void mt_app_cnf(struct mt_call *c)
{
	if (c->request->cmd1 == 0x05)
		mt_commission(c->znp, wire_u8(&c->in));
	put_status(c, ST_OK);
}
