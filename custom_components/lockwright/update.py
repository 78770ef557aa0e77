"""A lock's firmware as an update entity."""

from typing import Any, override

from homeassistant.components.update import UpdateDeviceClass, UpdateEntity, UpdateEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import actions
from .coordinator import LockwrightEntry
from .entity import LockEntity, async_add_as_they_come
from .notes import release_notes

PARALLEL_UPDATES = 0  # the service queues by itself


async def async_setup_entry(hass: HomeAssistant, entry: LockwrightEntry, add: AddConfigEntryEntitiesCallback) -> None:
    """One for each lock."""
    async_add_as_they_come(entry, add, lambda house: house.locks, lambda lock: [LockFirmware(entry, lock, "firmware")])


class LockFirmware(LockEntity, UpdateEntity):
    """The firmware of one lock. Starting a job is all that installing does here: the service sees it through."""

    _attr_device_class = UpdateDeviceClass.FIRMWARE
    _attr_display_precision = 1

    @property
    @override
    def supported_features(self) -> UpdateEntityFeature:
        """Offer nothing that cannot be done: some locks only their vendor's app can update."""
        can = self.lock["capabilities"]
        features = UpdateEntityFeature.RELEASE_NOTES
        if self.lock["guide"] is None:
            features |= UpdateEntityFeature.INSTALL | UpdateEntityFeature.PROGRESS
            if can["can_pin"]:
                features |= UpdateEntityFeature.SPECIFIC_VERSION
        return features

    @property
    @override
    def installed_version(self) -> str | None:
        return self.lock["installed_version"]

    @property
    @override
    def latest_version(self) -> str | None:
        return self.lock["latest_version"]

    @override
    def version_is_newer(self, latest_version: str, installed_version: str) -> bool:
        """Say yes to any other version: the service compares, and offers nothing where nothing is newer."""
        return latest_version != installed_version

    @property
    @override
    def in_progress(self) -> bool:
        return self.lock["in_progress"]

    @property
    @override
    def update_percentage(self) -> float | None:
        return self.lock["update_percentage"]

    @property
    @override
    def title(self) -> str:
        return self.lock["title"]

    @property
    @override
    def release_summary(self) -> str | None:
        return self.lock["release_summary"]

    @property
    @override
    def release_url(self) -> str | None:
        return self.lock["release_url"]

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        lock = self.lock
        return {
            "phase": lock["phase"],
            "waiting_for": lock["waiting_for"],
            "job_id": lock["job_id"],
            "installed_file_version": lock["installed_file_version"],
            "latest_file_version": lock["latest_file_version"],
        }

    @override
    async def async_release_notes(self) -> str | None:
        lock = self.lock
        client = self.coordinator.client
        image = await actions.ask(self.coordinator, client.image(lock["image"])) if lock["image"] else None
        return await release_notes(self.hass, lock, image)

    @override
    async def async_install(self, version: str | None, backup: bool, **kwargs: Any) -> None:
        # Who names a version means it, older or not.
        await actions.update(self.coordinator, self.lock_id, version=version, allow_downgrade=version is not None)
