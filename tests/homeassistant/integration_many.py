"""Updates as automations and update managers start them: many at once, again, skipped, while one is running."""
import contextlib

from ha import support, until
from parts import FIRMWARE, RESULT, add, age, connected, result, somebody
from support import house, small_image

NAMES = ("Front door", "Back door", "Cellar", "Garage")
PLACES = [f"update.{name.lower().replace(' ', '_')}_firmware" for name in NAMES]


@contextlib.contextmanager
def street(ha, **options):
    """A house with four locks of one model, all with an update."""
    more = [word for i in range(2, 5) for word in ("--lock", f"{support.SIMPLE},poll=2000,short_poll=20,ieee=0x{i:016x}")]
    with house(*more, **options) as (service, simulator):
        support.adapter_up(service)
        for i, name in enumerate(NAMES[1:], 2):
            made = service.request("PUT", f"/api/v1/locks/{name.lower().replace(' ', '-')}",
                                   {"adapter": "stick", "address": f"0x{i:016x}", "name": name})
            assert made.status == 201, made.body
        service.upload(small_image(6000))

        def offered():
            press_all(simulator)
            return all(lock["latest_version"] == "2.0.0.0" for lock in service.get("/api/v1/locks").json["locks"])
        until(offered, what="the offers", step=0.5)
        entry = add(ha, service)
        try:
            for place in PLACES:
                ha.wait_state(place, "on")
            yield service, simulator
        finally:
            ha.entry_removed(entry)


def press_all(simulator):
    for i in range(len(NAMES)):
        simulator.command(f"press {i}")


def jobs(service):
    return service.get("/api/v1/jobs").json["jobs"]


def is_transferring(job):
    return job["phase"] == "transferring"


def wait_all_updated(ha, service, simulator):
    """Presses keys until all are; returns how many transferred at the same time at most."""
    most = 0

    def look():
        nonlocal most
        press_all(simulator)
        most = max(most, sum(map(is_transferring, jobs(service))))
        return all(ha.value(place) == "off" for place in PLACES)
    until(look, 180, "all to be updated", step=0.3)
    return most


def test_one_call_installs_many_and_the_service_paces_them(ha):
    with street(ha, timing=True) as (service, simulator):
        ha.call("update", "install", PLACES)
        assert all(ha.attributes(place)["in_progress"] is True for place in PLACES), "at once, whoever's turn it is"
        assert sorted(job["lock"] for job in jobs(service)) == ["back-door", "cellar", "front-door", "garage"]
        most = wait_all_updated(ha, service, simulator)
        assert 1 <= most <= 2, f"two at a time, not {most}"
        done = jobs(service)
        assert len(done) == 4 and all(job["evidence"] == "verified_by_version" for job in done), done


def test_a_label_selects_the_locks_and_who_is_at_it_already_does_not_stop_the_others(ha):
    with street(ha) as (service, simulator):
        for i in range(len(NAMES)):
            simulator.command(f"battery-out {i}")  # so that none is done too soon
        label = ha.command("config/label_registry/create", name="Locks")["label_id"]
        for place in PLACES[:3]:
            ha.command("config/entity_registry/update", entity_id=place, labels=[label])
        ha.call("update", "install", PLACES[1])
        refused = ha.command("call_service", fails=True, domain="update", service="install", service_data={}, target={"label_id": [label]})
        assert "in progress" in refused["message"], refused
        until(lambda: len(jobs(service)) == 3, what="the jobs of the two others")
        assert sorted(job["lock"] for job in jobs(service)) == ["back-door", "cellar", "front-door"], "none twice, none besides"
        ha.command("config/label_registry/delete", label_id=label)
        for i in range(len(NAMES)):
            simulator.command(f"battery-in {i}")
        ha.call("update", "install", PLACES[3])
        wait_all_updated(ha, service, simulator)
        assert len(jobs(service)) == 4


