"""What seldom happens: wrong answers, no answers, half of a set-up."""
import json

from ha import support, until
from parts import FIRMWARE, PHASE, add, address, connected, result, somebody
from support import house, small_image


def test_home_assistant_restarts_in_mid_transfer_and_tells_the_truth(ha):
    with connected(ha, image=12000, timing=True, poll=40) as (service, simulator, _):
        with somebody(service, simulator):
            ha.call("update", "install", FIRMWARE)
            ha.wait_state(FIRMWARE, lambda state: (state["attributes"]["update_percentage"] or 0) > 20, 90)
            simulator.command("sleep 0 600000")  # so that the transfer is not over before Home Assistant is back
            before = ha.attributes(FIRMWARE)["update_percentage"]
            ha.stop()
            ha.start()
            back = ha.wait_state(FIRMWARE, "on")["attributes"]
            assert back["in_progress"] is True and back["job_id"] == 1 and back["update_percentage"] >= before, (before, back)
            assert ha.value(PHASE) in ("transferring", "waiting")
            simulator.command("press 0")
            ended = result(ha, "succeeded")["attributes"]
        assert ended["job_id"] == 1 and ended["verified_version"] == "2.0.0.0", ended
        ha.wait_state(FIRMWARE, "off")


def test_the_config_flow_knows_what_is_no_lockwright_and_which_names_are_not_allowed(ha):
    with house() as (service, _):
        flow = ha.flow(ha.begin()["flow_id"], address(service, port=ha.port))
        assert flow["errors"] == {"base": "cannot_connect"}, flow
        flow = ha.flow(flow["flow_id"], address(service, host="door.localhost"))
        assert flow["errors"] == {"base": "host_not_allowed"}, flow
        reader = service.cli("token", "create", "reader", "--scope", "read").strip()
        flow = ha.flow(flow["flow_id"], address(service, token=reader))
        assert flow["type"] == "create_entry", flow
        refused = ha.call("switch", "turn_on", "switch.lockwright_pause_updates", fails=True)
        assert "scope control" in refused["message"], refused
        ha.entry_removed(flow["result"]["entry_id"])


def test_an_announced_service_needs_the_right_token(ha):
    with house() as (service, _):
        ha.call("lockwright_herald", "announce", source="zeroconf", host="127.0.0.1", port=service.port)
        flow = ha.flow_from("zeroconf")
        wrong = ha.flow(flow["flow_id"], {"token": "lw_" + "z" * 43})
        assert wrong["step_id"] == "discovered" and wrong["errors"] == {"token": "invalid_auth"}, wrong
        done = ha.flow(flow["flow_id"], {"token": service.token})
        assert done["type"] == "create_entry", done
        ha.entry_removed(done["result"]["entry_id"])
        ha.call("lockwright_herald", "announce", source="hassio", host="127.0.0.1", port=service.port, token="lw_" + "z" * 43)
        flow = ha.flow_from("hassio")
        wrong = ha.flow(flow["flow_id"], {})
        assert wrong["errors"] == {"token": "invalid_auth"} and wrong["data_schema"], "now it is asked for"
        done = ha.flow(flow["flow_id"], {"token": service.token})
        assert done["type"] == "create_entry", done
        ha.entry_removed(done["result"]["entry_id"])


def test_actions_say_that_the_service_or_its_token_is_gone(ha):
    with connected(ha) as (service, _, _entry):
        for action in ("retry", "cancel"):
            refused = ha.call("lockwright", action, FIRMWARE, fails=True)
            assert refused["translation_key"] in ("nothing_to_retry", "nothing_to_cancel"), refused
        service.stop()
        refused = ha.call("lockwright", "update_all", fails=True)
        assert refused["translation_key"] == "unreachable" and "does not answer" in refused["message"], refused
        service.start()
        ha.wait_state(FIRMWARE, "on", 90)
        service.cli("token", "revoke", "test-admin")
        refused = ha.call("lockwright", "update_all", fails=True)
        assert refused["translation_key"] == "wrong_token", refused
        assert ha.flow_from("reauth")["handler"] == "lockwright"


def test_locks_are_looked_for(ha):
    with connected(ha) as (service, _, _entry):
        ha.call("button", "press", "button.lockwright_look_for_locks_with_stick")
        until(lambda: service.get("/api/v1/adapters/stick").json["scanning"] is False, what="the end of the scan")
        assert ha.value("binary_sensor.lockwright_stick_connection") == "on"


def test_release_notes_say_what_is_not_offered_and_why(ha):
    with connected(ha) as (service, _, _entry):
        service.upload(small_image(20000, version=0x01000000), "old.ota")
        ha.wait_state(FIRMWARE, "on")
        other = until(lambda: service.get("/api/v1/locks/front-door").json["not_offered"], what="one that is not offered")[0]

        def notes_with_it():
            notes = ha.command("update/release_notes", entity_id=FIRMWARE)
            return notes if "Not offered, and why" in notes else None
        notes = until(notes_with_it, what="the notes to tell of it")
        assert f"{other['name']} ({other['version']}): {other['reason']}" in notes, notes


def test_diagnostics_without_the_service(ha):
    with connected(ha) as (service, _, entry):
        devices = {device["name"]: device["id"] for device in ha.devices(entry)}
        text = json.dumps(ha.request("GET", f"/api/diagnostics/config_entry/{entry}/device/{devices['Lockwright']}"))
        assert '"service_version"' in text and service.token not in text, text
        service.stop()
        ha.wait_state(FIRMWARE, "unavailable", 30)
        lock = ha.request("GET", f"/api/diagnostics/config_entry/{entry}/device/{devices['Front door']}")["data"]
        assert lock["lock"]["id"] == "front-door" and "error" in lock["last_job"], lock
        assert ha.system_health()["can_reach_service"] != "ok"
        service.start()


def test_a_service_that_lost_its_memory_is_followed_anew(ha):
    with connected(ha) as (service, simulator, entry):
        service.stop()
        ha.wait_state(FIRMWARE, "unavailable", 30)
        place = ha.home / ".storage" / f"lockwright.{entry}"
        ha.post(f"/api/config/config_entries/entry/{entry}/reload")
        ha.wait_entry(entry, "setup_retry")
        known = json.loads(place.read_text())
        known["data"]["seq"] += 1000000  # as if it had been at an older copy of its database
        place.write_text(json.dumps(known))
        ha.stop()
        ha.start()
        service.start()
        ha.wait_entry(entry, "loaded", 90)
        ha.wait_state(FIRMWARE, "on")
        with somebody(service, simulator):
            ha.call("update", "install", FIRMWARE)
            assert result(ha, "succeeded")["attributes"]["job_id"] == 1


def test_two_services_are_two_entries(ha):
    with connected(ha) as (_, _sim, entry), house() as (other, _):
        support.adapter_up(other)
        second = add(ha, other)
        assert {device["name"] for device in ha.devices(second)} == {"Lockwright", "Front door"}
        refused = ha.call("lockwright", "update_all", fails=True)
        assert refused["translation_key"] in ("service_config_entry_not_specified", "service_should_specify_config_entry_id") or (
            "config" in refused["message"]), refused
        assert ha.call("lockwright", "update_all", response=True, config_entry_id=entry)["jobs"], "that one"
        ha.entry_removed(second)
        assert ha.entry(entry)["state"] == "loaded" and ha.value(FIRMWARE) == "on"
