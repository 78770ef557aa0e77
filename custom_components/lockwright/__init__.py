"""Lockwright: smart-lock firmware updates that finish, and prove it."""

from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType

from .connection import client_for
from .const import DOMAIN, PLATFORMS
from .coordinator import LockwrightCoordinator, LockwrightEntry
from .devices import async_follow_devices, is_current
from .issues import async_clear_issues, async_follow_issues
from .once import async_leave, async_show
from .services import async_register_services
from .stream import Stream, place_store

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, which are there whether or not a service is reached."""
    async_register_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: LockwrightEntry) -> bool:
    """Connect to one service."""
    coordinator = LockwrightCoordinator(hass, entry, client_for(hass, entry.data, entry.data.get(CONF_TOKEN)))
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    await async_show(hass, entry)
    async_follow_devices(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    async_follow_issues(hass, entry)
    entry.async_create_background_task(hass, Stream(hass, coordinator).run(), "lockwright-stream")
    return True


async def async_unload_entry(hass: HomeAssistant, entry: LockwrightEntry) -> bool:
    """Let go of it. Home Assistant ends the stream, which is the entry's background task."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        async_clear_issues(hass, entry)
        if entry.disabled_by is not None:
            async_leave(hass, entry)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: LockwrightEntry) -> None:
    """Forget the place in the event stream, and leave the locks to MQTT."""
    await place_store(hass, entry.entry_id).async_remove()
    async_leave(hass, entry)


async def async_remove_config_entry_device(hass: HomeAssistant, entry: LockwrightEntry, device: DeviceEntry) -> bool:
    """Allow people to remove only what the service does not know any more."""
    return not is_current(entry, device)
