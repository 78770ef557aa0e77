"""A simulated cloud and a service that has accounts there: the ground of the cloud tests."""
import base64
import contextlib
import json
import pathlib
import sys
import threading
import urllib.parse

import support
from support import Service, WebSocket, folder, until

sys.path.insert(0, str(support.ROOT / "tests" / "sim"))
from cloud.simulator import Cloud  # noqa: E402  (its folder had to be named first)

PROFILES = support.ROOT / "adapters" / "cloud" / "profiles"
ADDRESS = {"tuya": "bf0123456789abcdefghij", "aqara": "lumi.54ef44100065e4a0", "utec": "AA12BB34CC56", "nuki": "17938216461",
           "switchbot": "C271111EC0AB", "ttlock": "2338910", "generic": "lock-1"}
MINUTE = 60


def profile(path, cloud, vendor, **limits):
    """A copy of the shipped profile whose only region is the simulated cloud; returns its file."""
    data = json.loads((PROFILES / f"{vendor}.json").read_text())
    data["id"] = f"sim-{vendor}"
    data["regions"] = {"sim": cloud.origin}
    data["limits"].update({"rps": 20, "burst": 20, **limits})
    options = data["auth"].get("options", {})
    for key in ("authorize_url", "token_url"):
        if key in options:
            options[key] = cloud.origin + urllib.parse.urlsplit(options[key]).path
    file = pathlib.Path(path, f"{vendor}-profile.json")
    file.write_text(json.dumps(data))
    return file


def account(path, cloud, vendor, **more):
    """The adapter of an account in the service's configuration."""
    return {"id": vendor, "type": "cloud", "profile": str(profile(path, cloud, vendor, **more.pop("limits", {}))), "region": "sim",
            "credentials": str(cloud.account_file(vendor, path)), "ca_file": cloud.ca, "allow_private": ["127.0.0.1/32", "::1/128"], **more}


def lock(vendor, **more):
    return {"id": f"{vendor}-lock", "adapter": vendor, "address": ADDRESS[vendor], "name": f"The {vendor} lock", **more}


@contextlib.contextmanager
def cloud_house(*vendors, speed=60, locks=None, wait=True, limits=None, prepare=None, **options):
    """Accounts at these vendors and the first lock of each, known to a service; signed in."""
    with folder() as path, Cloud(speed) as cloud:
        if prepare:
            prepare(cloud)
        service = None
        try:
            adapters = [account(path, cloud, vendor, limits=limits or {}) for vendor in vendors]
            service = Service(path, adapters=adapters, locks=locks or [lock(vendor) for vendor in vendors], **options)
            service.sign_in()
            if wait:
                for vendor in vendors:
                    until(lambda v=vendor: service.get(f"/api/v1/adapters/{v}").json["state"] == "up", what=f"{vendor} to be up")
            yield service, cloud
            assert not cloud.errors, cloud.errors
            assert cloud.world.lock_commands == 0, "somebody moved a bolt"
        except BaseException:
            entries = "".join(f"--- {json.dumps(entry)}\n" for entry in cloud.journal.entries[-40:])
            print(f"--- service log\n{(path / 'service.log').read_text(errors='replace')[-6000:]}\n{entries}")   # one piece: others run beside it
            raise
        finally:
            if service:
                service.kill()


def lock_of(service, vendor):
    return service.get(f"/api/v1/locks/{vendor}-lock").json


def known(service, vendor):
    """Has the vendor's cloud told of the lock what it tells?"""
    lock = lock_of(service, vendor)
    return lock["components"] and (lock["installed_version"] or not lock["capabilities"]["reports_version"]) and lock["online"] is not None


def start(service, vendor, **more):
    until(lambda: known(service, vendor), what=f"what {vendor} tells of its lock")
    answer = service.post("/api/v1/jobs", {"lock": f"{vendor}-lock", **more})
    assert answer.status == 202, answer.body
    return answer.json["id"]


def ended(service, number, phase, limit=90):
    return service.wait_job(number, lambda job: job["phase"] == phase, limit, phase)


def events(service, number):
    return service.get(f"/api/v1/jobs/{number}/events").json["events"]


def phases(service, number):
    """In the order in which the job went through them."""
    found = []
    for event in events(service, number):
        if event.get("phase") and (not found or found[-1] != event["phase"]):
            found.append(event["phase"])
    return found


def part(cloud, number=None, vendor="tuya"):
    """The lock's component of that number, or its first."""
    return cloud.device(vendor, ADDRESS[vendor]).component(number)


def triggers_of(cloud, vendor="tuya"):
    return cloud.triggers(vendor, ADDRESS[vendor])


def spellings(secret):
    """A secret as it may turn up: raw, base64, hex, URL-encoded."""
    raw = secret.encode()
    yield raw
    yield base64.b64encode(raw).rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield urllib.parse.quote(secret, safe="").encode()


class Capture(threading.Thread):
    """Everything that the WebSocket says, for good."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.socket = WebSocket(service.port, "/api/v1/events?since=0", {"Authorization": f"Bearer {service.token}"})
        self.messages = []
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                message = self.socket.receive()
                if isinstance(message, tuple):
                    return
                self.messages.append(message)

    def of(self, kind):
        return [message for message in self.messages if message.get("type") == kind]

    def end(self):
        self.socket.close()
        return json.dumps(self.messages).encode()
