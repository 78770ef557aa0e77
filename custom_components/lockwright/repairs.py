"""The fix flows: each ends in the action that mends what its issue tells of."""

from typing import Any

import probatio

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from . import actions
from .const import DOMAIN
from .coordinator import LockwrightCoordinator, LockwrightEntry

type Input = dict[str, Any] | None

MENUS = {
    "unproven": ["verify", "confirm_version", "retry", "ignore"],
    "update_failed": ["retry", "ignore"],
    "decision": ["go_on", "cancel"],
    "guide": ["started", "confirm_version", "cancel"],
}

VERSION_SCHEMA = probatio.Schema({probatio.Required("version"): str})


class LockwrightFlow(RepairsFlow):
    """A form to confirm, or a menu of actions."""

    def __init__(self, coordinator: LockwrightCoordinator, key: str, about: str) -> None:
        """Be about one lock or adapter."""
        self._coordinator = coordinator
        self._key = key
        self._about = about

    async def async_step_init(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask what to do."""
        if options := MENUS.get(self._key):
            return self.async_show_menu(step_id="init", menu_options=options, description_placeholders=self._words())
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask whether it is done, then go on."""
        if user_input is None:
            return self.async_show_form(
                step_id="confirm", data_schema=probatio.Schema({}), description_placeholders=self._words()
            )
        coordinator = self._coordinator
        if self._key == "adapter_refused":
            return await self._end(actions.do(coordinator, coordinator.client.restart(self._about)))
        return await self._end(actions.wake(coordinator, self._about))

    async def async_step_verify(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask the lock which version it runs."""
        return await self._end(actions.again(self._coordinator, self._about, "verify"))

    async def async_step_confirm_version(self, user_input: Input = None) -> RepairsFlowResult:
        """Ask for the version that a person has read off the lock."""
        if user_input is None:
            return self.async_show_form(
                step_id="confirm_version", data_schema=VERSION_SCHEMA, description_placeholders=self._words()
            )
        return await self._end(actions.confirm(self._coordinator, self._about, user_input["version"]))

    async def async_step_started(self, user_input: Input = None) -> RepairsFlowResult:
        """Say that the update runs in the vendor's app."""
        return await self._end(actions.wake(self._coordinator, self._about))

    async def async_step_retry(self, user_input: Input = None) -> RepairsFlowResult:
        """Do the update again."""
        return await self._end(actions.again(self._coordinator, self._about))

    async def async_step_ignore(self, user_input: Input = None) -> RepairsFlowResult:
        """Leave it as it is."""
        return await self._end(actions.dismiss(self._coordinator, self._about))

    async def async_step_go_on(self, user_input: Input = None) -> RepairsFlowResult:
        """Go on in spite of what the check found."""
        return await self._end(actions.go_on(self._coordinator, self._about))

    async def async_step_cancel(self, user_input: Input = None) -> RepairsFlowResult:
        """Stop the update."""
        return await self._end(actions.cancel(self._coordinator, self._about))

    async def _end(self, action: Any) -> RepairsFlowResult:
        try:
            await action
        except HomeAssistantError as err:
            return self.async_abort(reason="failed", description_placeholders={"reason": str(err)})
        return self.async_create_entry(data={})

    def _words(self) -> dict[str, str]:
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return (issue and issue.translation_placeholders) or {}


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Begin to fix an issue."""
    entry: LockwrightEntry | None = hass.config_entries.async_get_entry(str(data["entry_id"])) if data else None
    if data is None or entry is None or entry.state is not ConfigEntryState.LOADED:
        return ConfirmRepairFlow()
    return LockwrightFlow(entry.runtime_data, str(data["key"]), str(data["about"]))
