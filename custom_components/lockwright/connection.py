"""From a config entry's data to a client."""

from collections.abc import Mapping
from typing import Any

from yarl import URL

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_SSL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .client import Client


def url_of(data: Mapping[str, Any]) -> URL:
    """Where the service is."""
    return URL.build(scheme="https" if data.get(CONF_SSL) else "http", host=data[CONF_HOST], port=data[CONF_PORT], path="/")


def client_for(hass: HomeAssistant, data: Mapping[str, Any], token: str | None) -> Client:
    """Return a client on Home Assistant's own session."""
    session = async_get_clientsession(hass, verify_ssl=data.get(CONF_VERIFY_SSL, True))
    return Client(session, url_of(data), token)
