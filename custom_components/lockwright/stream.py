"""The push side: follows the service's event stream and feeds the coordinator."""

import asyncio
import random

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .client import LockwrightError, Unreachable, WrongToken
from .const import DOMAIN, LOGGER
from .coordinator import LockwrightCoordinator
from .models import House, Json

BACKOFF_FIRST = 1.0  # seconds
BACKOFF_MOST = 60.0
SAVE_DELAY = 30  # seconds; the place in the stream is worth little, a memory card's life more
STORE_VERSION = 1


def place_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, int]]:
    """Where the number of the last event that was heard is kept."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.{entry_id}")


class Stream:
    """One connection at a time, for as long as the entry is loaded."""

    def __init__(self, hass: HomeAssistant, coordinator: LockwrightCoordinator) -> None:
        """Remember whom to feed."""
        self._coordinator = coordinator
        self._store = place_store(hass, coordinator.config_entry.entry_id)
        self._seq: int | None = None
        self._backoff = BACKOFF_FIRST

    async def run(self) -> None:
        """Follow the stream until cancelled, or until the token is refused."""
        place = await self._store.async_load()
        self._seq = place["seq"] if place else None
        try:
            while await self._follow():
                await asyncio.sleep(self._backoff * random.uniform(0.5, 1.0))
                self._backoff = min(self._backoff * 2, BACKOFF_MOST)
        finally:
            self._coordinator.async_streams(False)
            await self._store.async_save(self._place())

    async def _follow(self) -> bool:
        """One connection; False when there is no point in another."""
        again = True
        try:
            async for message in self._coordinator.client.stream(self._seq):
                self._take(message)
        except Unreachable as err:
            LOGGER.debug("event stream of %s: %s", self._coordinator.name, err)
        except WrongToken:
            again = False
        except LockwrightError as err:
            LOGGER.debug("event stream of %s ended: %s", self._coordinator.name, err)
        self._coordinator.async_streams(False)
        # Polling says whether the service is gone, restarts, or refuses the token, and logs it once.
        await self._coordinator.async_refresh()
        return again

    @callback
    def _take(self, message: Json) -> None:
        coordinator = self._coordinator
        match message["type"]:
            case "hello":
                coordinator.version = message["version"]
                if self._seq is None:
                    self._move(message["seq"])
            case "resync":
                self._move(message["seq"])
            case "snapshot":
                self._backoff = BACKOFF_FIRST
                self._move(message["seq"])
                coordinator.async_streams(True)
                paused = coordinator.data.paused  # the one thing that the stream does not tell
                coordinator.async_take(House.of(message["locks"], message["jobs"], message["adapters"], paused))
            case "event":
                if self._seq is None or message["seq"] > self._seq:
                    self._move(message["seq"])
                    coordinator.async_hear(message)  # type: ignore[arg-type]
            case "progress":
                coordinator.async_take(coordinator.data.with_progress(message["job"]))

    def _move(self, seq: int) -> None:
        self._seq = seq
        self._store.async_delay_save(self._place, SAVE_DELAY)

    def _place(self) -> dict[str, int]:
        return {} if self._seq is None else {"seq": self._seq}
