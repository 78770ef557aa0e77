"""The account at a vendor's cloud: tokens, clock, limits, outages, certificates. Numbers: docs/clouds.md, "Proven how"."""
import contextlib
import http.client
import json
import re
import ssl
import subprocess
import urllib.parse

import support
from cloud_support import Capture, cloud_house, ended, known, lock, lock_of, part, start, triggers_of
from cloud import house
from support import until

WAITS = True   # more than it works, see run.py


def adapter(service, vendor="tuya"):
    return service.get(f"/api/v1/adapters/{vendor}").json


@contextlib.contextmanager
def eleven_locks():
    """All looked at once; then the token's time is over. Gives the service, the cloud, and how many tokens there were."""
    numbers = [f"bf{n:020d}" for n in range(10)]
    locks = [lock("tuya")] + [{"id": f"lock-{n}", "adapter": "tuya", "address": address} for n, address in enumerate(numbers)]
    with cloud_house("tuya", prepare=lambda cloud: [house.tuya(cloud.world, n) for n in numbers], locks=locks, limits={"concurrency": 4}) as (service, cloud):
        until(lambda: len({e["device"] for e in cloud.requests("tuya", "check")}) == 11, 60, "all locks to be looked at")
        yield service, cloud, cloud.vendors["tuya"].tokens.issued
        assert service.text().count("login renewed") == cloud.vendors["tuya"].tokens.issued


def start_ten(service, cloud):
    since = len(cloud.journal.entries)
    for n in range(10):
        assert service.post("/api/v1/jobs", {"lock": f"lock-{n}"}).status == 202
    return lambda: [e for e in cloud.requests("tuya", since=since)]


def test_05_one_refresh_for_many_calls():
    with eleven_locks() as (service, cloud, before):
        tokens = cloud.vendors["tuya"].tokens
        tokens.expire()
        asked = start_ten(service, cloud)
        until(lambda: len({e["device"] for e in asked() if e["op"] == "status" and not e["code"]}) == 10, 60, "all ten calls to succeed")
        assert tokens.issued == before + 1, (before, tokens.issued)
        kept = next(service.data.glob("cloud-*")).read_text()
        assert next(iter(tokens.valid)) in kept, "the new pair is on disk"


def test_06_a_late_refusal_of_the_old_token_ends_nothing():
    with eleven_locks() as (service, cloud, before):
        tokens = cloud.vendors["tuya"].tokens
        cloud.faults.add("delay", vendor="tuya", op="status", delay_s=3)
        tokens.expire()
        asked = start_ten(service, cloud)
        until(lambda: len({e["device"] for e in asked() if e["op"] == "status" and not e["code"]}) == 10, 60, "all ten calls to succeed")
        late = [e for e in asked() if e["fault"] == "delay"]
        renewed = next(e for e in asked() if e["op"] in ("token", "refresh"))
        assert late[0]["code"] == "1010" and renewed["at"] - late[0]["at"] < 2.5, (late, renewed)   # it was answered three seconds after it came
        assert tokens.issued == before + 1, (before, tokens.issued)


