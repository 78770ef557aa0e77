"""From nothing to a finished update, and everything that can be away, wrong or new meanwhile."""
import json
import time

from ha import free_port, support, until
from parts import FIRMWARE, PHASE, PROBLEM, REJECTS, RESULT, add, address, connected, fail, look, result, somebody
from support import house, small_image

# ---- from nothing to a finished update -------------------------------------------------------------------------


def test_the_config_flow_says_what_is_wrong(ha):
    with house() as (service, _):
        flow = ha.begin()
        assert flow["type"] == "form" and flow["step_id"] == "user" and not flow["errors"], flow
        flow = ha.flow(flow["flow_id"], address(service, port=free_port()))
        assert flow["errors"] == {"base": "cannot_connect"}, flow
        flow = ha.flow(flow["flow_id"], address(service, token="lw_" + "x" * 43))
        assert flow["errors"] == {"token": "invalid_auth"}, flow
        flow = ha.flow(flow["flow_id"], address(service))
        assert flow["type"] == "create_entry" and flow["title"] == "Lockwright", flow
        assert ha.flow(ha.begin()["flow_id"], address(service))["reason"] == "already_configured"
        ha.entry_removed(flow["result"]["entry_id"])


def test_from_the_install_button_to_a_proven_update(ha):
    with connected(ha, image=10000, timing=True, poll=40) as (service, simulator, _):
        offered = ha.wait_state(FIRMWARE, "on")["attributes"]
        assert (offered["installed_version"], offered["latest_version"]) == ("1.0.0.0", "2.0.0.0"), offered
        assert offered["supported_features"] == 1 | 2 | 4 | 16 and offered["in_progress"] is False
        notes = ha.command("update/release_notes", entity_id=FIRMWARE)
        assert "**File**: `test.ota`" in notes and "Stay near" in notes, notes

        seen = []
        with somebody(service, simulator):
            began = time.monotonic()
            ha.call("update", "install", FIRMWARE)
            assert time.monotonic() - began < 10, "installing must not wait for the end"
            assert ha.attributes(FIRMWARE)["in_progress"] is True, "shown when the action returns"
            again = ha.call("update", "install", FIRMWARE, fails=True)
            assert "in progress" in again["message"], again

            def done():
                state = ha.state(FIRMWARE)
                seen.append(state["attributes"]["update_percentage"])
                return state["state"] == "off"
            until(done, 90, "the update to be proven", step=0.1)
        rising = [value for value in seen if value is not None]
        assert rising == sorted(rising) and len(set(rising)) > 3, f"progress was pushed: {seen}"
        ended = result(ha, "succeeded")["attributes"]
        assert ended["evidence"] == "verified_by_version" and ended["verified_version"] == "2.0.0.0", ended
        assert ha.attributes(FIRMWARE)["installed_version"] == "2.0.0.0"
        ha.wait_state(PHASE, "idle")
        assert ha.value(PROBLEM) == "off" and not ha.issues()
        assert service.get("/api/v1/jobs").json["jobs"][0]["requested_by"] == "test-admin"


def test_devices_and_entities_are_as_they_should_be(ha):
    with connected(ha) as (service, _, entry):
        devices = ha.devices(entry)
        lock = next(d for d in devices if d["name"] == "Front door")
        hub = next(d for d in devices if d["name"] == "Lockwright")
        assert hub["entry_type"] == "service" and lock["via_device_id"] == hub["id"], devices
        assert lock["serial_number"] == support.ADDRESS and lock["model"] == "SIM-LOCK", lock
        entities = ha.entities()
        assert {"update.front_door_firmware", "sensor.front_door_update_phase", "sensor.front_door_update_waits_for",
                "sensor.front_door_update_ready_at", "sensor.front_door_check", "sensor.front_door_battery",
                "sensor.front_door_battery_voltage", "sensor.front_door_last_heard", "binary_sensor.front_door_update_problem",
                "button.front_door_check_for_update", "button.front_door_cancel_update", "button.front_door_i_pressed_a_key",
                "button.front_door_dismiss_update_problem",
                "event.front_door_update_result", "sensor.lockwright_active_updates", "binary_sensor.lockwright_stick_connection",
                "button.lockwright_look_for_locks_with_stick", "switch.lockwright_pause_updates"} == set(entities), sorted(entities)
        assert all(entity["entity_category"] for name, entity in entities.items() if not name.startswith("event."))
        assert ha.value("sensor.front_door_battery") == "100"
        ha.call("switch", "turn_on", "switch.lockwright_pause_updates")
        assert ha.value("switch.lockwright_pause_updates") == "on" and service.get("/api/v1/policy").json["paused"] is True
        ha.call("switch", "turn_off", "switch.lockwright_pause_updates")
        assert ha.value("switch.lockwright_pause_updates") == "off" and service.get("/api/v1/policy").json["paused"] is False
        assert ha.value("binary_sensor.lockwright_stick_connection") == "on"


