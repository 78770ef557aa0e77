"""What is known about the service and its locks: pushed by the event stream, polled where that is down."""

from collections.abc import Callable
from datetime import timedelta
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryError
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .client import Client, LockwrightError, Refused, WrongToken
from .const import DOMAIN, LOGGER
from .models import ENDINGS, Check, Event, House, Job

POLL_WITHOUT_STREAM = timedelta(seconds=30)
POLL_WITH_STREAM = timedelta(minutes=10)  # belt and braces
GATHER = 0.3  # seconds; what comes together is asked for once

type LockwrightEntry = ConfigEntry[LockwrightCoordinator]
type ResultListener = Callable[[Event, Job | None], None]


class LockwrightCoordinator(DataUpdateCoordinator[House]):
    """The newest house, and who wants to know of it."""

    config_entry: LockwrightEntry

    def __init__(self, hass: HomeAssistant, entry: LockwrightEntry, client: Client) -> None:
        """Start polling; the stream makes that rare."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=POLL_WITHOUT_STREAM,
            request_refresh_debouncer=Debouncer(hass, LOGGER, cooldown=GATHER, immediate=False),
        )
        self.client = client
        self.version: str | None = None
        self.checks: dict[str, Check] = {}
        self.streaming = False
        self._result_listeners: list[ResultListener] = []

    @override
    async def _async_setup(self) -> None:
        """Is it the service that the entry was made for?"""
        try:
            health = await self.client.health()
        except LockwrightError as err:
            raise failed(err) from err
        if health["id"] != self.config_entry.unique_id:
            raise ConfigEntryError(translation_domain=DOMAIN, translation_key="another_service")
        self.version = health["version"]

    @override
    async def _async_update_data(self) -> House:
        try:
            return await self.client.house()
        except WrongToken as err:
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="wrong_token") from err
        except LockwrightError as err:
            raise failed(err) from err

    @callback
    def async_streams(self, streaming: bool) -> None:
        """Poll often only without a stream."""
        self.streaming = streaming
        self.update_interval = POLL_WITH_STREAM if streaming else POLL_WITHOUT_STREAM

    @callback
    def async_take(self, house: House) -> None:
        """Take a house that was pushed."""
        if not self.last_update_success:
            LOGGER.info("%s is back", self.name)
        self.async_set_updated_data(house)

    async def async_check(self, lock: str) -> Check:
        """Run the pre-flight and remember what it says."""
        check = self.checks[lock] = await self.client.check(lock)
        self.async_update_listeners()
        return check

    @callback
    def async_hear(self, event: Event) -> None:
        """A fact: something that we show has changed."""
        self.hass.async_create_task(self.async_request_refresh())
        if event["kind"] == "job" and event["phase"] in ENDINGS:
            self.config_entry.async_create_background_task(self.hass, self._async_tell_result(event), "lockwright-result")

    async def _async_tell_result(self, event: Event) -> None:
        job: Job | None = None
        if event["job"] is not None:
            try:
                job = await self.client.job(event["job"])
            except LockwrightError as err:
                LOGGER.debug("no details of job %s: %s", event["job"], err)
        for listener in list(self._result_listeners):
            listener(event, job)

    @callback
    def async_on_result(self, listener: ResultListener) -> CALLBACK_TYPE:
        """Tell the listener of each job that ends."""
        self._result_listeners.append(listener)
        return lambda: self._result_listeners.remove(listener)


def failed(err: LockwrightError) -> UpdateFailed:
    """Say why there is nothing new."""
    reason = err.message if isinstance(err, Refused) else str(err)
    return UpdateFailed(translation_domain=DOMAIN, translation_key="unreachable", translation_placeholders={"reason": reason})
