"""What Lockwright's API tells, as far as Home Assistant uses it (openapi.yaml has all of it)."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypedDict

ENDINGS = ("succeeded", "failed", "cancelled")
PHASES = ("idle", "queued", "checking", "waiting", "transferring", "applying", "verifying")
WAITS = ("wake", "window", "slot", "adapter", "owner", "battery", "user", "backoff", "hold")
VERDICTS = ("ok", "warn", "block")


class Health(TypedDict):
    """Who the service is; the one thing it tells without a token."""

    id: str
    version: str


class NotOffered(TypedDict):
    """An image for a lock that is not offered, and why."""

    name: str
    version: str
    reason: str


class Capabilities(TypedDict):
    """What can be done to a lock."""

    can_trigger: bool
    why: str | None
    can_offer: bool
    reports_version: bool
    reports_percent: bool
    can_pin: bool


class Guide(TypedDict):
    """How a person updates a lock in its vendor's app."""

    app: str | None
    steps: list[str]


class Lock(TypedDict):
    """A lock, flat."""

    id: str
    name: str
    adapter: str
    address: str
    model: str | None
    manufacturer: str | None
    sw_build: str | None
    installed_version: str | None
    installed_file_version: str | None
    latest_version: str | None
    latest_file_version: str | None
    in_progress: bool
    update_percentage: float | None
    phase: str
    waiting_for: str | None
    eta: str | None
    job_id: int | None
    action: str | None
    capabilities: Capabilities
    guide: Guide | None
    battery_percent: int | None
    battery_voltage: float | None
    last_heard: str | None
    title: str
    release_summary: str | None
    release_url: str | None
    image: str | None
    problem: bool
    error_code: str | None
    error_message: str | None
    advice: str | None
    escalate: bool
    not_offered: list[NotOffered]


class JobError(TypedDict):
    """Why a job failed, or what stands in its way."""

    code: str
    detail: str | None
    advice: str
    retryable: bool


class Job(TypedDict):
    """One update of one lock."""

    id: int
    lock: str
    image: str | None
    component: str | None
    all_components: bool
    from_version: str | None
    to_version: str | None
    verified_version: str | None
    phase: str
    waiting_for: str | None
    final: bool
    outcome: str | None
    evidence: str | None
    summary: str | None
    error: JobError | None
    in_progress: bool
    update_percentage: float | None
    eta: str | None
    force: list[str]
    reinstall: bool
    allow_downgrade: bool
    verify_only: bool


class Adapter(TypedDict):
    """A way to reach locks."""

    id: str
    type: str
    state: str
    error: JobError | None
    capabilities: list[str]
    firmware: str | None


class Finding(TypedDict):
    """One line of a check."""

    code: str
    verdict: Literal["ok", "warn", "block"]
    forcible: bool
    forced: bool
    evidence: str | None
    remedy: str | None
    waiting_for: str | None


class Check(TypedDict):
    """Is a lock fit for an update?"""

    lock: str
    verdict: Literal["ok", "warn", "block"]
    findings: list[Finding]
    pending: list[str]


class Event(TypedDict):
    """A numbered fact."""

    seq: int
    kind: str
    job: int | None
    lock: str | None
    phase: str | None
    code: str | None
    text: str | None


@dataclass(frozen=True)
class House:
    """All that is known at one moment."""

    locks: dict[str, Lock] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)  # the active ones
    adapters: dict[str, Adapter] = field(default_factory=dict)
    paused: bool = False  # all updates

    @classmethod
    def of(cls, locks: list[Lock], jobs: list[Job], adapters: list[Adapter], paused: bool) -> House:
        """Sort what the service sent as lists."""
        return cls(
            {lock["id"]: lock for lock in locks},
            {job["id"]: job for job in jobs},
            {adapter["id"]: adapter for adapter in adapters},
            paused,
        )

    def with_progress(self, job: Job) -> House:
        """Return this house with a running job's newest figures, in its lock, too."""
        lock = self.locks.get(job["lock"])
        if lock is None or lock["job_id"] != job["id"] or job["id"] not in self.jobs:
            return self
        moved: Lock = {
            **lock,
            "in_progress": job["in_progress"],
            "update_percentage": job["update_percentage"],
            "phase": job["phase"],
            "waiting_for": job["waiting_for"],
            "eta": job["eta"],
        }
        return replace(self, locks=self.locks | {lock["id"]: moved}, jobs=self.jobs | {job["id"]: job})


type Json = dict[str, Any]
