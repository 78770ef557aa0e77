"""Updates that a vendor's cloud makes: from the click to the version read back, and what gets in their way.

The simulated cloud goes sixty times as fast as a real one: its ten minutes are ten seconds here. The numbers are those of the
table "Proven how" in docs/clouds.md."""
import signal
import time

from cloud_support import ADDRESS, Capture, cloud_house, ended, events, lock, lock_of, part, phases, start, triggers_of
from support import until

WAITS = True   # more than it works, see run.py


def moving(job):
    return job["phase"] in ("transferring", "applying", "verifying")


def test_01_a_lock_is_updated_and_the_version_read_back():
    def prepare(cloud):
        part(cloud).duration_s = 1500
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        capture = Capture(service)
        number = start(service, "tuya")
        job = ended(service, number, "succeeded")
        assert job["evidence"] == "verified_by_version" and job["verified_version"] == "2.0.0" and job["from_version"] == "1.0.0", job
        posts = triggers_of(cloud)
        assert len(posts) == 1 and posts[0]["signed"] == "good", posts
        told = [m["job"]["update_percentage"] for m in capture.of("progress") if m["job"]["update_percentage"] is not None]
        assert told == sorted(told) and len(set(told)) >= 3, told
        assert lock_of(service, "tuya")["installed_version"] == "2.0.0"
        assert "transferring" in phases(service, number)


def two_parts(cloud):
    part(cloud, "9").offered = "3.2.0"


def continuation(service, first):
    return until(lambda: next((j for j in service.get("/api/v1/jobs").json["jobs"] if j["continues"] == first), None), 60, "the next part")["id"]


def test_02_two_channels_one_after_the_other():
    with cloud_house("tuya", prepare=two_parts) as (service, cloud):
        first = start(service, "tuya")
        ended(service, first, "succeeded")
        second = continuation(service, first)
        job = ended(service, second, "succeeded")
        assert job["component"] == "9" and job["verified_version"] == "3.2.0", job
        assert [e["path"].rsplit("/", 1)[1] for e in cloud.triggers("tuya")] == ["0", "9"]
        read = [e["n"] for e in cloud.requests("tuya", "check")]
        assert any(cloud.triggers("tuya")[0]["n"] < n < cloud.triggers("tuya")[1]["n"] for n in read), "9 before 0 was verified"


def test_03_an_answer_that_never_came_is_not_asked_for_again():
    with cloud_house("tuya", prepare=lambda cloud: cloud.faults.add("act_then_close", vendor="tuya", op="trigger")) as (service, cloud):
        number = start(service, "tuya")
        job = ended(service, number, "succeeded")
        assert job["evidence"] == "version_observed" and job["intent"] == "adopted", job
        assert len(triggers_of(cloud)) == 1


def test_04_killed_between_intent_and_answer():
    """The cloud has the order, and its answer is on the way for a long time: that is when the service dies."""
    with cloud_house("tuya", prepare=lambda cloud: cloud.faults.add("delay", vendor="tuya", op="trigger", delay_s=8)) as (service, cloud):
        number = start(service, "tuya")
        until(lambda: triggers_of(cloud), 60, "the trigger")
        service.kill(signal.SIGKILL)
        service.start()
        job = ended(service, number, "succeeded")
        assert job["evidence"] == "version_observed" and job["intent"] == "adopted" and len(triggers_of(cloud)) == 1, job


def test_10_an_offline_lock_is_waited_for():
    def prepare(cloud):
        cloud.device("tuya").online = False
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        number = start(service, "tuya")
        job = service.wait_job(number, lambda j: j["phase"] == "waiting", 30, "the wait")
        assert job["waiting_for"] == "wake" and not cloud.triggers("tuya"), job
        cloud.device("tuya").online = True
        service.post("/api/v1/locks/tuya-lock/check")
        ended(service, number, "succeeded", 180)
        assert len(triggers_of(cloud)) == 1


def test_11_a_sleeping_lock_starts_when_it_wakes():
    def prepare(cloud):
        cloud.device("tuya").asleep = True
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        number = start(service, "tuya")
        job = service.wait_job(number, lambda j: j["waiting_for"] == "wake", 60, "the wait")
        assert job["action"], job
        cloud.device("tuya").wake()
        ended(service, number, "succeeded", 120)
        assert len(triggers_of(cloud)) == 1


