"""Updates that a person makes in the vendor's app: guided, watched, and ended by what was seen or said."""
import time

from cloud_support import ADDRESS, Capture, cloud_house, ended, lock_of, part, start
from support import until

WAITS = True   # more than it works, see run.py

READS = {"list", "status", "check", "points", "token", "refresh", "state", "configure"}


def guided(service, vendor):
    number = start(service, vendor)
    job = service.wait_job(number, lambda j: j["phase"] == "waiting" and j["waiting_for"] == "user", 60, "the guide")
    assert job["guided"] and job["action"], job
    return number


def test_17_a_u_bolt_is_guided_and_its_owner_confirms():
    with cloud_house("utec") as (service, cloud):
        lock = lock_of(service, "utec")
        assert lock["capabilities"]["can_trigger"] is False and lock["capabilities"]["why"], lock
        assert "Xthings" in lock["guide"]["app"] and lock["guide"]["steps"], lock
        number = guided(service, "utec")
        part(cloud, vendor="utec").installed = "02.20.0002"
        answer = service.post(f"/api/v1/jobs/{number}/confirm", {"version": "02.20.0002"})
        assert answer.status in (200, 202), answer.body
        job = ended(service, answer.json["id"], "succeeded", 120)
        assert job["evidence"] == "user_attested" and job["verified_version"] == "02.20.0002", job
        assert {e["op"] for e in cloud.requests("utec")} <= READS, cloud.requests("utec")


def test_18_a_nuki_is_watched_and_its_webhook_hurries():
    with cloud_house("nuki") as (service, cloud):
        number = guided(service, "nuki")
        part(cloud, vendor="nuki").installed = "3.11.6"
        url = f"http://127.0.0.1:{service.port}{service.get('/api/v1/adapters/nuki/hook').json['path']}"
        time.sleep(6)   # it may have looked just now, and does not do so more often than every five seconds
        asked = len(cloud.requests("nuki"))
        assert cloud.hook("nuki", url[:-1] + "x", ADDRESS["nuki"]) == 401
        assert cloud.hook("nuki", url, ADDRESS["nuki"], tampered=True) == 401
        time.sleep(2)
        assert len(cloud.requests("nuki")) == asked, "a forged message made us look"
        assert cloud.hook("nuki", url, ADDRESS["nuki"]) in (200, 202, 204)
        until(lambda: len(cloud.requests("nuki")) > asked, 10, "the look")
        job = ended(service, number, "succeeded", 240)
        assert job["evidence"] == "version_observed" and job["verified_version"] == "3.11.6", job
