"""Each repair and its fix, from the cause to the end."""
from ha import support, until
from parts import FIRMWARE, PROBLEM, REJECTS, RESULT, connected, fail, fix, repair_the_lock, result, somebody


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
