"""What a person does with the locks in Home Assistant. Each scene begins where the one before it ended: an idle lock."""
import contextlib
import json
import os
import signal
import subprocess

import ha
from ha import support, until
from broker import Broker, Mqtt

UPDATE = "update.front_door_firmware"
PHASE = "sensor.front_door_update_phase"
PROBLEM = "binary_sensor.front_door_update_problem"
RESULT = "event.front_door_update_result"
TEMPLATE = "update.front_door_rest_firmware"
REST = "sensor.front_door_rest"
BACK_DOOR = "0x0102030405060709"
REJECTS = support.SIMPLE + ",install=rejects,poll=2000,short_poll=10,ieee=" + BACK_DOOR


class World:
    def __init__(self, broker, service, simulator, home):
        self.broker, self.service, self.simulator, self.ha = broker, service, simulator, home
        self.version = 1

    def offer(self, size=20000):
        """The next version's image in the library; waits until Home Assistant offers it."""
        self.version += 1
        self.service.upload(support.small_image(size, version=self.version << 24), f"v{self.version}.ota")
        until(lambda: self.ha.attributes(UPDATE).get("latest_version") == self.latest, what="the new version on offer")

    @property
    def latest(self):
        return f"{self.version}.0.0.0"

    def install(self):
        answer = self.ha.socket().call("update.install", entity=UPDATE)
        assert answer["success"], answer
        until(lambda: self.ha.attributes(UPDATE)["in_progress"], 8, "in_progress within seconds")
        self.simulator.command("press 0")

    def percent(self):
        return self.ha.attributes(UPDATE).get("update_percentage") or 0

    def is_updated(self):
        state = self.ha.state(UPDATE)
        return (state["state"] == "off" and not state["attributes"]["in_progress"]
                and state["attributes"]["installed_version"] == self.latest)

    def wait_updated(self, limit=180):
        until(self.is_updated, limit, "the new version in Home Assistant", 0.1)

    def result(self):
        return self.ha.attributes(RESULT)


def packages(service):
    """The page's YAML, each block a package; only the address is another one."""
    blocks = [block.replace("http://127.0.0.1:8099", f"http://127.0.0.1:{service.port}") for block in ha.yaml_blocks()]
    secrets = [block for block in blocks if block.startswith("lockwright_bearer:")]
    rest = [block for block in blocks if block not in secrets]
    assert len(secrets) == 1 and len(rest) == 6, "the page has another number of YAML blocks"
    return {f"page_{at}": block for at, block in enumerate(rest)}, secrets[0].replace("lw_…", service.token)


@contextlib.contextmanager
def world():
    with support.folder() as path:
        broker = Broker(path)
        home = None
        try:
            with support.house("--lock", REJECTS, timing=True, poll=10, mqtt={"host": "127.0.0.1", "port": broker.port}) as (service, simulator):
                support.adapter_up(service)
                home = ha.HomeAssistant(path, *packages(service))
                yield World(broker, service, simulator, home)
        finally:
            if home:
                home.remove()
            broker.kill()


def of_lockwright(entries):
    return {entry["entity_id"]: entry for entry in entries if entry["unique_id"].startswith("lockwright_lock_")}


def complaints(world):
    """What Home Assistant has to say against our messages."""
    return [line for line in world.ha.text().splitlines()
            if ("WARNING" in line or "ERROR" in line) and ("lockwright" in line.lower() or "components.mqtt" in line)
            and "components.mqtt.client" not in line]  # that one tells of the broker's restart


def test_the_devices_appear(world):
    world.ha.onboard()
    world.ha.add_mqtt(world.broker.port)
    until(lambda: world.ha.value(UPDATE), 60, "the update entity")
    world.simulator.command("press 0")
    until(lambda: world.ha.value(UPDATE) == "off", what="the lock's version")
    socket = world.ha.socket()
    entities = of_lockwright(socket.get("config/entity_registry/list"))
    assert set(entities) == {UPDATE, PHASE, PROBLEM, RESULT, "sensor.front_door_update_ready_at", "button.front_door_cancel_update",
                             "button.front_door_check_for_update", "button.front_door_dismiss_update_problem"}, set(entities)
    devices = {device["id"]: device for device in socket.get("config/device_registry/list")}
    lock = devices[entities[UPDATE]["device_id"]]
    assert lock["identifiers"] == [["mqtt", "lockwright_lock_front-door"]] and lock["name"] == "Front door", lock
    assert (lock["manufacturer"], lock["model"], lock["sw_version"]) == ("Lockwright", "SIM-LOCK", "1.0.0.0"), lock
    assert devices[lock["via_device_id"]]["name"] == "Lockwright", lock
    assert world.ha.value("binary_sensor.lockwright_adapter_stick") == "on"
    assert world.ha.value("sensor.lockwright_active_updates") == "0"
    assert world.ha.value(PROBLEM) == "off" and world.ha.value(PHASE) == "idle"
    attributes = world.ha.attributes(UPDATE)
    assert attributes["supported_features"] == 5, "INSTALL and PROGRESS, no BACKUP"
    assert attributes["device_class"] == "firmware" and attributes["friendly_name"] == "Front door Firmware", attributes
    assert not complaints(world), complaints(world)


