"""No lock twice: while this integration shows the locks, the service takes their MQTT devices away."""

import asyncio
from datetime import datetime, timedelta

from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_time_interval

from .client import Client, LockwrightError, Unreachable
from .connection import client_for
from .const import DOMAIN, LOGGER
from .coordinator import LockwrightEntry

RENEW = timedelta(days=1)  # the service forgets those that were silent for a month
PATIENCE = 10  # seconds until the devices are gone
STEP = 0.1
TRIES = (0, 5, 30, 120, 600, 1800)  # seconds before each try to say goodbye


async def async_show(hass: HomeAssistant, entry: LockwrightEntry) -> None:
    """Have the MQTT devices taken away. Their entity ids are free then, and ours get them: automations go on."""
    client = entry.runtime_data.client
    gone = await _show(client, entry.entry_id)
    registry = dr.async_get(hass)
    for _ in range(int(PATIENCE / STEP)):
        if not any(registry.async_get_device({("mqtt", name)}) for name in gone):
            break
        await asyncio.sleep(STEP)

    async def renew(_: datetime) -> None:
        await _show(client, entry.entry_id)

    entry.async_on_unload(async_track_time_interval(hass, renew, RENEW))


async def _show(client: Client, name: str) -> list[str]:
    try:
        return await client.show(name)
    except LockwrightError as err:  # an older service, or one that goes this moment: no reason to show nothing
        LOGGER.debug("the MQTT devices stay: %s", err)
        return []


def async_leave(hass: HomeAssistant, entry: LockwrightEntry) -> None:
    """Have the MQTT devices back. Nobody waits for it: the service may be away."""
    hass.async_create_background_task(_leave(hass, entry), f"{DOMAIN}-leave")


async def _leave(hass: HomeAssistant, entry: LockwrightEntry) -> None:
    client = client_for(hass, entry.data, entry.data.get(CONF_TOKEN))
    for pause in TRIES:
        await asyncio.sleep(pause)
        await _until_forgotten(hass, entry)
        if shows(hass, entry):  # enabled again meanwhile
            return
        try:
            return await client.show_no_more(entry.entry_id)
        except Unreachable as err:
            LOGGER.debug("cannot say goodbye yet: %s", err)
        except LockwrightError as err:  # it knows of nothing, or its token is gone, and with that all of it
            LOGGER.debug("no goodbye: %s", err)
            return
    LOGGER.warning(
        "%s could not be told that its locks are not shown any more; to have their MQTT devices back, "
        "revoke the token that this integration had",
        entry.title,
    )


async def _until_forgotten(hass: HomeAssistant, entry: LockwrightEntry) -> None:
    """Wait until our entities' ids are free for those of MQTT; Home Assistant removes them after we were told."""
    registry = er.async_get(hass)
    while hass.config_entries.async_get_entry(entry.entry_id) is None and er.async_entries_for_config_entry(
        registry, entry.entry_id
    ):
        await asyncio.sleep(STEP)


def shows(hass: HomeAssistant, entry: LockwrightEntry) -> bool:
    """Is there an entry that shows, or would if it could?"""
    there = hass.config_entries.async_get_entry(entry.entry_id)
    return there is not None and there.disabled_by is None
