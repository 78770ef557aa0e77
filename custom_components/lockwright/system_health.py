"""Lines for Home Assistant's system information."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .connection import url_of
from .const import DOMAIN
from .coordinator import LockwrightEntry


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Offer them."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Tell of the first service; few have two."""
    entries: list[LockwrightEntry] = hass.config_entries.async_entries(DOMAIN)
    info: dict[str, Any] = {"services": len(entries)}
    for entry in entries[:1]:
        info["can_reach_service"] = system_health.async_check_can_reach_url(hass, str(url_of(entry.data) / "healthz"))
        if entry.state is ConfigEntryState.LOADED:
            coordinator = entry.runtime_data
            info["version"] = coordinator.version
            info["live_events"] = coordinator.streaming
            info["locks"] = len(coordinator.data.locks)
            info["active_updates"] = len(coordinator.data.jobs)
    return info
