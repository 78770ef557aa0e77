"""A client of Lockwright's API. It knows aiohttp and openapi.yaml, and nothing of Home Assistant."""

from collections.abc import AsyncIterator
from typing import Any, cast

import aiohttp
from yarl import URL

from .models import Adapter, Check, Health, House, Job, Json, Lock

TIMEOUT = aiohttp.ClientTimeout(total=15)
PING_EVERY = 30  # seconds; an unanswered ping ends the stream
CLOSE_WRONG_TOKEN = 4401


class LockwrightError(Exception):
    """The service could not do what was asked."""


class Unreachable(LockwrightError):
    """No answer, or not one of Lockwright's. It may pass."""


class WrongToken(LockwrightError):
    """The token is not known to the service."""


class Refused(LockwrightError):
    """The service answered, and said why not."""

    def __init__(self, status: int, problem: Json) -> None:
        """Take the members of the problem document."""
        self.status = status
        self.code = str(problem.get("code") or "unknown")
        self.detail = str(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        self.advice = str(problem.get("advice") or "")
        super().__init__(self.detail)

    @property
    def message(self) -> str:
        """What is wrong and what to do now, for people."""
        return f"{self.detail} {self.advice.replace('\n', ' ')}".strip()


class Client:
    """One service and one token."""

    def __init__(self, session: aiohttp.ClientSession, url: URL, token: str | None) -> None:
        """Remember where and as whom."""
        self.url = url
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def health(self) -> Health:
        """Who is there? Needs no token."""
        answer = await self._ask("GET", "healthz")
        if not isinstance(answer.get("id"), str):
            raise Unreachable("what answers there is not Lockwright")
        return cast("Health", answer)

    async def house(self) -> House:
        """All locks, active jobs and adapters."""
        return House.of(
            (await self._ask("GET", "api/v1/locks"))["locks"],
            (await self._ask("GET", "api/v1/jobs?phase=active&limit=200"))["jobs"],
            (await self._ask("GET", "api/v1/adapters"))["adapters"],
            await self.paused(),
        )

    async def check(self, lock: str) -> Check:
        """Is the lock fit for an update?"""
        return cast("Check", await self._ask("POST", f"api/v1/locks/{lock}/check"))

    async def wake(self, lock: str) -> Lock:
        """Say that the lock is awake now."""
        return cast("Lock", await self._ask("POST", f"api/v1/locks/{lock}/wake"))

    async def dismiss(self, lock: str) -> Lock:
        """Clear the problem that the last job left."""
        return cast("Lock", await self._ask("POST", f"api/v1/locks/{lock}/dismiss"))

    async def update(self, lock: str, **more: Any) -> Job:
        """Start an update, or get the one that is at it already."""
        return cast("Job", await self._ask("POST", "api/v1/jobs", {"lock": lock, **more}))

    async def update_all(self) -> Json:
        """Update every lock that has an offer."""
        return await self._ask("POST", "api/v1/update-all", {})

    async def paused(self) -> bool:
        """Are all updates paused."""
        return bool((await self._ask("GET", "api/v1/policy"))["paused"])

    async def pause(self, paused: bool) -> None:
        """Pause all updates, or let them go on."""
        await self._ask("PATCH", "api/v1/policy", {"paused": paused})

    async def job(self, job: int) -> Job:
        """One job."""
        return cast("Job", await self._ask("GET", f"api/v1/jobs/{job}"))

    async def last_job(self, lock: str) -> Job | None:
        """Return the newest job of a lock."""
        jobs: list[Job] = (await self._ask("GET", f"api/v1/jobs?lock={lock}&limit=1"))["jobs"]
        return jobs[0] if jobs else None

    async def act(self, job: int, what: str, body: Json | None = None) -> Job:
        """Cancel, retry, verify or confirm a job."""
        return cast("Job", await self._ask("POST", f"api/v1/jobs/{job}/{what}", body))

    async def bundle(self, job: int) -> Json:
        """Return the support bundle of a job."""
        return await self._ask("GET", f"api/v1/jobs/{job}/diagnostics")

    async def image(self, image: str) -> Json:
        """One firmware image."""
        return await self._ask("GET", f"api/v1/firmware/{image}")

    async def restart(self, adapter: str) -> Adapter:
        """Restart a stick softly."""
        return cast("Adapter", await self._ask("POST", f"api/v1/adapters/{adapter}/restart"))

    async def scan(self, adapter: str) -> Adapter:
        """Look for locks."""
        return cast("Adapter", await self._ask("POST", f"api/v1/adapters/{adapter}/scan"))

    async def show(self, integration: str) -> list[str]:
        """Say that the locks are shown here; return the MQTT devices that go away for it."""
        return list((await self._ask("PUT", f"api/v1/integrations/{integration}"))["mqtt_devices"])

    async def show_no_more(self, integration: str) -> None:
        """Say that they are not shown here any more."""
        await self._ask("DELETE", f"api/v1/integrations/{integration}")

    async def stream(self, since: int | None) -> AsyncIterator[Json]:
        """Yield the messages of the event stream until it ends. An end is no error; see openapi.yaml."""
        url = (self.url / "api/v1/events").with_query({} if since is None else {"since": since})
        try:
            async with self._session.ws_connect(url, headers=self._headers, heartbeat=PING_EVERY, max_msg_size=0) as ws:
                async for message in ws:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        yield message.json()
                if ws.close_code == CLOSE_WRONG_TOKEN:
                    raise WrongToken("the event stream was closed: the token is not valid any more")
        except aiohttp.WSServerHandshakeError as err:
            if err.status == 401:
                raise WrongToken(str(err)) from err
            raise Unreachable(str(err)) from err
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as err:
            raise Unreachable(str(err) or type(err).__name__) from err

    async def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        try:
            async with self._session.request(
                method, self.url.join(URL(path)), json=body, headers=self._headers, timeout=TIMEOUT, allow_redirects=False
            ) as answer:
                content = await answer.json(content_type=None) if await answer.read() else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as err:
            raise Unreachable(str(err) or type(err).__name__) from err
        if not isinstance(content, dict):
            raise Unreachable("what answers there is not Lockwright")
        if answer.status == 401:
            raise WrongToken(str(content.get("detail") or "the token is not valid"))
        if answer.status == 503:
            raise Unreachable(str(content.get("detail") or "the service is starting"))
        if answer.status >= 300:
            raise Refused(answer.status, content)
        return content