def test_locks_come_go_and_are_renamed(ha):
    with connected(ha) as (service, _, entry):
        def names():
            return {device["name"] for device in ha.devices(entry)}
        answer = service.request("PUT", "/api/v1/locks/back-door", {"adapter": "stick", "address": "0x00124b00000000aa", "name": "Back door"})
        assert answer.status == 201, answer.body
        until(lambda: ha.value("update.back_door_firmware"), 20, "the new lock's entity")
        assert ha.value("update.back_door_firmware") == "unknown", "its version is not known yet"
        assert service.request("PATCH", "/api/v1/locks/back-door", {"name": "Cellar"}).status == 200
        until(lambda: "Cellar" in names(), 20, "the new name")
        assert service.request("DELETE", "/api/v1/locks/back-door").status == 204
        until(lambda: names() == {"Lockwright", "Front door"}, 20, "the device to go")
        assert ha.value("update.back_door_firmware") is None and ha.value(FIRMWARE) == "on"


# ---- actions --------------------------------------------------------------------------------------------------


def test_actions_answer(ha):
    with connected(ha, image=8000, timing=True) as (service, simulator, _):
        simulator.command("battery-out 0")  # it is not heard until its batteries are back in
        found = ha.call("lockwright", "check", FIRMWARE, response=True)[FIRMWARE]
        assert found["verdict"] in ("ok", "warn") and any(f["code"] == "battery_low" for f in found["findings"]), found
        assert ha.value("sensor.front_door_check") == found["verdict"]
        refused = ha.call("lockwright", "cancel", FIRMWARE, fails=True)
        assert refused["translation_key"] == "nothing_to_cancel", refused
        refused = ha.call("lockwright", "update", FIRMWARE, version="9.9.9.9", fails=True)
        assert refused["translation_key"] == "refused" and len(refused["message"]) > 20, refused
        job = ha.call("lockwright", "update", FIRMWARE, response=True)[FIRMWARE]
        assert job["to_version"] == "2.0.0.0" and not job["final"], job
        assert ha.call("lockwright", "update", FIRMWARE, response=True)[FIRMWARE]["id"] == job["id"], "joins it"
        assert ha.call("lockwright", "cancel", FIRMWARE, response=True)[FIRMWARE]["phase"] == "cancelled"
        assert result(ha, "cancelled")["attributes"]["job_id"] == job["id"]
        again = ha.call("lockwright", "retry", FIRMWARE, response=True)[FIRMWARE]
        assert again["id"] != job["id"], again
        ha.call("button", "press", "button.front_door_cancel_update")
        ha.wait_state(PHASE, "idle")
        every = ha.call("lockwright", "update_all", response=True)
        assert [j["lock"] for j in every["jobs"]] == ["front-door"] and every["not_updated"] == [], every
        ha.wait_state("sensor.lockwright_active_updates", "1")
        ha.wait_state("sensor.front_door_update_waits_for", "wake")
        simulator.command("battery-in 0")
        simulator.command("press 0")
        ha.call("button", "press", "button.front_door_i_pressed_a_key")
        ha.wait_state(FIRMWARE, "off", 90)
        older = service.upload(small_image(20000, version=0x01000000), "older.ota")
        ha.call("update", "install", FIRMWARE, version="1.0.0.0")
        job = service.get("/api/v1/jobs").json["jobs"][0]
        assert (job["image"], job["allow_downgrade"]) == (older, True), "who names a version means it"
        ha.call("lockwright", "cancel", FIRMWARE)


