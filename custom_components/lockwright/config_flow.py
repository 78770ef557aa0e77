"""Setting it up: by hand, found in the network, or offered by the app; and mending it later."""

from collections.abc import Mapping
from typing import Any, override

import probatio

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_TOKEN, CONF_VERIFY_SSL
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .client import LockwrightError, Refused, WrongToken
from .connection import client_for, url_of
from .const import DEFAULT_PORT, DOMAIN, LOGGER

type Input = dict[str, Any] | None

TOKEN = {probatio.Optional(CONF_TOKEN, default=""): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))}
ADDRESS = {
    probatio.Required(CONF_HOST): str,
    probatio.Required(CONF_PORT, default=DEFAULT_PORT): probatio.All(probatio.Coerce(int), probatio.Range(1, 65535)),
    probatio.Required(CONF_SSL, default=False): bool,
    probatio.Required(CONF_VERIFY_SSL, default=True): bool,
}
TOKEN_SCHEMA = probatio.Schema(TOKEN)
WHOLE_SCHEMA = probatio.Schema({**ADDRESS, **TOKEN})


class LockwrightConfigFlow(ConfigFlow, domain=DOMAIN):
    """One service is one entry; its own id makes it unique, wherever it moves."""

    VERSION = 1

    def __init__(self) -> None:
        """Know nothing yet."""
        self._found: dict[str, Any] = {}
        self._words: dict[str, str] = {}

    @override
    async def async_step_user(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for address and token."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._try(user_input)
            if not errors:
                self._abort_if_unique_id_configured(updates=user_input)
                return self.async_create_entry(title="Lockwright", data=user_input)
        return self._form("user", WHOLE_SCHEMA, user_input, errors)

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """It announced itself in the network."""
        return await self._discovered(
            {
                CONF_HOST: discovery_info.host,
                CONF_PORT: discovery_info.port or DEFAULT_PORT,
                CONF_SSL: discovery_info.properties.get("tls") == "1",
                CONF_VERIFY_SSL: False,
            }
        )

    @override
    async def async_step_hassio(self, discovery_info: HassioServiceInfo) -> ConfigFlowResult:
        """The app says where it is, and may bring a token."""
        config = discovery_info.config
        return await self._discovered(
            {
                CONF_HOST: config[CONF_HOST],
                CONF_PORT: int(config.get(CONF_PORT, DEFAULT_PORT)),
                CONF_SSL: False,
                CONF_VERIFY_SSL: True,
                CONF_TOKEN: config.get(CONF_TOKEN, ""),
            }
        )

    async def _discovered(self, found: dict[str, Any]) -> ConfigFlowResult:
        """An announcement is only believed when the service at that address says who it is."""
        try:
            health = await client_for(self.hass, found, None).health()
        except LockwrightError as err:
            LOGGER.debug("nothing of use at %s: %s", url_of(found), err)
            return self.async_abort(reason="cannot_connect")
        await self.async_set_unique_id(health["id"])
        moved = {name: found[name] for name in (CONF_HOST, CONF_PORT, CONF_SSL, CONF_TOKEN) if found.get(name) not in (None, "")}
        self._abort_if_unique_id_configured(updates=moved)
        self._found = found
        self._words = {"host": found[CONF_HOST]}
        self.context.update({"title_placeholders": {"name": found[CONF_HOST]}, "configuration_url": str(url_of(found))})
        return await self.async_step_discovered()

    async def async_step_discovered(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask whether to add it, and for a token where none came with it."""
        errors: dict[str, str] = {}
        brought = bool(self._found.get(CONF_TOKEN))
        if user_input is not None:
            data = self._found | user_input
            errors = await self._try(data)
            if not errors:
                return self.async_create_entry(title="Lockwright", data=data)
            brought = False
        return self._form("discovered", probatio.Schema({}) if brought else TOKEN_SCHEMA, user_input, errors)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """The token is not accepted any more."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for a new token."""
        errors: dict[str, str] = {}
        entry = self._get_reauth_entry()
        if user_input is not None:
            errors = await self._try({**entry.data, **user_input})
            if not errors:
                return self.async_update_reload_and_abort(entry, data_updates=user_input)
        self._words = {"host": entry.data[CONF_HOST]}
        return self._form("reauth_confirm", TOKEN_SCHEMA, user_input, errors)

    async def async_step_reconfigure(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for another address or token of the same service."""
        errors: dict[str, str] = {}
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            if not user_input[CONF_TOKEN]:
                user_input = {**user_input, CONF_TOKEN: entry.data.get(CONF_TOKEN, "")}
            errors = await self._try(user_input)
            if not errors:
                return self.async_update_reload_and_abort(entry, data_updates=user_input)
        shown = user_input or {name: value for name, value in entry.data.items() if name != CONF_TOKEN}
        return self._form("reconfigure", WHOLE_SCHEMA, shown, errors)

    async def _try(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Ask the service something that needs the token; return what to tell the user, by field."""
        client = client_for(self.hass, data, data.get(CONF_TOKEN))
        try:
            health = await client.health()
            await client.house()
        except WrongToken:
            return {CONF_TOKEN: "invalid_auth"}
        except Refused as err:
            self._words = {**self._words, "reason": err.message}
            return {"base": "host_not_allowed" if err.code == "host_not_allowed" else "refused"}
        except LockwrightError as err:
            LOGGER.debug("%s does not answer: %s", url_of(data), err)
            return {"base": "cannot_connect"}
        await self.async_set_unique_id(health["id"], raise_on_progress=False)
        if self.source in (SOURCE_REAUTH, SOURCE_RECONFIGURE):
            self._abort_if_unique_id_mismatch(reason="another_service")
        return {}

    def _form(
        self, step: str, schema: probatio.Schema, shown: Mapping[str, Any] | None, errors: dict[str, str]
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, shown or {}),
            errors=errors,
            description_placeholders={"reason": "", **self._words},
        )
