"""What a person must do, as repair issues: raised and withdrawn as the service's view of its locks changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueSeverity

from .const import DOMAIN
from .coordinator import LockwrightEntry
from .models import Adapter, House, Lock

UNPROVEN = {"version_unchanged", "version_unexpected", "unverified", "never_returned"}
GUIDED = {"follow_guide", "confirm_version"}
WAITS = {"battery": "batteries", "user": "decision"}


@dataclass(frozen=True)
class Need:
    """One thing that a person must do."""

    key: str  # translation key, and what the fix flow does
    about: str  # id of the lock or adapter
    severity: IssueSeverity
    words: dict[str, str] = field(default_factory=dict)
    learn_more_url: str | None = None


def of_lock(lock: Lock) -> str | None:
    """Name what the lock needs."""
    if lock["job_id"] is not None:
        if lock["action"] in GUIDED:
            return "guide"
        if lock["waiting_for"] == "wake":
            return None if lock["in_progress"] else "press_key"
        return WAITS.get(lock["waiting_for"] or "")
    if not lock["problem"]:
        return None
    return "unproven" if lock["error_code"] in UNPROVEN else "update_failed"


def lock_words(lock: Lock) -> dict[str, str]:
    """Give the texts of an issue what they speak of."""
    battery = lock["battery_percent"]
    guide = lock["guide"] or {"app": None, "steps": []}
    return {
        "app": guide["app"] or "its app",
        "steps": "\n".join(f"{number}. {step}" for number, step in enumerate(guide["steps"], 1)),
        "lock": lock["name"],
        "message": lock["error_message"] or "",
        "advice": lock["advice"] or "",
        "battery": "?" if battery is None else f"{battery} %",
        "version": lock["installed_version"] or "?",
    }


def adapter_words(adapter: Adapter) -> dict[str, str]:
    """Give the texts of an issue what they speak of."""
    error = adapter["error"]
    return {
        "adapter": adapter["id"],
        "message": (error and error["detail"]) or "",
        "advice": (error and error["advice"]) or "",
    }


def needs(house: House) -> Iterator[Need]:
    """All that people must do."""
    for lock in house.locks.values():
        if key := of_lock(lock):
            severity = IssueSeverity.ERROR if lock["job_id"] is None else IssueSeverity.WARNING
            yield Need(key, lock["id"], severity, lock_words(lock), lock["release_url"])
    for adapter in house.adapters.values():
        if adapter["state"] == "refused":
            yield Need("adapter_refused", adapter["id"], IssueSeverity.ERROR, adapter_words(adapter))


@callback
def async_follow_issues(hass: HomeAssistant, entry: LockwrightEntry) -> None:
    """Raise what is needed and withdraw what is not needed any more."""
    coordinator = entry.runtime_data

    @callback
    def follow() -> None:
        if not coordinator.last_update_success:
            return  # what was needed is needed still, as far as anybody knows
        wanted = {f"{entry.entry_id}_{need.about}_{need.key}": need for need in needs(coordinator.data)}
        for issue in issues_of(hass, entry) - wanted.keys():
            ir.async_delete_issue(hass, DOMAIN, issue)
        for issue, need in wanted.items():
            ir.async_create_issue(
                hass,
                DOMAIN,
                issue,
                data={"entry_id": entry.entry_id, "key": need.key, "about": need.about},
                is_fixable=True,
                learn_more_url=need.learn_more_url,
                severity=need.severity,
                translation_key=need.key,
                translation_placeholders=need.words,
            )

    follow()
    entry.async_on_unload(coordinator.async_add_listener(follow))


def issues_of(hass: HomeAssistant, entry: LockwrightEntry) -> set[str]:
    """Name the issues that this entry has raised."""
    return {issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN and issue.startswith(f"{entry.entry_id}_")}


@callback
def async_clear_issues(hass: HomeAssistant, entry: LockwrightEntry) -> None:
    """Withdraw all."""
    for issue in issues_of(hass, entry):
        ir.async_delete_issue(hass, DOMAIN, issue)
