"""What the tests of the integration have in common: a house that Home Assistant knows, and what people do there."""
import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import threading

import ha as driver
from ha import support, until
from support import house, small_image

FIRMWARE = "update.front_door_firmware"
RESULT = "event.front_door_update_result"
PHASE = "sensor.front_door_update_phase"
PROBLEM = "binary_sensor.front_door_update_problem"
REJECTS = f"{support.SIMPLE},install=rejects"


def address(service, **more):
    return {"host": "127.0.0.1", "port": service.port, "ssl": False, "verify_ssl": True, "token": service.token, **more}


def add(ha, service):
    """Sets the integration up by hand; returns the entry's id."""
    flow = ha.flow(ha.begin()["flow_id"], address(service))
    assert flow["type"] == "create_entry", flow
    return flow["result"]["entry_id"]


@contextlib.contextmanager
def connected(ha, image=20000, known=True, **options):
    """A house whose service Home Assistant knows, with an update for its lock."""
    with house(**options) as (service, simulator):
        support.adapter_up(service)
        if image:
            service.upload(small_image(image))
        if known:
            simulator.command("press 0")
            until(lambda: service.get("/api/v1/locks/front-door").json["installed_version"], what="the lock's version")
        entry = add(ha, service)
        try:
            yield service, simulator, entry
        finally:
            ha.entry_removed(entry)


@contextlib.contextmanager
def somebody(service, simulator):
    """The person at the door: presses a key when the lock must wake."""
    over = threading.Event()

    def press():
        while not over.wait(0.3):
            with contextlib.suppress(OSError):
                if service.get("/api/v1/locks/front-door").json["waiting_for"] == "wake":
                    simulator.command("press 0")
    person = threading.Thread(target=press)
    person.start()
    try:
        yield
    finally:
        over.set()
        person.join()


def result(ha, ending, after=None):
    return ha.wait_state(RESULT, lambda state: state["attributes"]["event_type"] == ending and state["state"] != after, 90)


def age(service, seconds):
    """So many seconds pass while the service is off: what it waits for, it has waited for longer."""
    service.stop()
    with contextlib.closing(sqlite3.connect(service.data / "lockwright.db")) as db, db:
        db.execute("UPDATE job SET waiting_since = waiting_since - ?1, last_contact = max(0, last_contact - ?1)", (seconds * 1000,))
    service.start()


def fix(ha, issue, choice=None):
    """Goes through a fix flow as its dialog does."""
    flow = ha.post("/api/repairs/issues/fix", {"handler": "lockwright", "issue_id": issue["issue_id"]})
    if choice:
        assert flow["type"] == "menu" and choice in flow["menu_options"], flow
    else:
        assert flow["type"] == "form" and flow["step_id"] == "confirm", flow
    assert flow["description_placeholders"]["lock"] == "Front door", flow
    return ha.post(f"/api/repairs/issues/fix/{flow['flow_id']}", {"next_step_id": choice} if choice else {})


def fail(ha, simulator):
    """An update that the lock rejects; returns the issue."""
    ha.call("update", "install", FIRMWARE)
    simulator.command("press 0")
    return ha.wait_issue("update_failed")


def repair_the_lock(simulator):
    """From now on the simulated lock takes its image: another simulator in the place of this one."""
    port = simulator.port.rsplit(":", 1)[1]
    folder = pathlib.Path(simulator.log).parent
    simulator.kill()
    simulator.__init__(folder, "--lock", f"{support.SIMPLE},poll=2000,short_poll=20", "--tcp", port)


def look(ha, name, path, wanted, click="", then=(), inside="home-assistant"):
    """Opens a page of Home Assistant, sees texts there, clicks on one (within elements called inside) and sees others."""
    done = subprocess.run(["node", driver.HERE / "integration.mjs"], timeout=150, env={
        **os.environ, "HOME_ASSISTANT": f"http://127.0.0.1:{ha.port}", "TOKENS": json.dumps(ha.tokens), "PATH_TO": path,
        "WANTED": json.dumps(wanted), "INSIDE": inside, "CLICK": click, "THEN": json.dumps(then), "NAME": name, "MODULES": ha.modules,
        "SCREENSHOTS": ha.screenshots})
    assert done.returncode == 0, f"{name} does not look as it should"
