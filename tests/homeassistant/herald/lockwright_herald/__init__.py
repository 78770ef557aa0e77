"""Stands in for the network and for the Supervisor: announces a service to Home Assistant as those would.

Only the announcement is made up. What becomes of it shows as the attribute `reason` of a state.
"""
from ipaddress import ip_address

from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo


def made_up(data):
    if data.get("source") == "hassio":
        config = {name: data[name] for name in ("host", "port", "token") if name in data}
        return HassioServiceInfo(config=config, name="Lockwright", slug="lockwright", uuid="0" * 32)
    where = ip_address(data["host"])
    return ZeroconfServiceInfo(ip_address=where, ip_addresses=[where], port=data["port"], hostname="somewhere.local.",
                               type="_lockwright._tcp.local.", name="lockwright on somewhere._lockwright._tcp.local.",
                               properties={"txtvers": "1", "api": "1", "path": "/api/v1", "tls": "0"})


async def async_setup(hass, config):
    async def announce(call):
        hass.states.async_set("sensor.lockwright_herald", "asking", {"reason": None})
        result = await hass.config_entries.flow.async_init(
            "lockwright", context={"source": call.data.get("source", "zeroconf")}, data=made_up(call.data))
        hass.states.async_set("sensor.lockwright_herald", result["type"], {"reason": result.get("reason")})

    hass.services.async_register("lockwright_herald", "announce", announce)
    return True
