"""How long from a new Lockwright to a lock's update entity? Prints what docs/benchmarks.md tells; two minutes are the promise."""
import time

from broker import Broker
from ha import support, until
from parts import FIRMWARE, address
from support import small_image

PROMISE = 120  # seconds


def measure(what, ha, lock_is_known):
    """Seconds until the entity is there, and until it offers the update. lock_is_known: what begins it all."""
    began = time.monotonic()
    service, simulator = lock_is_known()
    until(lambda: ha.value(FIRMWARE), PROMISE, "the entity")
    there = time.monotonic() - began

    def offered():
        simulator.command("press 0")  # the person at the door; nobody hears it before the stick is up
        return ha.value(FIRMWARE) == "on"
    until(offered, PROMISE, "the offer", step=0.5)
    print(f"bench {what}: entity after {there:.1f} s, update on offer after {time.monotonic() - began:.1f} s")
    return service


def start(path, **config):
    """A stick with a lock that has not been heard yet, an image in a folder, a service that has never run."""
    folder = path / "firmware"
    folder.mkdir()
    (folder / "lock.ota").write_bytes(small_image(20000))
    simulator = support.Simulator(path, "--lock", support.SIMPLE)
    service = support.Service(path, adapters=[support.stick(simulator)], locks=[support.front_door()],
                              firmware={"folders": [str(folder)]}, **config)
    return service, simulator


def test_two_minutes_by_mqtt(ha):
    with support.folder() as path:
        broker = Broker(path)
        parts, entry = [], None
        try:
            def begin():
                nonlocal entry
                entry = ha.add_mqtt(broker.port)
                parts.extend(start(path, mqtt={"host": "127.0.0.1", "port": broker.port}))
                return parts
            measure("first use by MQTT", ha, begin)
        finally:
            if entry:
                ha.entry_removed(entry)
            for part in (*parts, broker):
                part.kill()
    until(lambda: ha.value(FIRMWARE) is None, what="it to be gone")


def test_two_minutes_by_the_integration(ha):
    with support.folder() as path:
        parts, entry = [], None
        try:
            def begin():
                nonlocal entry
                parts.extend(start(path))
                service = parts[0]
                service.token = service.cli("token", "create", "homeassistant").strip()
                flow = ha.flow(ha.begin()["flow_id"], address(service))
                entry = flow["result"]["entry_id"]
                return parts
            measure("first use by the integration", ha, begin)
        finally:
            if entry:
                ha.entry_removed(entry)
            for part in parts:
                part.kill()
