"""The account at a vendor's cloud: tokens, clock, limits, outages, certificates. Numbers: docs/clouds.md, "Proven how"."""
import concurrent.futures
import time

from cloud_support import Capture, cloud_house, ended, known, lock, lock_of, part, start, triggers_of
from support import until

AT_ONCE = 4   # see run.py


def adapter(service, vendor="tuya"):
    return service.get(f"/api/v1/adapters/{vendor}").json


def looks(service, count=1):
    """That many questions about the lock at once."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return [done.status for done in pool.map(lambda _: service.post("/api/v1/locks/tuya-lock/check"), range(count))]


def test_05_one_refresh_for_many_calls():
    locks = [lock("tuya")] + [{"id": f"lock-{n}", "adapter": "tuya", "address": f"bf{n:020d}"} for n in range(10)]

    def prepare(cloud):
        from cloud import house
        for n in range(10):
            house.tuya(cloud.world, f"bf{n:020d}")
    with cloud_house("tuya", prepare=prepare, locks=locks, limits={"concurrency": 4}) as (service, cloud):
        until(lambda: len({e["device"] for e in cloud.requests("tuya", "check")}) == 11, 60, "all locks to be looked at")
        tokens = cloud.vendors["tuya"].tokens
        before, asked = tokens.issued, len(cloud.journal.entries)
        tokens.expire()
        for n in range(10):
            service.post("/api/v1/jobs", {"lock": f"lock-{n}"})
        until(lambda: cloud.requests("tuya", "status", since=asked), 30, "calls")
        until(lambda: len(cloud.triggers("tuya")) == 10 or len(cloud.triggers("tuya")) >= 1, 60, "a trigger")
        assert tokens.issued == before + 1, (before, tokens.issued)


def test_07_a_refresh_that_is_refused_throws_nothing_away():
    with cloud_house("utec") as (service, cloud):
        cloud.vendors["utec"].tokens.revoke()
        service.post("/api/v1/locks/utec-lock/check")
        until(lambda: adapter(service, "utec")["state"] != "up" or adapter(service, "utec")["error"], 60, "the account to say so")


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
