"""One device for the service and one for each lock: they appear, change and go as the locks do."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntry, DeviceEntryType, DeviceInfo

from .connection import url_of
from .const import DOMAIN
from .coordinator import LockwrightEntry
from .models import Lock


def service_key(entry: LockwrightEntry) -> tuple[str, str]:
    """Identify the service's device."""
    return DOMAIN, str(entry.unique_id)


def lock_key(entry: LockwrightEntry, lock: str) -> tuple[str, str]:
    """Identify a lock's device; two services may have locks of one name."""
    return DOMAIN, f"{entry.unique_id}/{lock}"


def lock_of(entry: LockwrightEntry, device: DeviceEntry) -> str | None:
    """Return the id of the lock that a device stands for."""
    prefix = f"{entry.unique_id}/"
    for domain, key in device.identifiers:
        if domain == DOMAIN and key.startswith(prefix):
            return key.removeprefix(prefix)
    return None


def is_current(entry: LockwrightEntry, device: DeviceEntry) -> bool:
    """Does the service know what the device stands for?"""
    lock = lock_of(entry, device)
    return lock is None or lock in entry.runtime_data.data.locks


def service_device(entry: LockwrightEntry) -> DeviceInfo:
    """Describe the service."""
    return DeviceInfo(
        identifiers={service_key(entry)},
        entry_type=DeviceEntryType.SERVICE,
        name=entry.title,
        manufacturer="Lockwright",
        sw_version=entry.runtime_data.version,
        configuration_url=url_of(entry.data),
    )


def lock_device(entry: LockwrightEntry, lock: Lock, via: str) -> DeviceInfo:
    """Describe a lock."""
    return DeviceInfo(
        identifiers={lock_key(entry, lock["id"])},
        name=lock["name"],
        manufacturer=lock["manufacturer"],
        model=lock["model"],
        serial_number=lock["address"],
        sw_version=lock["sw_build"] or lock["installed_version"],
        via_device_id=via,
    )


@callback
def async_follow_devices(hass: HomeAssistant, entry: LockwrightEntry) -> None:
    """Keep the device registry as the service's list of locks is."""
    registry = dr.async_get(hass)
    coordinator = entry.runtime_data

    @callback
    def follow() -> None:
        if not coordinator.last_update_success:
            return
        service = registry.async_get_or_create_from_info(config_entry_id=entry.entry_id, device_info=service_device(entry))
        for lock in coordinator.data.locks.values():
            registry.async_get_or_create_from_info(
                config_entry_id=entry.entry_id, device_info=lock_device(entry, lock, service.id)
            )
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
            if not is_current(entry, device):
                registry.async_remove_device(device.id)

    follow()
    entry.async_on_unload(coordinator.async_add_listener(follow))
