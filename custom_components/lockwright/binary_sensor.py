"""Must somebody look? Of a lock, and of a stick."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import LockwrightEntry
from .entity import AdapterEntity, LockEntity, async_add_as_they_come

PARALLEL_UPDATES = 0


async def async_setup_entry(hass: HomeAssistant, entry: LockwrightEntry, add: AddConfigEntryEntitiesCallback) -> None:
    """One for each lock and one for each adapter."""
    async_add_as_they_come(entry, add, lambda house: house.locks, lambda lock: [UpdateProblem(entry, lock, "problem")])
    async_add_as_they_come(
        entry, add, lambda house: house.adapters, lambda adapter: [AdapterConnected(entry, adapter, "connection")]
    )


class UpdateProblem(LockEntity, BinarySensorEntity):
    """The last update failed, or the running one waits for a person."""

    _attr_translation_key = "problem"
    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def is_on(self) -> bool:
        return self.lock["problem"]

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        lock = self.lock
        return {
            "error_code": lock["error_code"],
            "error_message": lock["error_message"],
            "advice": lock["advice"],
            "ask_the_manufacturer": lock["escalate"],
        }


class AdapterConnected(AdapterEntity, BinarySensorEntity):
    """The stick works."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def is_on(self) -> bool:
        return self.adapter["state"] == "up"

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        error = self.adapter["error"]
        return {"state": self.adapter["state"], "error_code": error["code"] if error else None}
