"""Each repair and its fix, from the cause to the end."""
import contextlib
import pathlib

from ha import support, until
from parts import FIRMWARE, PROBLEM, REJECTS, RESULT, add, age, connected, fail, fix, repair_the_lock, result, somebody


def test_a_failed_update_is_retried_from_its_repair(ha):
    with connected(ha, lock=REJECTS) as (service, simulator, _):
        issue = fail(ha, simulator)
        assert issue["is_fixable"] and issue["severity"] == "error" and issue["translation_placeholders"]["lock"] == "Front door", issue
        failure = ha.state(PROBLEM)
        assert failure["state"] == "on" and failure["attributes"]["error_code"] == "invalid_image" and failure["attributes"]["advice"], failure
        failed = result(ha, "failed")["attributes"]
        assert failed["code"] == "invalid_image" and failed["advice"], failed
        repair_the_lock(simulator)
        support.adapter_up(service)
        assert fix(ha, issue, "retry")["type"] == "create_entry"
        with somebody(service, simulator):
            ended = result(ha, "succeeded")["attributes"]
        assert ended["job_id"] != failed["job_id"] and ended["verified_version"] == "2.0.0.0", ended
        assert service.job(ended["job_id"])["retry_of"] == failed["job_id"]
        until(lambda: not ha.issues(), 20, "the issue to be withdrawn")
        ha.wait_state(PROBLEM, "off")


def test_a_failed_update_is_left_be(ha):
    with connected(ha, lock=REJECTS) as (service, simulator, _):
        assert fix(ha, fail(ha, simulator), "ignore")["type"] == "create_entry"
        ha.wait_state(PROBLEM, "off")
        assert service.get("/api/v1/locks/front-door").json["problem"] is False and not ha.issues()


def test_fresh_batteries_let_the_update_go_on(ha):
    with connected(ha, lock=f"{support.SIMPLE},battery=60") as (_, simulator, _entry):
        ha.call("update", "install", FIRMWARE)
        simulator.command("press 0")
        issue = ha.wait_issue("batteries")
        assert issue["translation_placeholders"]["battery"] == "30 %", issue
        ha.wait_state("sensor.front_door_update_waits_for", "battery")
        simulator.command("battery 0 200")
        simulator.command("press 0")
        assert fix(ha, issue)["type"] == "create_entry"
        assert result(ha, "succeeded")["attributes"]["verified_version"] == "2.0.0.0"
        until(lambda: not ha.issues(), 20, "the issue to be withdrawn")


def test_a_version_that_a_person_attests_ends_the_doubt(ha):
    with connected(ha, lock=f"{support.SIMPLE},install=other") as (service, simulator, _):
        ha.call("update", "install", FIRMWARE, version="2.0.0.0")  # named, so that a newer one is not what was asked for
        simulator.command("press 0")
        issue = ha.wait_issue("unproven", 90)
        flow = ha.post("/api/repairs/issues/fix", {"handler": "lockwright", "issue_id": issue["issue_id"]})
        assert flow["menu_options"] == ["verify", "confirm_version", "retry", "ignore"], flow
        flow = ha.post(f"/api/repairs/issues/fix/{flow['flow_id']}", {"next_step_id": "confirm_version"})
        assert flow["step_id"] == "confirm_version" and flow["data_schema"][0]["name"] == "version", flow
        assert ha.post(f"/api/repairs/issues/fix/{flow['flow_id']}", {"version": "2.0.0.0"})["type"] == "create_entry"
        assert result(ha, "succeeded")["attributes"]["evidence"] == "user_attested"
        until(lambda: not ha.issues(), 20, "the issue to be withdrawn")


def test_a_doubtful_lock_is_verified_again(ha):
    with connected(ha, lock=f"{support.SIMPLE},install=other") as (service, simulator, _):
        ha.call("update", "install", FIRMWARE, version="2.0.0.0")  # named, so that a newer one is not what was asked for
        simulator.command("press 0")
        issue = ha.wait_issue("unproven", 90)
        assert fix(ha, issue, "verify")["type"] == "create_entry"
        asked = service.get("/api/v1/jobs").json["jobs"][0]
        assert asked["verify_only"] and asked["retry_of"] == 1, asked


def test_a_decision_lets_the_update_go_on(ha):
    with connected(ha, lock=f"{support.SIMPLE},battery=255,voltage=255") as (service, simulator, _):
        ha.call("update", "install", FIRMWARE)
        with somebody(service, simulator):
            assert fix(ha, ha.wait_issue("decision", 60), "go_on")["type"] == "create_entry"
            ended = result(ha, "succeeded")["attributes"]
        assert "battery_unknown" in service.job(ended["job_id"])["force"], ended


def test_a_decision_may_be_no(ha):
    with connected(ha, lock=f"{support.SIMPLE},battery=255,voltage=255") as (service, simulator, _):
        ha.call("update", "install", FIRMWARE)
        with somebody(service, simulator):
            issue = ha.wait_issue("decision", 60)
        assert fix(ha, issue, "cancel")["type"] == "create_entry"
        assert result(ha, "cancelled")["attributes"]["job_id"] == 1
        until(lambda: not ha.issues(), 20, "the issue to be withdrawn")