def test_a_login_by_the_browser():
    """As docs/clouds.md says: lockwright cloud login, an address to open, an address to paste; a running service notices."""
    with cloud_house("utec", wait=False, prepare=lambda cloud: cloud.vendors["utec"].tokens.revoke()) as (service, cloud):
        until(lambda: adapter(service, "utec")["error"], 30, "the account to say that it needs a login")
        login = subprocess.Popen([support.BUILD / "lockwright", "cloud", "login", "utec", "--config", service.config], env=service.environment,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        url = next(found for found in (re.search(r"https://\S+/authorize\?\S+", line) for line in login.stdout) if found)[0]
        parts = urllib.parse.urlsplit(url)
        browser = http.client.HTTPSConnection(parts.hostname, parts.port, context=ssl.create_default_context(cafile=cloud.ca))
        browser.request("GET", f"{parts.path}?{parts.query}")
        assert "state=" in parts.query, parts.query
        out, _ = login.communicate(browser.getresponse().headers["Location"] + "\n", timeout=60)
        browser.close()
        assert login.returncode == 0 and not any(token in out for token in cloud.vendors["utec"].tokens.all), out
        until(lambda: adapter(service, "utec")["state"] == "up", 90, "the service to notice")


def test_07_a_refresh_that_is_refused_throws_nothing_away():
    """A guided job pauses, does not fail; with a new login it goes on."""
    with cloud_house("utec") as (service, cloud):
        tokens = cloud.vendors["utec"].tokens
        until(lambda: known(service, "utec"), what="what U-tec tells")
        tokens.expire()
        number = start(service, "utec")
        service.wait_job(number, lambda j: j["waiting_for"] == "user" and j["error"]["code"] == "follow_guide", 60, "the guide")
        assert len(cloud.requests("utec", "refresh")) == 1
        tokens.revoke()
        service.post("/api/v1/locks/utec-lock/wake")   # "I started it": it looks
        error = until(lambda: adapter(service, "utec")["error"], 60, "the account to say so")
        assert error["code"] == "cloud_login" and error["advice"], error
        assert not service.job(number)["final"] and len(cloud.requests("utec", "refresh")) == 2
        assert json.loads(next(service.data.glob("cloud-*")).read_text()), "what was kept is still there"


def test_08_retry_after_is_obeyed():
    """Twelve seconds here; how two minutes pass is the same code."""
    def prepare(cloud):
        part(cloud).duration_s = 2400
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        number = start(service, "tuya")
        until(lambda: cloud.requests("tuya", "progress"), 60, "the first look at the progress")
        cloud.faults.add("status", vendor="tuya", status=429, retry_after=12)
        limited = until(lambda: cloud.journal.select(status=429), 60, "the refusal")[0]
        ended(service, number, "succeeded", 180)
        after = min(e["at"] for e in cloud.journal.entries if e["n"] > limited["n"])
        assert after - limited["at"] >= 11.5, after - limited["at"]
        assert len(triggers_of(cloud)) == 1


def test_09_an_outage_in_the_middle():
    def prepare(cloud):
        part(cloud).duration_s = 1200
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        capture = Capture(service)
        number = start(service, "tuya")
        until(lambda: cloud.requests("tuya", "progress"), 60, "the first look at the progress")
        cloud.faults.add("status", times=-1, status=503)
        until(lambda: len(cloud.journal.select(status=503)) >= 2, 120, "the outage to be seen")
        assert not service.job(number)["final"]
        cloud.faults.clear()
        ended(service, number, "succeeded", 300)
        assert len(triggers_of(cloud)) == 1
        everything = service.text().encode() + capture.end() + service.get(f"/api/v1/jobs/{number}/diagnostics").body
        assert b"html-body-canary" not in everything


def test_16_a_wrong_clock_is_learned_from_the_server():
    def prepare(cloud):
        cloud.world.clock.skew_s = 1200   # to the cloud, this host is 20 minutes slow
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        until(lambda: cloud.requests("tuya", "check") and cloud.requests("tuya", "check")[-1]["signed"] == "good", 60, "a call with the learned offset")
        codes = [e["code"] for e in cloud.requests("tuya")]
        assert codes.count("1013") == 1, codes
        ended(service, start(service, "tuya"), "succeeded")


def test_21_certificates_that_prove_nothing():
    for name, word in (("expired", "expired"), ("not-yet", "not yet"), ("wrong-host", "another name"), ("unknown-ca", "signed"), ("old-protocol", "TLS")):
        def prepare(cloud, name=name):
            cloud.certificate = name
        with cloud_house("tuya", wait=False, prepare=prepare) as (service, cloud):
            error = until(lambda: adapter(service)["error"], 30, f"{name}: the reason")
            assert word in error["detail"] and error["code"] == "cloud_tls", (name, error)
            assert not cloud.journal.select(kind="request"), f"{name}: something was sent"


def test_22_a_plan_that_is_used_up_is_not_the_locks_fault():
    with cloud_house("tuya") as (service, cloud):
        until(lambda: known(service, "tuya"), what="what Tuya tells")
        cloud.vendors["tuya"].quota = 0
        number = start(service, "tuya")
        job = service.wait_job(number, lambda j: j["phase"] == "waiting", 60, "the wait")
        assert job["waiting_for"] == "user" and job["error"]["code"] == "cloud_quota" and not cloud.triggers("tuya"), job
        cloud.vendors["tuya"].quota = None
