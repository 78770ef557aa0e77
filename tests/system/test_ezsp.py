"""The same update over Silicon Labs sticks, and what gets in its way there."""
import hashlib
import signal

from support import DANALOCK, adapter_up, ezsp, house, image, small_image, until
from test_update import finished, is_at, received, start_job

WAITS = True   # more than it works, see run.py
VERSIONS = (13, 19)


def test_a_real_danalock_image_arrives_byte_identical_and_is_verified():
    data = image().read_bytes()
    for version in VERSIONS:
        with house(*ezsp(version), lock=DANALOCK) as (service, simulator):
            before = simulator.stats()["nv_digest"]
            adapter_up(service)
            number = start_job(service, data)
            simulator.command("press 0")
            job = service.wait_job(number, finished, 240)
            assert job["evidence"] == "verified_by_version" and job["to_version"] == "17.7.0.0", job
            assert received(simulator) == hashlib.sha256(data).hexdigest()
            assert simulator.stats()["nv_digest"] == before, "nothing was written to the stick"


def test_kill_in_mid_transfer_and_the_same_job_finishes():
    data = small_image(60000)
    for version in VERSIONS:
        with house(*ezsp(version), timing=True) as (service, simulator):
            adapter_up(service)
            number = start_job(service, data)
            simulator.command("press 0")
            service.wait_job(number, is_at(40), 240, "40 %")
            service.kill(signal.SIGKILL)
            before = simulator.lock()["offset"]
            service.start()
            service.wait_job(number, finished, 300)
            assert before > len(data) * 0.35 and received(simulator) == hashlib.sha256(data).hexdigest()


def test_the_stick_resets_in_mid_transfer():
    data = small_image(60000)
    for version in VERSIONS:
        with house(*ezsp(version), timing=True) as (service, simulator):
            adapter_up(service)
            number = start_job(service, data)
            simulator.command("press 0")
            service.wait_job(number, is_at(30), 120)
            simulator.command("reset")
            service.wait_job(number, finished, 180)
            assert received(simulator) == hashlib.sha256(data).hexdigest()
            assert service.get("/api/v1/adapters/stick").json["counters"]["resets"] == 1


def test_the_stick_is_unplugged_and_comes_back():
    data = small_image(60000)
    for version in VERSIONS:
        with house(*ezsp(version), timing=True, pty=True) as (service, simulator):
            adapter_up(service)
            number = start_job(service, data)
            simulator.command("press 0")
            service.wait_job(number, is_at(30), 120)
            simulator.command("unplug on")
            until(lambda: service.get("/api/v1/adapters/stick").json["state"] != "up", what="the loss to be seen")
            job = service.wait_job(number, lambda j: j["phase"] == "waiting", 60, "waiting")
            assert job["waiting_for"] == "adapter", job
            simulator.command("unplug off")
            service.wait_job(number, finished, 180)
            assert received(simulator) == hashlib.sha256(data).hexdigest()