def test_install_over_the_websocket_to_the_proven_end(world):
    world.offer()
    assert world.ha.value(UPDATE) == "on"
    socket = world.ha.socket()
    socket.get("subscribe_events", event_type="state_changed")
    world.install()
    world.wait_updated()
    assert until(lambda: world.result().get("event_type") == "succeeded", what="the result")
    assert world.result()["summary"], world.result()
    socket.get("get_config")  # brings the events before it
    states = [event["event"]["data"]["new_state"] for event in socket.events if event["type"] == "event"]
    ours = [state for state in states if state and state["entity_id"] == UPDATE]
    seen = [state["attributes"]["update_percentage"] for state in ours if state["attributes"]["update_percentage"] is not None]
    assert len(seen) > 3 and seen == sorted(seen) and seen[-1] > 50, seen
    phases = [state["state"] for state in states if state and state["entity_id"] == PHASE]
    assert "transferring" in phases and "applying" in phases and phases[-1] == "idle", phases
    job = world.service.get("/api/v1/jobs").json["jobs"][0]
    assert job["requested_by"] == "mqtt" and job["evidence"] == "verified_by_version", job


def test_skip_and_back(world):
    world.offer(30000)
    socket = world.ha.socket()
    assert socket.call("update.skip", entity=UPDATE)["success"]
    until(lambda: world.ha.value(UPDATE) == "off", what="the skip")
    assert world.ha.attributes(UPDATE)["skipped_version"] == world.latest
    assert socket.call("update.clear_skipped", entity=UPDATE)["success"]
    until(lambda: world.ha.value(UPDATE) == "on", what="the offer again")


def test_both_restart_in_mid_transfer_and_the_truth_is_kept(world):
    world.install()
    until(lambda: world.percent() > 20, 60, "20 %")
    world.simulator.command("sleep 0 600000")  # so that the transfer is not over before Home Assistant is back
    before = world.percent()
    world.ha.stop()
    world.ha.start()
    until(lambda: world.ha.value(UPDATE) == "on" and world.ha.attributes(UPDATE)["in_progress"], 30,
          "the progress after Home Assistant's restart")
    assert world.percent() >= before and world.ha.value(PHASE) in ("transferring", "waiting"), (before, world.percent())
    world.service.kill(signal.SIGKILL)
    until(lambda: world.ha.value(UPDATE) == "unavailable", what="the will")
    world.service.start()
    until(lambda: world.ha.value(UPDATE) == "on" and world.ha.attributes(UPDATE)["in_progress"], what="the progress after ours")
    world.simulator.command("press 0")
    world.wait_updated()


def test_a_broker_that_forgot_everything_is_told_again(world):
    world.broker.kill()
    until(lambda: world.ha.value(UPDATE) == "unavailable", 60, "the loss")
    world.broker.start()
    client = Mqtt(world.broker.port)
    until(lambda: world.ha.value(UPDATE) == "off", 60, "everything again")
    until(lambda: client.last.get("homeassistant/status") == "online", 60, "Home Assistant to listen to all again")
    assert "device_id" in of_lockwright(world.ha.socket().get("config/entity_registry/list"))[UPDATE]


def test_what_is_refused_is_a_problem_with_advice(world):
    socket = world.ha.socket()
    assert not socket.call("update.install", {"version": "17.7.0.0"}, UPDATE)["success"], "MQTT knows no SPECIFIC_VERSION"
    assert socket.call("script.front_door_firmware_17_7")["success"], "so the page has a script; this lock has no such image"
    until(lambda: world.ha.value(PROBLEM) == "on", what="the problem")
    attributes = world.ha.attributes(PROBLEM)
    assert attributes["error_code"] and attributes["error_message"] and attributes["advice"], attributes
    until(lambda: world.result()["event_type"] == "failed", what="the result")
    assert socket.call("button.press", entity="button.front_door_dismiss_update_problem")["success"]
    until(lambda: world.ha.value(PROBLEM) == "off", what="the problem to be dismissed")