# ---- when something is not there --------------------------------------------------------------------------------


def test_a_revoked_token_asks_for_another(ha):
    with connected(ha) as (service, _, entry):
        service.cli("token", "revoke", "test-admin")
        ha.wait_state(FIRMWARE, "unavailable", 30)
        flow = ha.flow_from("reauth")
        service.token = None
        service.token = service.cli("token", "create", "another", "--scope", "control").strip()
        form = ha.flow(flow["flow_id"], {"token": "lw_" + "y" * 43})
        assert form["errors"] == {"token": "invalid_auth"}, form
        assert ha.flow(flow["flow_id"], {"token": service.token})["reason"] == "reauth_successful"
        ha.wait_state(FIRMWARE, "on", 30)
        assert ha.entry(entry)["state"] == "loaded"


def test_the_service_restarts_in_mid_transfer_and_home_assistant_tells_the_truth(ha):
    logged = len(ha.complaints())
    with connected(ha, image=12000, timing=True, poll=40) as (service, simulator, _):
        with somebody(service, simulator):
            ha.call("update", "install", FIRMWARE)
            ha.wait_state(FIRMWARE, lambda s: (s["attributes"]["update_percentage"] or 0) > 20, 90)
            service.kill()
            ha.wait_state(FIRMWARE, "unavailable", 30)
            service.start()
            back = ha.wait_state(FIRMWARE, "on", 90)
            assert back["attributes"]["job_id"] == 1, back
            ended = result(ha, "succeeded")["attributes"]
        assert ended["job_id"] == 1 and ended["verified_version"] == "2.0.0.0", ended
        ha.wait_state(FIRMWARE, "off")
    told = ha.complaints()[logged:]
    assert len(told) == 1 and "Error fetching" in told[0], f"logged once: {told}"


def test_the_service_is_away_when_home_assistant_sets_it_up(ha):
    with connected(ha) as (service, _, entry):
        service.stop()
        ha.wait_state(FIRMWARE, "unavailable", 30)
        ha.post(f"/api/config/config_entries/entry/{entry}/reload")
        ha.wait_entry(entry, "setup_retry")
        service.start()
        ha.wait_entry(entry, "loaded", 90)
        ha.wait_state(FIRMWARE, "on")


def test_unloading_and_reloading_leaves_nothing_behind(ha):
    logged = len(ha.complaints())
    with connected(ha) as (service, _, entry):
        before = set(ha.entities())
        for _ in range(3):
            assert ha.post(f"/api/config/config_entries/entry/{entry}/reload")["require_restart"] is False
            ha.wait_entry(entry, "loaded")
        ha.command("config_entries/disable", entry_id=entry, disabled_by="user")
        ha.wait_entry(entry, "not_loaded")
        assert ha.value(FIRMWARE) in (None, "unavailable")
        assert ha.call("lockwright", "update_all", fails=True), "no service to do it"
        ha.command("config_entries/disable", entry_id=entry, disabled_by=None)
        ha.wait_entry(entry, "loaded")
        ha.wait_state(FIRMWARE, "on")
        assert set(ha.entities()) == before
        store = ha.home / ".storage" / f"lockwright.{entry}"
        assert store.exists(), "its place in the event stream"
    assert not ha.entities() and not store.exists(), "removal takes all along"
    assert not ha.devices(entry)
    assert ha.complaints()[logged:] == [], ha.complaints()[logged:]