def test_skipped_is_home_assistants_own_and_is_kept(ha):
    with connected(ha) as (service, simulator, entry):
        assert ha.attributes(FIRMWARE)["auto_update"] is False, "else it could not be skipped"
        ha.call("update", "skip", FIRMWARE)
        skipped = ha.wait_state(FIRMWARE, "off")["attributes"]
        assert skipped["skipped_version"] == skipped["latest_version"] == "2.0.0.0", skipped
        ha.post(f"/api/config/config_entries/entry/{entry}/reload")
        ha.wait_entry(entry, "loaded")
        ha.wait_state(FIRMWARE, lambda state: state["state"] == "off" and state["attributes"]["skipped_version"] == "2.0.0.0")
        assert service.get("/api/v1/locks/front-door").json["latest_version"] == "2.0.0.0", "the service knows nothing of it"
        ha.call("update", "clear_skipped", FIRMWARE)
        ha.wait_state(FIRMWARE, "on")
        ha.call("update", "clear_skipped", FIRMWARE)  # nothing to clear is no error
        ha.call("update", "skip", FIRMWARE)
        service.upload(small_image(20000, version=0x03000000), "third.ota")
        newer = ha.wait_state(FIRMWARE, "on")["attributes"]
        assert (newer["latest_version"], newer["skipped_version"]) == ("3.0.0.0", None), newer
        ha.call("update", "skip", FIRMWARE)
        ha.wait_state(FIRMWARE, "off")
        with somebody(service, simulator):
            ha.call("update", "install", FIRMWARE)  # who installs in spite of it means it
            assert result(ha, "succeeded")["attributes"]["verified_version"] == "3.0.0.0"
        done = ha.wait_state(FIRMWARE, lambda state: state["attributes"]["installed_version"] == "3.0.0.0")
        assert done["state"] == "off" and done["attributes"]["skipped_version"] is None, done
        nothing = ha.call("update", "install", FIRMWARE, fails=True)
        assert "No update available" in nothing["message"], nothing
        nothing = ha.call("update", "skip", FIRMWARE, fails=True)
        assert "No update available" in nothing["message"], nothing
        assert len(jobs(service)) == 1


def test_an_install_that_is_asked_for_again_while_the_lock_sleeps_is_the_same_one(ha):
    with connected(ha) as (service, simulator, _):
        simulator.command("battery-out 0")  # it is not heard until its batteries are back in
        ha.call("update", "install", FIRMWARE)
        until(lambda: service.job(1)["waiting_for"] == "wake", what="the wait")
        assert ha.attributes(FIRMWARE)["in_progress"] is True, "for ten minutes"
        age(service, 595)
        ha.wait_state(FIRMWARE, lambda state: state["attributes"].get("in_progress") is True)
        asleep = ha.wait_state(FIRMWARE, lambda state: state["attributes"].get("in_progress") is False)
        assert asleep["state"] == "on" and asleep["attributes"]["phase"] == "waiting", asleep
        for _ in range(3):
            ha.call("update", "install", FIRMWARE)  # what watchers do that think that it hangs
        assert [job["id"] for job in jobs(service)] == [1]
        refused = ha.call("update", "install", FIRMWARE, backup=True, fails=True)
        assert "Backup is not supported" in refused["message"], refused
        simulator.command("battery-in 0")
        with somebody(service, simulator):
            assert result(ha, "succeeded")["attributes"]["job_id"] == 1


def test_many_calls_at_once_make_one_update(ha):
    with connected(ha) as (service, simulator, _):
        simulator.command("battery-out 0")
        sockets = [ha.socket() for _ in range(8)]
        for socket in sockets:
            socket.start("update.install", entity=FIRMWARE)
        answers = [socket.receive() for socket in sockets]
        for socket in sockets:
            socket.close()
        assert any(answer["success"] for answer in answers), answers
        assert all(answer["success"] or "in progress" in answer["error"]["message"] for answer in answers), answers
        assert len(jobs(service)) == 1
        ha.call("lockwright", "cancel", FIRMWARE)
        result(ha, "cancelled")
        assert ha.state(RESULT)["attributes"]["job_id"] == 1