@contextlib.contextmanager
def asleep(ha):
    """An update that has waited for ten minutes for its lock to wake."""
    with connected(ha) as (service, simulator, _):
        simulator.command("battery-out 0")  # it is not heard until its batteries are back in
        ha.call("update", "install", FIRMWARE)
        until(lambda: service.job(1)["waiting_for"] == "wake", what="the wait")
        assert not ha.issues(), "within ten minutes it may well wake by itself"
        age(service, 600)
        issue = ha.wait_issue("press_key")
        assert issue["severity"] == "warning" and issue["is_fixable"], issue
        yield service, simulator, issue


def test_i_pressed_a_key(ha):
    with asleep(ha) as (_, simulator, issue):
        simulator.command("battery-in 0")
        simulator.command("press 0")
        assert fix(ha, issue)["type"] == "create_entry"
        until(lambda: not ha.issues(), 20, "the issue to be withdrawn")
        assert result(ha, "succeeded")["attributes"]["job_id"] == 1, "it was tried at once, by the job that waited"


def test_a_key_pressed_too_late_is_told(ha):
    with asleep(ha) as (_, _sim, issue):
        flow = ha.post("/api/repairs/issues/fix", {"handler": "lockwright", "issue_id": issue["issue_id"]})
        ha.call("lockwright", "cancel", FIRMWARE)
        until(lambda: not ha.issues(), 20, "the issue to be withdrawn")
        late = ha.post(f"/api/repairs/issues/fix/{flow['flow_id']}", {})
        assert late["type"] == "abort" and late["reason"] == "failed", late
        assert "no active job" in late["description_placeholders"]["reason"], late


@contextlib.contextmanager
def unchanged(ha):
    """An update after which the lock runs another version than it should, and then, asked again, what it ran before."""
    with connected(ha, lock=f"{support.SIMPLE},install=other") as (service, simulator, _):
        ha.call("update", "install", FIRMWARE, version="2.0.0.0")
        simulator.command("press 0")
        issue = ha.wait_issue("unproven", 90)
        repair_the_lock(simulator)
        support.adapter_up(service)
        assert fix(ha, issue, "verify")["type"] == "create_entry"
        with somebody(service, simulator):
            ended = ha.wait_state(RESULT, lambda state: state["attributes"]["job_id"] == 2, 60)["attributes"]
        assert ended["event_type"] == "failed" and ended["code"] == "version_unchanged", ended
        issue = ha.wait_issue("unproven")
        assert issue["severity"] == "error" and issue["translation_placeholders"]["version"] == "1.0.0.0", issue
        yield service, simulator, issue


def test_an_unchanged_version_is_left_be(ha):
    with unchanged(ha) as (_, _sim, issue):
        assert fix(ha, issue, "ignore")["type"] == "create_entry"
        ha.wait_state(PROBLEM, "off")
        assert not ha.issues() and ha.attributes(FIRMWARE)["installed_version"] == "1.0.0.0", ha.state(FIRMWARE)


def test_an_unchanged_version_is_updated_again(ha):
    with unchanged(ha) as (service, simulator, issue):
        assert fix(ha, issue, "retry")["type"] == "create_entry"
        with somebody(service, simulator):
            ended = result(ha, "succeeded")["attributes"]
        assert ended["job_id"] == 3 and ended["verified_version"] == "2.0.0.0", ended
        until(lambda: not ha.issues(), 20, "the issue to be withdrawn")


def test_a_version_that_makes_no_sense_is_refused_in_words(ha):
    with connected(ha, lock=f"{support.SIMPLE},install=other") as (_, simulator, _entry):
        ha.call("update", "install", FIRMWARE, version="2.0.0.0")
        simulator.command("press 0")
        issue = ha.wait_issue("unproven", 90)
        flow = ha.post("/api/repairs/issues/fix", {"handler": "lockwright", "issue_id": issue["issue_id"]})
        ha.post(f"/api/repairs/issues/fix/{flow['flow_id']}", {"next_step_id": "confirm_version"})
        wrong = ha.post(f"/api/repairs/issues/fix/{flow['flow_id']}", {"version": "the new one"})
        assert wrong["type"] == "abort" and len(wrong["description_placeholders"]["reason"]) > 20, wrong
        assert ha.issues(), "it is still to be done"


def test_a_stick_that_is_refused_is_tried_again(ha):
    with support.folder() as path:
        simulator = support.Simulator(path, "--lock", support.SIMPLE)
        stick = support.stick(simulator, network={"pan_id": 0x1234})
        service = support.Service(path, adapters=[stick], locks=[support.front_door()])
        service.sign_in()
        entry = add(ha, service)
        try:
            issue = ha.wait_issue("adapter_refused")
            assert issue["severity"] == "error" and issue["translation_placeholders"]["adapter"] == "stick", issue
            assert len(issue["translation_placeholders"]["advice"]) > 20, issue
            connection = "binary_sensor.lockwright_stick_connection"
            ha.wait_state(connection, "off")
            begun = ha.post("/api/repairs/issues/fix", {"handler": "lockwright", "issue_id": issue["issue_id"]})
            assert begun["type"] == "form" and begun["description_placeholders"]["adapter"] == "stick", begun
            port = simulator.port.rsplit(":", 1)[1]
            simulator.kill()
            simulator.__init__(pathlib.Path(path), "--pan", "4660", "--lock", support.SIMPLE, "--tcp", port)
            assert ha.post(f"/api/repairs/issues/fix/{begun['flow_id']}", {})["type"] == "create_entry"
            ha.wait_state(connection, "on")
            until(lambda: not ha.issues(), 20, "the issue to be withdrawn")
        finally:
            ha.entry_removed(entry)
            service.kill()
            simulator.kill()
