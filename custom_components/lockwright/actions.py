"""What a person can have done to a lock's update. Buttons, actions and repairs all come here."""

from collections.abc import Awaitable
from typing import Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .client import LockwrightError, Refused, WrongToken
from .const import DOMAIN
from .coordinator import LockwrightCoordinator
from .models import Check, Job, Json


async def ask[T](coordinator: LockwrightCoordinator, question: Awaitable[T]) -> T:
    """Ask the service; what goes wrong is said in words."""
    try:
        return await question
    except WrongToken as err:
        coordinator.config_entry.async_start_reauth(coordinator.hass)
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="wrong_token") from err
    except Refused as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="refused", translation_placeholders={"reason": err.message}
        ) from err
    except LockwrightError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="unreachable", translation_placeholders={"reason": str(err)}
        ) from err


async def do[T](coordinator: LockwrightCoordinator, question: Awaitable[T]) -> T:
    """Ask for a change, and fetch what it changed, so that it shows when this returns."""
    answer = await ask(coordinator, question)
    await coordinator.async_refresh()
    return answer


async def update(coordinator: LockwrightCoordinator, lock: str, **more: Any) -> Job:
    """Start an update, or join the one that is at it already."""
    return await do(coordinator, coordinator.client.update(lock, **more))


async def check(coordinator: LockwrightCoordinator, lock: str) -> Check:
    """Run the pre-flight."""
    return await ask(coordinator, coordinator.async_check(lock))


async def wake(coordinator: LockwrightCoordinator, lock: str) -> None:
    """Say that somebody has just pressed a key on the lock."""
    await do(coordinator, coordinator.client.wake(lock))


async def dismiss(coordinator: LockwrightCoordinator, lock: str) -> None:
    """Leave a failed update be."""
    await do(coordinator, coordinator.client.dismiss(lock))


async def cancel(coordinator: LockwrightCoordinator, lock: str) -> Job:
    """Stop the running update."""
    job = coordinator.data.locks[lock]["job_id"]
    if job is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_to_cancel")
    return await do(coordinator, coordinator.client.act(job, "cancel"))


async def again(coordinator: LockwrightCoordinator, lock: str, what: str = "retry") -> Job:
    """Retry the last update, or only verify it."""
    job = await ask(coordinator, coordinator.client.last_job(lock))
    if job is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_to_retry")
    if what == "retry" and job["verify_only"]:  # the update that was verified, not the look at its version
        return await update_like(coordinator, job, job["force"])
    return await do(coordinator, coordinator.client.act(job["id"], what))


async def update_like(coordinator: LockwrightCoordinator, job: Job, force: list[str]) -> Job:
    """Start an update such as that job was, or should have been."""
    return await update(
        coordinator,
        job["lock"],
        image=job["image"],
        component=None if job["all_components"] else job["component"],
        force=force,
        reinstall=job["reinstall"],
        allow_downgrade=job["allow_downgrade"],
    )


async def go_on(coordinator: LockwrightCoordinator, lock: str) -> Job:
    """Start anew what waits for a decision, with the open findings forced."""
    findings = (await check(coordinator, lock))["findings"]
    codes = [f["code"] for f in findings if f["verdict"] != "ok" and f["forcible"] and f["waiting_for"] == "user"]
    job = await cancel(coordinator, lock)
    return await update_like(coordinator, job, sorted({*job["force"], *codes}))


async def confirm(coordinator: LockwrightCoordinator, lock: str, version: str) -> Job:
    """Attest the version that somebody has read off the lock."""
    job = await ask(coordinator, coordinator.client.last_job(lock))
    if job is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_to_retry")
    return await do(coordinator, coordinator.client.act(job["id"], "confirm", {"version": version}))


async def update_all(coordinator: LockwrightCoordinator) -> Json:
    """Update every lock for which there is something newer; the service queues them."""
    return await do(coordinator, coordinator.client.update_all())


async def pause(coordinator: LockwrightCoordinator, paused: bool) -> None:
    """Let no update begin, or let them go on."""
    await do(coordinator, coordinator.client.pause(paused))
