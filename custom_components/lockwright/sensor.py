"""Where an update is, when it is ready, and what the lock tells about itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfElectricPotential
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .coordinator import LockwrightEntry
from .entity import LockEntity, ServiceEntity, async_add_as_they_come
from .models import PHASES, VERDICTS, WAITS

PARALLEL_UPDATES = 0
WAVERING = timedelta(seconds=60)


def moment(text: str | None) -> datetime | None:
    """Read a time of the service."""
    return dt_util.parse_datetime(text) if text else None


def ready_at(sensor: LockSensor) -> datetime | None:
    """Tell when the transfer is done; a forecast that wavers by seconds is no news for anybody's history."""
    told, now = sensor.told, moment(sensor.lock["eta"])
    if not (told and now and abs(now - told) < WAVERING):
        sensor.told = now
    return sensor.told


def phase_facts(sensor: LockSensor) -> Mapping[str, Any]:
    """Tell what the active job tells."""
    job = sensor.job
    error = job["error"] if job else None
    return {
        "job_id": sensor.lock["job_id"],
        "summary": job["summary"] if job else None,
        "advice": error["advice"] if error else sensor.lock["advice"],
    }


def check_facts(sensor: LockSensor) -> Mapping[str, Any]:
    """Tell what the last check found."""
    check = sensor.coordinator.checks.get(sensor.lock_id)
    if check is None:
        return {}
    told = ("code", "verdict", "evidence", "remedy")
    return {"findings": [{name: f[name] for name in told} for f in check["findings"]], "pending": check["pending"]}  # type: ignore[literal-required]


def verdict(sensor: LockSensor) -> str | None:
    """Sum the last check up."""
    check = sensor.coordinator.checks.get(sensor.lock_id)
    return check["verdict"] if check else None


@dataclass(frozen=True, kw_only=True)
class LockSensorDescription(SensorEntityDescription):
    """One fact about a lock."""

    value: Callable[[LockSensor], StateType | datetime]
    facts: Callable[[LockSensor], Mapping[str, Any]] = lambda _: {}


SENSORS = (
    LockSensorDescription(
        key="phase",
        device_class=SensorDeviceClass.ENUM,
        options=list(PHASES),
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda sensor: sensor.lock["phase"],
        facts=phase_facts,
    ),
    LockSensorDescription(
        key="waiting_for",
        device_class=SensorDeviceClass.ENUM,
        options=["nothing", *WAITS],
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda sensor: sensor.lock["waiting_for"] or "nothing",
    ),
    LockSensorDescription(
        key="ready_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=ready_at,
    ),
    LockSensorDescription(
        key="check",
        device_class=SensorDeviceClass.ENUM,
        options=list(VERDICTS),
        entity_category=EntityCategory.DIAGNOSTIC,
        value=verdict,
        facts=check_facts,
    ),
    LockSensorDescription(
        key="battery",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda sensor: sensor.lock["battery_percent"],
    ),
    LockSensorDescription(
        key="battery_voltage",
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda sensor: sensor.lock["battery_voltage"],
    ),
    LockSensorDescription(
        key="last_heard",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda sensor: moment(sensor.lock["last_heard"]),
    ),
)


async def async_setup_entry(hass: HomeAssistant, entry: LockwrightEntry, add: AddConfigEntryEntitiesCallback) -> None:
    """Add some for each lock, and one for the service."""
    add([ActiveUpdates(entry, "active_updates")])
    async_add_as_they_come(
        entry, add, lambda house: house.locks, lambda lock: [LockSensor(entry, lock, sensor) for sensor in SENSORS]
    )


class LockSensor(LockEntity, SensorEntity):
    """One fact about a lock."""

    entity_description: LockSensorDescription

    def __init__(self, entry: LockwrightEntry, lock: str, description: LockSensorDescription) -> None:
        """Show this fact."""
        super().__init__(entry, lock, description.key)
        self.entity_description = description
        self.told: datetime | None = None
        if description.device_class is not SensorDeviceClass.BATTERY:
            self._attr_translation_key = description.key

    @property
    @override
    def native_value(self) -> StateType | datetime:
        return self.entity_description.value(self)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        return self.entity_description.facts(self)


class ActiveUpdates(ServiceEntity, SensorEntity):
    """How many updates are under way or queued."""

    _attr_translation_key = "active_updates"
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def native_value(self) -> int:
        return len(self.coordinator.data.jobs)
