"""What one can have done at a press."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import actions
from .coordinator import LockwrightCoordinator, LockwrightEntry
from .entity import AdapterEntity, LockEntity, async_add_as_they_come
from .models import House, Lock

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class LockButtonDescription(ButtonEntityDescription):
    """One thing to do with a lock."""

    press: Callable[[LockwrightCoordinator, str], Awaitable[Any]]
    of: Callable[[Lock], bool] = lambda lock: True


def guided(lock: Lock) -> bool:
    """Say whether only the vendor's app can update this lock."""
    return lock["guide"] is not None


BUTTONS = (
    LockButtonDescription(key="check", entity_category=EntityCategory.DIAGNOSTIC, press=actions.check),
    LockButtonDescription(key="cancel", entity_category=EntityCategory.CONFIG, press=actions.cancel),
    LockButtonDescription(key="wake", entity_category=EntityCategory.CONFIG, press=actions.wake),
    LockButtonDescription(key="guide", press=actions.update, of=guided),
    LockButtonDescription(key="started", press=actions.wake, of=guided),
    LockButtonDescription(key="dismiss", entity_category=EntityCategory.CONFIG, press=actions.dismiss),
)


def scanning(house: House) -> list[str]:
    """Name the adapters that can look for locks."""
    return [adapter["id"] for adapter in house.adapters.values() if "scans" in adapter["capabilities"]]


async def async_setup_entry(hass: HomeAssistant, entry: LockwrightEntry, add: AddConfigEntryEntitiesCallback) -> None:
    """Some for each lock and one for each adapter that can look for locks."""
    locks = entry.runtime_data

    def buttons(lock: str) -> list[LockButton]:
        return [LockButton(entry, lock, button) for button in BUTTONS if button.of(locks.data.locks[lock])]

    async_add_as_they_come(entry, add, lambda house: house.locks, buttons)
    async_add_as_they_come(entry, add, scanning, lambda adapter: [ScanButton(entry, adapter, "scan")])


class LockButton(LockEntity, ButtonEntity):
    """One thing to do with a lock."""

    entity_description: LockButtonDescription

    def __init__(self, entry: LockwrightEntry, lock: str, description: LockButtonDescription) -> None:
        """Do this thing."""
        super().__init__(entry, lock, description.key)
        self.entity_description = description
        self._attr_translation_key = description.key

    @override
    async def async_press(self) -> None:
        await self.entity_description.press(self.coordinator, self.lock_id)


class ScanButton(AdapterEntity, ButtonEntity):
    """Look for locks."""

    _attr_entity_category = EntityCategory.CONFIG

    @override
    async def async_press(self) -> None:
        await actions.do(self.coordinator, self.coordinator.client.scan(self.adapter_id))