def test_the_service_moves_and_is_found_again(ha):
    with connected(ha) as (service, _, entry):
        with house() as (other, _sim):
            flow = ha.begin(entry_id=entry)
            assert flow["step_id"] == "reconfigure" and "test" not in json.dumps(flow["data_schema"]), "the token is not shown"
            assert ha.flow(flow["flow_id"], address(other))["reason"] == "another_service"
        flow = ha.begin(entry_id=entry)
        moved = ha.flow(flow["flow_id"], address(service, host="localhost", token=""))
        assert moved["reason"] == "reconfigure_successful", moved
        ha.wait_entry(entry, "loaded")
        ha.wait_state(FIRMWARE, "on")
        ha.call("lockwright_herald", "announce", host="127.0.0.1", port=service.port, wait=False)
        until(lambda: ha.attributes("sensor.lockwright_herald")["reason"] == "already_configured", 20, "it to be recognised")


def test_an_announced_service_is_offered(ha):
    with house() as (service, _):
        for source in ("zeroconf", "hassio"):
            ha.call("lockwright_herald", "announce", source=source, host="127.0.0.1", port=service.port,
                    **({"token": service.token} if source == "hassio" else {}))
            flow = ha.flow_from(source)
            done = ha.flow(flow["flow_id"], {"token": service.token} if source == "zeroconf" else {})
            assert done["type"] == "create_entry", done
            until(lambda: ha.value(FIRMWARE), 20, "its entities")
            ha.entry_removed(done["result"]["entry_id"])
        ha.call("lockwright_herald", "announce", host="127.0.0.1", port=free_port())
        until(lambda: ha.attributes("sensor.lockwright_herald")["reason"] == "cannot_connect", 20, "no offer of nothing")


# ---- for those who help --------------------------------------------------------------------------------------------


def test_diagnostics_and_system_health_tell_no_secret(ha):
    with connected(ha, lock=REJECTS) as (service, simulator, entry):
        fail(ha, simulator)
        device = next(d for d in ha.devices(entry) if d["name"] == "Front door")
        for path in (entry, f"{entry}/device/{device['id']}"):
            text = json.dumps(ha.request("GET", f"/api/diagnostics/config_entry/{path}"))
            assert "front-door" in text, text[:500]
            assert service.token not in text and support.ADDRESS not in text and "REDACTED" in text
        assert '"invalid_image"' in text and '"events"' in text, "the support bundle of the last update"
        info = ha.system_health()
        assert info["can_reach_service"] == "ok" and info["live_events"] is True and info["locks"] == 1, info


def test_what_ended_while_home_assistant_was_away_is_told_later(ha):
    with connected(ha, image=20000) as (service, simulator, _):
        ha.call("lockwright", "update", FIRMWARE)
        ha.stop()
        with somebody(service, simulator):
            until(lambda: service.job(1)["final"], 90, "the update to end")
        ha.start()
        ended = result(ha, "succeeded")["attributes"]
        assert ended["job_id"] == 1 and ended["verified_version"] == "2.0.0.0", ended
        ha.wait_state(FIRMWARE, "off")


# ---- what a person sees -----------------------------------------------------------------------------------------------


def test_it_looks_well(ha):
    with connected(ha, image=40000, timing=True, poll=20) as (_, simulator, entry):
        ha.call("lockwright", "check", FIRMWARE)
        ha.call("update", "install", FIRMWARE)
        simulator.command("press 0")
        ha.wait_state(FIRMWARE, lambda s: (s["attributes"]["update_percentage"] or 0) > 20, 90)
        simulator.command("sleep 0 600000")  # it stays at that while the pictures are taken
        device = next(d for d in ha.devices(entry) if d["name"] == "Front door")
        look(ha, "device", f"/config/devices/device/{device['id']}",
             ["Update phase", "Update waits for", "Check for update", "I pressed a key", "Update result"],
             "Firmware", ["Installed version", "SIM-LOCK firmware"], inside="ha-device-entities-card")
        ha.call("lockwright", "cancel", FIRMWARE)
    with connected(ha, lock=REJECTS) as (_, simulator, entry):
        fail(ha, simulator)
        look(ha, "repairs", "/config/repairs", ["The update of Front door failed"], "The update of Front door failed",
             ["Try again", "Leave it as it is", "It still runs 1.0.0.0"])
