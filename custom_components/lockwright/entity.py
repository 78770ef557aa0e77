"""What all our entities have in common."""

from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .coordinator import LockwrightCoordinator, LockwrightEntry
from .devices import lock_key, service_key
from .models import Adapter, House, Job, Lock


class ServiceEntity(CoordinatorEntity[LockwrightCoordinator]):
    """An entity of the service's device."""

    _attr_has_entity_name = True

    def __init__(self, entry: LockwrightEntry, key: str) -> None:
        """Belong to the service."""
        super().__init__(entry.runtime_data)
        self._attr_unique_id = f"{entry.unique_id}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={service_key(entry)})


class AdapterEntity(ServiceEntity):
    """An entity of the service's device that stands for one adapter."""

    def __init__(self, entry: LockwrightEntry, adapter: str, key: str) -> None:
        """Belong to one adapter."""
        super().__init__(entry, f"adapter_{adapter}_{key}")
        self.adapter_id = adapter
        self._attr_translation_key = key
        self._attr_translation_placeholders = {"adapter": adapter}

    @property
    def adapter(self) -> Adapter:
        """Return the adapter as it is now."""
        return self.coordinator.data.adapters[self.adapter_id]

    @property
    @override
    def available(self) -> bool:
        return super().available and self.adapter_id in self.coordinator.data.adapters


class LockEntity(CoordinatorEntity[LockwrightCoordinator]):
    """An entity of a lock's device."""

    _attr_has_entity_name = True

    def __init__(self, entry: LockwrightEntry, lock: str, key: str) -> None:
        """Belong to one lock."""
        super().__init__(entry.runtime_data)
        self.lock_id = lock
        self._attr_unique_id = f"{entry.unique_id}_{lock}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={lock_key(entry, lock)})

    @property
    def lock(self) -> Lock:
        """Return the lock as it is now."""
        return self.coordinator.data.locks[self.lock_id]

    @property
    def job(self) -> Job | None:
        """Return its active job."""
        job = self.lock["job_id"]
        return None if job is None else self.coordinator.data.jobs.get(job)

    @property
    @override
    def available(self) -> bool:
        return super().available and self.lock_id in self.coordinator.data.locks


@callback
def async_add_as_they_come(
    entry: LockwrightEntry,
    add: AddConfigEntryEntitiesCallback,
    which: Callable[[House], Iterable[str]],
    make: Callable[[str], Iterable[Entity]],
) -> None:
    """Make entities for each lock or adapter: now, and when another appears."""
    coordinator = entry.runtime_data
    known: set[str] = set()

    @callback
    def look() -> None:
        nonlocal known
        there = set(which(coordinator.data))
        new = sorted(there - known)
        known = there  # one that goes and comes again is new again
        if new:
            add([entity for name in new for entity in make(name)])

    look()
    entry.async_on_unload(coordinator.async_add_listener(look))