def test_12_what_the_vendor_forbids_is_not_asked_for():
    def prepare(cloud):
        part(cloud).allowed, part(cloud).why = False, "battery\x1b[31m <b>\u202elow"
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        number = start(service, "tuya")
        job = service.wait_job(number, lambda j: j["phase"] == "waiting", 30, "the block")
        assert job["waiting_for"] in ("battery", "user") and not cloud.triggers("tuya"), job
        text = service.get("/api/v1/locks/tuya-lock").body.decode()
        assert "battery" in text and "\\u001b" not in text and "\x1b" not in text and "\u202e" not in text and "\\u202e" not in text, text
        part(cloud).allowed = True
        service.post("/api/v1/locks/tuya-lock/check")
        ended(service, number, "succeeded", 180)


def test_13_done_says_the_cloud_and_nothing_changed():
    """Never a success; how it ends after ten minutes is tested on virtual time."""
    def prepare(cloud):
        part(cloud).course = "done_unchanged"
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        number = start(service, "tuya")
        service.wait_job(number, lambda j: j["phase"] == "verifying", 60, "the verification")
        read = len(cloud.requests("tuya", "check"))
        until(lambda: len(cloud.requests("tuya", "check")) > read, 90, "another read")
        assert not service.job(number)["final"] and len(triggers_of(cloud)) == 1


def test_13_a_cloud_that_tells_the_old_version_for_a_while():
    def prepare(cloud):
        part(cloud).more["stale_s"] = 600
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        job = ended(service, start(service, "tuya"), "succeeded", 180)
        assert job["evidence"] == "verified_by_version" and job["verified_version"] == "2.0.0", job


def test_14_a_newer_version_came_in_between():
    def prepare(cloud):
        part(cloud).course, part(cloud).more["newer"] = "newer_in_between", "2.0.1"
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        job = ended(service, start(service, "tuya"), "succeeded")
        assert (job["to_version"], job["verified_version"], job["target_moved"]) == ("2.0.0", "2.0.1", True), job


def test_failed_says_the_cloud_and_the_version_is_there():
    def prepare(cloud):
        part(cloud).course = "failed_changed"
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        job = ended(service, start(service, "tuya"), "succeeded")
        assert job["evidence"] == "verified_by_version" and job["verified_version"] == "2.0.0", job


def test_an_update_that_runs_already_is_adopted():
    def prepare(cloud):
        cloud.world.trigger(cloud.device("tuya"), part(cloud))
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        job = ended(service, start(service, "tuya"), "succeeded")
        assert job["intent"] == "adopted" and not cloud.triggers("tuya"), job


def test_offline_in_the_middle_is_a_reboot():
    def prepare(cloud):
        part(cloud).course = "offline_in_the_middle"
    with cloud_house("tuya", prepare=prepare) as (service, cloud):
        ended(service, start(service, "tuya"), "succeeded")


def test_15_aqara_refuses_one_inside_its_success():
    """Two locks, one offline though its state says otherwise: code 0, with that one in the list of the refused."""
    cellar = "lumi.54ef44100065e4a1"

    def prepare(cloud):
        cloud.device("aqara", cellar).form = {"refuses": 602}
    locks = [lock("aqara"), {"id": "cellar", "adapter": "aqara", "address": cellar}]
    with cloud_house("aqara", prepare=prepare, locks=locks) as (service, cloud):
        until(lambda: service.get("/api/v1/locks/cellar").json["components"], what="the other lock")
        unknown = {"force": ["battery_unknown"]}   # this cloud tells no battery: that is asked about, and here answered
        bad = service.post("/api/v1/jobs", {"lock": "cellar", **unknown}).json["id"]
        waits = service.wait_job(bad, lambda j: j["phase"] == "waiting" and j["waiting_for"] == "wake", 30, "the refusal")
        assert waits["error"]["code"] == "lock_offline" and waits["intent"] == "refused", waits
        job = ended(service, start(service, "aqara", **unknown), "succeeded")
        assert job["verified_version"] == "1.1.0_0001" and job["evidence"] == "verified_by_version", job
        effects = {address: [e["effect"] for e in cloud.triggers("aqara", address)] for address in (cellar, ADDRESS["aqara"])}
        assert effects[ADDRESS["aqara"]] == [True] and not any(effects[cellar]) and not service.job(bad)["final"], effects


def test_a_generic_vendor_takes_the_version_that_is_asked_for():
    with cloud_house("generic") as (service, cloud):
        job = ended(service, start(service, "generic"), "succeeded")
        body = cloud.triggers("generic")[0]["body"]
        assert job["evidence"] == "verified_by_version" and '"2.1.0"' in body and '"main"' in body, (job, body)
