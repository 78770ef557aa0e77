"""How an update ended, as an event that automations can wait for."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import LockwrightEntry
from .entity import LockEntity, async_add_as_they_come
from .models import ENDINGS, Event, Job

PARALLEL_UPDATES = 0


async def async_setup_entry(hass: HomeAssistant, entry: LockwrightEntry, add: AddConfigEntryEntitiesCallback) -> None:
    """One for each lock."""
    async_add_as_they_come(entry, add, lambda house: house.locks, lambda lock: [UpdateResult(entry, lock, "result")])


class UpdateResult(LockEntity, EventEntity):
    """The end of each update. What ended while Home Assistant was away is told when it is back."""

    _attr_translation_key = "result"
    _attr_event_types = list(ENDINGS)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_on_result(self._tell))

    @callback
    def _tell(self, event: Event, job: Job | None) -> None:
        # After a crash of Home Assistant an event may come twice.
        if event["lock"] != self.lock_id or event["seq"] <= self.state_attributes.get("seq", 0):
            return
        error = job["error"] if job else None
        self._trigger_event(
            str(event["phase"]),
            {
                "seq": event["seq"],
                "job_id": event["job"],
                "code": job["outcome"] if job else event["code"],
                "message": (job and job["summary"]) or event["text"],
                "advice": error["advice"] if error else None,
                "from_version": job["from_version"] if job else None,
                "to_version": job["to_version"] if job else None,
                "verified_version": job["verified_version"] if job else None,
                "evidence": job["evidence"] if job else None,
            },
        )
        self.async_write_ha_state()