def test_an_update_that_fails_raises_the_problem(world):
    answer = world.service.request("PUT", "/api/v1/locks/back-door", {"adapter": "stick", "address": BACK_DOOR, "name": "Back door"})
    assert answer.status == 201, answer.body
    world.simulator.command("press 1")
    update = "update.back_door_firmware"
    until(lambda: world.ha.value(update) == "on", what="the new device, and an offer for it")
    assert world.ha.socket().call("update.install", entity=update)["success"]
    until(lambda: world.ha.attributes(update)["in_progress"], 8, "in_progress")
    world.simulator.command("press 1")
    problem = "binary_sensor.back_door_update_problem"
    until(lambda: world.ha.value(problem) == "on", 120, "the problem")
    assert world.ha.attributes(problem)["advice"], world.ha.attributes(problem)
    result = world.ha.attributes("event.back_door_update_result")
    assert result["event_type"] == "failed" and result["error_code"] == world.ha.attributes(problem)["error_code"], result
    until(lambda: not world.ha.attributes(update)["in_progress"] and world.ha.value(update) == "on", what="the old version, still on offer")
    assert world.service.request("DELETE", "/api/v1/locks/back-door").status == 204
    until(lambda: world.ha.value(update) is None, what="the device of the removed lock to go")


def test_it_looks_well(world):
    """In Debian's Chromium; with --screenshots DIR pictures are left there."""
    world.offer(30000)
    world.install()
    until(lambda: world.percent() > 20, 60, "20 %")
    world.simulator.command("sleep 0 600000")  # it stays at that while the pictures are taken
    entities = of_lockwright(world.ha.socket().get("config/entity_registry/list"))
    done = subprocess.run(["node", ha.HERE / "page.mjs"], timeout=120, env={
        **os.environ, "HOME_ASSISTANT": f"http://127.0.0.1:{world.ha.port}", "TOKENS": json.dumps(world.ha.tokens),
        "DEVICE": entities[UPDATE]["device_id"], "MODULES": world.modules, "SCREENSHOTS": world.screenshots})
    assert done.returncode == 0
    world.simulator.command("press 0")
    world.wait_updated()


def test_cancel_and_check(world):
    world.offer(30000)
    world.install()
    until(lambda: world.percent() > 5, 60, "some progress")
    socket = world.ha.socket()
    assert socket.call("button.press", entity="button.front_door_cancel_update")["success"]
    until(lambda: world.result()["event_type"] == "cancelled", what="the result")
    until(lambda: not world.ha.attributes(UPDATE)["in_progress"], what="the end of it")
    checks = len(world.service.get("/api/v1/events?since=0").json["events"])
    assert socket.call("button.press", entity="button.front_door_check_for_update")["success"]
    until(lambda: len(world.service.get("/api/v1/events?since=0").json["events"]) > checks, what="the check")
    assert world.ha.value(UPDATE) == "on"


def test_the_pages_rest_yaml(world):
    socket = world.ha.socket()
    world.offer()
    socket.call("homeassistant.update_entity", {"entity_id": REST})
    until(lambda: world.ha.value(TEMPLATE) == "on", what="the template entity")
    attributes = world.ha.attributes(TEMPLATE)
    assert attributes["latest_version"] == world.latest and attributes["supported_features"] & 7 == 7, attributes
    socket.call("update.install", {"version": "99.0.0.0"}, TEMPLATE)
    until(lambda: "no image may be offered" in notices(world), what="the refusal")
    socket.start("automation.trigger", {"skip_condition": False}, "automation.update_the_front_door_at_night_by_rest")
    until(lambda: world.ha.attributes(UPDATE)["in_progress"], 10, "the job of the automation")
    world.simulator.command("press 0")
    world.wait_updated()
    until(lambda: "Updated" in notices(world), 30, "the automation's last word")


def notices(world):
    return json.dumps(world.ha.socket().get("persistent_notification/get"))


def test_home_assistant_never_complained(world):
    assert not complaints(world), complaints(world)
