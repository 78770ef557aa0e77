"""What one may send to somebody who helps: everything but secrets and addresses."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from .client import LockwrightError
from .coordinator import LockwrightEntry
from .devices import lock_of

SECRET = {CONF_TOKEN, CONF_HOST, "address", "pan_id", "ext_pan_id", "coordinator", "parent", "unique_id", "destination"}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: LockwrightEntry) -> dict[str, Any]:
    """Tell all that is known."""
    coordinator = entry.runtime_data
    return async_redact_data(
        {
            "entry": dict(entry.data),
            "service_version": coordinator.version,
            "streaming": coordinator.streaming,
            "last_update_success": coordinator.last_update_success,
            **asdict(coordinator.data),
            "checks": coordinator.checks,
        },
        SECRET,
    )


async def async_get_device_diagnostics(hass: HomeAssistant, entry: LockwrightEntry, device: DeviceEntry) -> dict[str, Any]:
    """Tell all that is known about one lock, with the support bundle of its last update."""
    lock = lock_of(entry, device)
    if lock is None:
        return await async_get_config_entry_diagnostics(hass, entry)
    coordinator = entry.runtime_data
    bundle: dict[str, Any] | None
    try:
        job = await coordinator.client.last_job(lock)
        bundle = await coordinator.client.bundle(job["id"]) if job else None
    except LockwrightError as err:
        bundle = {"error": str(err)}
    return async_redact_data(
        {"lock": coordinator.data.locks.get(lock), "check": coordinator.checks.get(lock), "last_job": bundle}, SECRET
    )
