"""The actions. All of them can answer, so that a script may go by what they say."""

from typing import Any

import probatio

from homeassistant.components.update import DOMAIN as UPDATE_DOMAIN
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv, service
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.typing import VolDictType

from . import actions
from .const import DOMAIN
from .coordinator import LockwrightEntry
from .entity import LockEntity

UPDATE_SCHEMA: VolDictType = {
    probatio.Optional("version"): cv.string,
    probatio.Optional("component"): cv.string,
    probatio.Optional("force", default=list): probatio.All(cv.ensure_list, [cv.string]),
    probatio.Optional("reinstall", default=False): cv.boolean,
    probatio.Optional("allow_downgrade", default=False): cv.boolean,
}
UPDATE_ALL_SCHEMA = probatio.Schema({probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})


def answer(found: Any) -> ServiceResponse:
    """Hand on what the service answered."""
    return dict(found)


async def check(entity: Entity, call: ServiceCall) -> ServiceResponse:
    """Run the pre-flight."""
    assert isinstance(entity, LockEntity)
    return answer(await actions.check(entity.coordinator, entity.lock_id))


async def update(entity: Entity, call: ServiceCall) -> ServiceResponse:
    """Start an update."""
    assert isinstance(entity, LockEntity)
    wishes = {name: call.data[str(name)] for name in UPDATE_SCHEMA if str(name) in call.data}
    return answer(await actions.update(entity.coordinator, entity.lock_id, **{str(k): v for k, v in wishes.items()}))


async def cancel(entity: Entity, call: ServiceCall) -> ServiceResponse:
    """Stop an update."""
    assert isinstance(entity, LockEntity)
    return answer(await actions.cancel(entity.coordinator, entity.lock_id))


async def retry(entity: Entity, call: ServiceCall) -> ServiceResponse:
    """Do the last update again."""
    assert isinstance(entity, LockEntity)
    return answer(await actions.again(entity.coordinator, entity.lock_id))


async def update_all(call: ServiceCall) -> ServiceResponse:
    """Update all locks of a service."""
    entry: LockwrightEntry = service.async_get_config_entry(call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID))
    return await actions.update_all(entry.runtime_data)


@callback
def async_register_services(hass: HomeAssistant) -> None:
    """Make them known."""
    for name, function, schema in (
        ("check", check, None),
        ("update", update, UPDATE_SCHEMA),
        ("cancel", cancel, None),
        ("retry", retry, None),
    ):
        service.async_register_platform_entity_service(
            hass,
            DOMAIN,
            name,
            entity_domain=UPDATE_DOMAIN,
            func=function,
            schema=schema,
            supports_response=SupportsResponse.OPTIONAL,
        )
    hass.services.async_register(DOMAIN, "update_all", update_all, UPDATE_ALL_SCHEMA, supports_response=SupportsResponse.OPTIONAL)
