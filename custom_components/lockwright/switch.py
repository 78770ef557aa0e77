"""The pause of all updates."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import actions
from .coordinator import LockwrightEntry
from .entity import ServiceEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(hass: HomeAssistant, entry: LockwrightEntry, add: AddConfigEntryEntitiesCallback) -> None:
    """One for the service."""
    add([Paused(entry, "paused")])


class Paused(ServiceEntity, SwitchEntity):
    """While it is on no transfer starts and no lock is told to install."""

    _attr_translation_key = "paused"
    _attr_entity_category = EntityCategory.CONFIG

    @property
    @override
    def is_on(self) -> bool:
        return self.coordinator.data.paused

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await actions.pause(self.coordinator, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await actions.pause(self.coordinator, False)
