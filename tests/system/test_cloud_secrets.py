"""What must not get out of an account, and where its secrets must not go. Numbers: docs/clouds.md, "Proven how"."""
import json
import pathlib
import subprocess

import support
from cloud_support import Capture, Cloud, account, cloud_house, ended, spellings, start
from support import Service, folder, until

WAITS = True   # more than it works, see run.py

VENDORS = ("tuya", "aqara", "utec", "nuki", "switchbot", "ttlock", "generic")
TOKENS = "cloud-"   # the files of an account's tokens in the data folder: that is where they belong


def found_in(canaries, name, data):
    """Every spelling of every canary that is in there."""
    return [f"{canary} as {spelling[:8]}… in {name}" for canary in canaries for spelling in spellings(canary) if spelling in data]


def files_of(folder, besides):
    return [path for path in folder.rglob("*") if path.is_file() and path not in besides and not path.name.startswith(TOKENS)]


def test_20_no_secret_is_seen_anywhere():
    """Locks of all vendors at debug level, an update, a refusal, a page of HTML; then everything that was written is searched."""
    with cloud_house(*VENDORS, log_level="debug") as (service, cloud):
        capture = Capture(service)
        for vendor in VENDORS:
            service.post(f"/api/v1/locks/{vendor}-lock/check")
        number = start(service, "tuya")
        cloud.faults.add("status", status=503, vendor="tuya", op="progress")
        ended(service, number, "succeeded")
        cloud.vendors["tuya"].tokens.expire()
        service.post("/api/v1/locks/tuya-lock/check")
        pages = [f"/api/v1/jobs/{number}/diagnostics", "/api/v1/locks", "/api/v1/adapters", f"/api/v1/jobs/{number}/events", "/metrics"]
        canaries = cloud.canaries()
        assert len(canaries) > 20, canaries
        seen = found_in(canaries, "WebSocket", capture.end())
        for page in pages:
            seen += found_in(canaries, page, service.get(page).body)
        for arguments in (("doctor",), ("locks",), ("jobs",)):
            done = subprocess.run([support.BUILD / "lockwright", *arguments], env=service.environment, capture_output=True, timeout=60)
            seen += found_in(canaries, arguments[0], done.stdout + done.stderr)
        limits = pathlib.Path(f"/proc/{service.popen.pid}/limits").read_text()
        assert any(line.split()[:5] == ["Max", "core", "file", "size", "0"] for line in limits.splitlines()), limits
        service.stop()
        own = [pathlib.Path(a["credentials"]) for a in json.loads(service.config.read_text())["adapters"]]
        files = files_of(service.folder, own)
        assert any(path.suffix == ".log" for path in files) and any("lockwright" in path.name for path in files), files
        for path in files:
            seen += found_in(canaries, path.name, path.read_bytes())
        assert not seen, "\n".join(seen)
        assert b"html-body-canary" not in service.text().encode()


def test_files_of_secrets_are_ours_alone():
    with cloud_house("tuya", "utec") as (service, cloud):
        until(lambda: cloud.requests("tuya", "status"), 30, "a call with a token")
        kept = [path for path in service.data.rglob("cloud-*") if path.is_file()]
        assert kept and all(path.stat().st_mode & 0o077 == 0 for path in kept), kept
    with folder() as path, Cloud() as cloud:
        told = account(path, cloud, "tuya")
        pathlib.Path(told["credentials"]).chmod(0o644)
        service = Service(path, adapters=[told], wait=False)
        assert service.popen.wait(30) != 0 and "others can read it" in service.text(), service.text()
        assert not cloud.journal.entries
        service.kill()


def test_19_addresses_that_are_none_of_a_clouds():
    """A vendor's name that leads into the house: refused in the same words, whatever is there; also when it does so later."""
    addresses = ("127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.1.1", "::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1")
    with Cloud() as cloud:
        texts = {refusal(cloud, address) for address in addresses}
        assert not cloud.journal.entries, cloud.journal.entries
        assert len(texts) == 1, texts


def refusal(cloud, address):
    """What the account says when its vendor's name leads to this address."""
    with folder() as path:
        names = path / "names"
        names.write_text(f"vendor.example {address}\n")
        told = account(path, cloud, "generic")
        told.pop("allow_private")
        data = json.loads(pathlib.Path(told["profile"]).read_text())
        data["regions"] = {"sim": f"https://vendor.example:{cloud.port}"}
        pathlib.Path(told["profile"]).write_text(json.dumps(data))
        lies = {"LD_PRELOAD": str(support.BUILD / "tests" / "system" / "liblying_names.so"), "LYING_NAMES": str(names)}
        service = Service(path, adapters=[told], environment=lies)
        try:
            service.sign_in()
            return json.dumps(until(lambda: service.get("/api/v1/adapters/generic").json["error"], 60, f"{address}: the refusal"))
        finally:
            service.kill()


def test_19_a_redirect_is_not_followed():
    def prepare(cloud):
        cloud.faults.add("redirect", times=-1, vendor="nuki", location=f"{cloud.origin}/smartlock?elsewhere=1")
    with cloud_house("nuki", wait=False, prepare=prepare) as (service, cloud):
        until(lambda: cloud.requests("nuki"), 30, "a request")
        until(lambda: service.get("/api/v1/adapters/nuki").json["error"], 60, "the refusal")
        assert not [e for e in cloud.requests("nuki") if e["query"]]
