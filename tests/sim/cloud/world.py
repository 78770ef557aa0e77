"""The simulated locks: what is installed, what is offered, and the course that an update takes once it was triggered.

A course runs on the world's clock, which may go faster than the real one; nothing happens between two questions, so that a
device is simply brought up to date whenever somebody asks."""
import dataclasses
import secrets
import time

IDLE, AVAILABLE, WAITING, DOWNLOADING, INSTALLING, SUCCEEDED, FAILED, TIMED_OUT = (
    "idle", "available", "waiting", "downloading", "installing", "succeeded", "failed", "timed_out")
RUNNING = (WAITING, DOWNLOADING, INSTALLING)


class Clock:
    """Seconds of the world since its start, and the vendor's idea of the time of day."""

    def __init__(self, speed=1.0):
        self.speed, self.skew_s = speed, 0.0
        self.began = time.monotonic()

    def now(self):
        return (time.monotonic() - self.began) * self.speed

    def unix_ms(self):
        return int((time.time() + self.skew_s) * 1000)


@dataclasses.dataclass
class Component:
    """One firmware of a lock."""
    id: str
    installed: str
    offered: str = ""
    label: str = "Main Module"
    allowed: bool = True
    why: str = ""            # what blocks it, when not allowed
    notes: str = "Better battery life."
    timeout_s: int = 600
    course: str = "happy"    # what the next update will do
    duration_s: float = 600
    more: dict = dataclasses.field(default_factory=dict)  # of the course: "newer", "wake_after_s", "stale_s"
    state: str = IDLE
    percent: int = 0
    triggers: int = 0        # updates that were really started
    began: float = 0.0       # on the world's clock; of the course that runs
    target: str = ""
    reported: str = ""       # what the cloud says is installed, when it lags behind
    operation: str = ""      # the vendor's number of the update

    def told(self):
        return self.reported or self.installed

    def told_state(self):
        return AVAILABLE if self.state == IDLE and self.offered else self.state


@dataclasses.dataclass
class Device:
    id: str
    vendor: str
    name: str = "Front door"
    model: str = "SIM-LOCK"
    kind: str = "lock"
    online: bool = True
    asleep: bool = False     # reachable, but answers only after somebody touched it
    battery: int = 83
    locked: bool = True
    parent: str = ""
    components: list = dataclasses.field(default_factory=list)
    secrets: dict = dataclasses.field(default_factory=dict)   # what a vendor shows and nobody may keep
    form: dict = dataclasses.field(default_factory=dict)      # how this device's answers deviate
    online_after: float | None = None                         # on the world's clock

    def component(self, number=None):
        return next((c for c in self.components if number is None or c.id == str(number)), None)

    def wake(self):
        self.asleep = False


def _progress(component, elapsed):
    """Percent and state while nothing special happens."""
    share = min(1.0, elapsed / component.duration_s)
    component.percent = int(share * 100)
    component.state = DOWNLOADING if share < 0.6 else INSTALLING
    return share >= 1.0


def _end(component, state, installed=None, now=0.0):
    if installed and component.more.get("stale_s"):
        component.reported, component.more["stale_until"] = component.installed, now + component.more["stale_s"]
    component.state = state
    component.installed = installed or component.installed
    if installed:
        component.offered, component.percent = "", 100


def _happy(device, component, elapsed, now):
    if _progress(component, elapsed):
        _end(component, SUCCEEDED, component.target, now)


def _offline_in_the_middle(device, component, elapsed, now):
    device.online = not 0.4 < elapsed / component.duration_s < 0.7
    _happy(device, component, elapsed, now)


def _stuck(device, component, elapsed, now):
    _progress(component, min(elapsed, 0.42 * component.duration_s))


def _done_unchanged(device, component, elapsed, now):
    if _progress(component, elapsed):
        _end(component, SUCCEEDED)


def _failed_changed(device, component, elapsed, now):
    if _progress(component, elapsed):
        _end(component, FAILED, component.target, now)


def _fails(device, component, elapsed, now):
    if _progress(component, elapsed):
        _end(component, FAILED)


def _times_out(device, component, elapsed, now):
    if _progress(component, elapsed):
        _end(component, TIMED_OUT)


def _newer_in_between(device, component, elapsed, now):
    if elapsed > 0.5 * component.duration_s and component.target != component.more["newer"]:
        component.target = component.offered = component.more["newer"]
    _happy(device, component, elapsed, now)


def _never_starts(device, component, elapsed, now):
    component.state = IDLE


def _forgotten(device, component, elapsed, now):
    if elapsed > 0.5 * component.duration_s:
        _end(component, IDLE)
    else:
        _progress(component, elapsed)


COURSES = {"happy": _happy, "offline_in_the_middle": _offline_in_the_middle, "stuck": _stuck, "done_unchanged": _done_unchanged,
           "failed_changed": _failed_changed, "fails": _fails, "times_out": _times_out, "newer_in_between": _newer_in_between,
           "never_starts": _never_starts, "forgotten": _forgotten}


class World:
    """All devices of all vendors. Its users hold its lock."""

    def __init__(self, speed=1.0):
        self.clock = Clock(speed)
        self.devices = {}
        self.lock_commands = 0   # somebody asked a vendor to move a bolt

    def add(self, device):
        self.devices[(device.vendor, device.id)] = device
        return device

    def find(self, vendor, number):
        device = self.devices.get((vendor, str(number)))
        if device:
            self.bring_up_to_date(device)
        return device

    def of(self, vendor):
        found = [device for (owner, _), device in self.devices.items() if owner == vendor]
        for device in found:
            self.bring_up_to_date(device)
        return found

    def trigger(self, device, component, version=None):
        """An update begins, as the vendor understands it."""
        component.triggers += 1
        component.target = version or component.offered
        component.began = self.clock.now()
        component.percent = 0
        component.operation = secrets.token_hex(8)
        component.state = WAITING if device.asleep else DOWNLOADING
        if component.more.get("wake_after_s"):
            component.more["wake_at"] = component.began + component.more["wake_after_s"]
        component.more["running"] = component.course
        self.bring_up_to_date(device)

    def bring_up_to_date(self, device):
        now = self.clock.now()
        if device.online_after is not None and now >= device.online_after:
            device.online, device.online_after = True, None
        for component in device.components:
            self._course(device, component, now)
            if component.reported and now >= component.more.get("stale_until", now):
                component.reported = ""

    def _course(self, device, component, now):
        if device.asleep and now >= component.more.get("wake_at", now + 1):
            device.wake()
        if component.state == WAITING and not device.asleep:
            component.began, component.state = now, DOWNLOADING
        if component.state in (DOWNLOADING, INSTALLING):
            COURSES[component.more.get("running", "happy")](device, component, now - component.began, now)
