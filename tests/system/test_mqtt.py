"""The locks over MQTT with a real broker, and everything that can be wrong with a broker."""
import contextlib
import json
import signal
import socket
import subprocess
import threading
import time

import support

from broker import Broker, Mqtt, certificates, free_port, packet
from support import adapter_up, house, small_image, until

LOCK = "lockwright/locks/front-door"
CONFIG = "homeassistant/device/lockwright_lock_front-door/config"
INSTALL = '{"action":"install"}'


@contextlib.contextmanager
def mqtt_house(*broker_lines, mqtt=None, anonymous=True, **options):
    with support.folder() as path:
        broker = Broker(path, *broker_lines, anonymous=anonymous)
        try:
            with house(mqtt={"host": "127.0.0.1", "port": broker.port, **(mqtt or {})}, **options) as (service, simulator):
                adapter_up(service)
                yield service, simulator, broker
        except BaseException:
            print(f"--- broker log\n{broker.text()[-2000:]}")
            raise
        finally:
            broker.resume()
            broker.kill()


def update_of(client):
    return client.json(f"{LOCK}/update")


def knows_both_versions(client):
    return update_of(client).get("latest_version") == "2.0.0.0" and update_of(client).get("installed_version") == "1.0.0.0"


def offer(service, simulator, client, size=20000):
    """An image in the library, and the lock has said what it runs."""
    service.upload(small_image(size))
    simulator.command("press 0")
    until(lambda: knows_both_versions(client), what="both versions over MQTT")


def install(client, simulator):
    client.publish(f"{LOCK}/command", INSTALL)
    until(lambda: update_of(client)["in_progress"], 10, "in_progress after the command")
    simulator.command("press 0")


def updated(client):
    return update_of(client).get("installed_version") == "2.0.0.0" and not update_of(client)["in_progress"]


def percentages(client):
    states = [json.loads(payload) for topic, payload in client.seen if topic == f"{LOCK}/update"]
    return [state["update_percentage"] for state in states if state["update_percentage"] is not None]


def test_an_update_from_the_command_to_the_result():
    with mqtt_house(timing=True) as (service, simulator, broker):
        client = Mqtt(broker.port)
        offer(service, simulator, client)
        install(client, simulator)
        until(lambda: updated(client), 120, "the new version")
        event = until(lambda: client.json(f"{LOCK}/event"), what="the result")
        assert event["event_type"] == "succeeded" and event["job_id"] == 1, event
        assert service.job(1)["requested_by"] == "mqtt"
        seen = percentages(client)
        assert seen and seen == sorted(seen), seen
        between = [json.loads(p) for t, p in client.seen if t == f"{LOCK}/update"]
        first = next(i for i, state in enumerate(between) if state["in_progress"])
        last = max(i for i, state in enumerate(between) if state["in_progress"])
        assert all(state["in_progress"] for state in between[first:last + 1]), "in progress without a gap"
        after = Mqtt(broker.port)
        until(lambda: f"{LOCK}/job" in after.retained and CONFIG in after.retained, what="what is retained")
        assert f"{LOCK}/event" not in after.retained, "a result must not come again at Home Assistant's next start"


def test_install_again_and_again_is_one_job():
    with mqtt_house() as (service, simulator, broker):
        client = Mqtt(broker.port)
        offer(service, simulator, client)
        for _ in range(5):
            client.publish(f"{LOCK}/command", INSTALL)
        until(lambda: update_of(client)["in_progress"], 10, "in_progress")
        assert len(service.get("/api/v1/jobs").json["jobs"]) == 1


def test_cancel_and_its_result():
    with mqtt_house(timing=True) as (service, simulator, broker):
        client = Mqtt(broker.port)
        offer(service, simulator, client, 60000)
        install(client, simulator)
        until(lambda: update_of(client)["update_percentage"], 60, "a percentage")
        client.publish(f"{LOCK}/command", '{"action":"cancel"}')
        until(lambda: client.json(f"{LOCK}/event").get("event_type") == "cancelled", what="the result")
        assert not update_of(client)["in_progress"]


def test_what_is_refused_shows_as_a_problem_and_dismiss_takes_it_away():
    with mqtt_house() as (service, simulator, broker):
        client = Mqtt(broker.port)
        until(lambda: client.last.get("lockwright/status") == "online", what="the connection")
        client.publish(f"{LOCK}/command", INSTALL)
        job = until(lambda: client.json(f"{LOCK}/job").get("problem") and client.json(f"{LOCK}/job"), what="the problem")
        assert job["error_code"] and job["error_message"] and job["advice"], job
        assert client.json(f"{LOCK}/event")["event_type"] == "failed"
        client.publish(f"{LOCK}/command", '{"action":"dismiss"}')
        until(lambda: not client.json(f"{LOCK}/job")["problem"], what="the problem to be gone")


def test_the_broker_comes_after_the_service():
    with support.folder() as path:
        port = free_port()
        with house(mqtt={"host": "127.0.0.1", "port": port}) as (service, _simulator):
            adapter_up(service)
            until(lambda: "trying again and again" in service.text(), what="the service to say it")
            broker = Broker(path, port=port)
            client = Mqtt(port)
            until(lambda: client.json(CONFIG), 90, "the discovery message")
            assert service.text().count("trying again and again") == 1, "one line, however many attempts"
            broker.kill()


def test_the_broker_restarts_in_mid_transfer_and_forgets_everything():
    with mqtt_house(timing=True) as (service, simulator, broker):
        client = Mqtt(broker.port)
        offer(service, simulator, client, 30000)
        install(client, simulator)
        until(lambda: (update_of(client)["update_percentage"] or 0) > 10, 60, "10 %")
        broker.kill()
        broker.start()
        client = Mqtt(broker.port)
        until(lambda: client.json(CONFIG) and update_of(client).get("in_progress"), 60, "everything again")
        until(lambda: updated(client), 120, "the new version")
        assert client.json(f"{LOCK}/event")["event_type"] == "succeeded"


def test_a_broker_that_hangs_delays_neither_blocks_nor_the_end():
    with mqtt_house(timing=True) as (service, simulator, broker):
        client = Mqtt(broker.port)
        offer(service, simulator, client, 30000)
        install(client, simulator)
        broker.pause()
        service.wait_job(1, lambda job: job["phase"] == "succeeded", 120)
        assert simulator.lock()["aborts"] == 0
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 5, "saved and gone, though the broker says nothing"
        broker.resume()
        service.start()
        until(lambda: updated(client), 60, "the truth, late")


def test_killed_it_is_offline_and_started_again_online():
    with mqtt_house() as (service, _simulator, broker):
        client = Mqtt(broker.port)
        until(lambda: client.last.get("lockwright/status") == "online", what="online")
        service.kill(signal.SIGKILL)
        until(lambda: client.last["lockwright/status"] == "offline", what="the will")
        service.start()
        until(lambda: client.last["lockwright/status"] == "online", what="online again")
        service.stop()
        until(lambda: client.last["lockwright/status"] == "offline", what="the goodbye")


def pump(source, sink, delay):
    """Hands on what comes, each piece `delay` seconds late."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            time.sleep(delay)
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def slow_line(port):
    """A port that leads to the broker's; its answers take a second."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            near, _ = door.accept()
            far = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=pump, args=(near, far, 0), daemon=True).start()
            threading.Thread(target=pump, args=(far, near, 1), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return door.getsockname()[1]


def test_stopped_with_much_to_tell_it_is_offline_nevertheless():
    with support.folder() as path:
        broker = Broker(path)
        try:
            with house(mqtt={"host": "127.0.0.1", "port": slow_line(broker.port)}) as (service, _simulator):
                adapter_up(service)
                client = Mqtt(broker.port)
                until(lambda: client.last.get("lockwright/status") == "online", 20, "online")
                for turn in range(60):
                    answer = service.request("PUT", f"/api/v1/locks/l{turn}", {"adapter": "stick", "address": f"0x{turn + 1:016x}"})
                    assert answer.status == 201, answer.body
                assert service.stop() == 0
                until(lambda: client.last["lockwright/status"] == "offline", 10, "the goodbye or the will")
        finally:
            broker.kill()


def test_hostile_messages_change_nothing():
    with mqtt_house() as (service, simulator, broker):
        client = Mqtt(broker.port)
        offer(service, simulator, client)
        simulator.command("sleep 0 600000")
        client.publish(f"{LOCK}/command", INSTALL, retain=True)  # live: this one is done
        until(lambda: service.get("/api/v1/jobs").json["jobs"], what="the job")
        service.post("/api/v1/jobs/1/cancel")
        service.stop()
        service.start()
        for payload in (b"", b"\x00" * 100, b"\xff" * 5000, b"x" * 300000, b'{"action":"unlock"}', b'{"action":["install"]}',
                        b"[" * 5000, b'{"action":"install","force":["battery_low"]}', b'{"action":"install"' + b" " * 5000 + b"}x"):
            client.publish(f"{LOCK}/command", payload)
            client.publish("lockwright/locks/../command", payload)
            client.publish("lockwright/locks/" + "a" * 200 + "/command", payload)
            client.publish("homeassistant/status", payload)
        for turn in range(300):
            client.publish(f"lockwright/locks/ghost-{turn}/update", "{}", retain=True)
        client.publish("homeassistant/status", "online")
        jobs = service.get("/api/v1/jobs").json["jobs"]
        assert len(jobs) == 1 and jobs[0]["phase"] == "cancelled", jobs
        assert service.stop() == 0
        service.start()
        until(lambda: client.last.get("lockwright/locks/ghost-299/update") == "", what="what is not ours to be cleared")
        assert len(service.get("/api/v1/jobs").json["jobs"]) == 1, "a retained command is old news"
        rss = int(next(line for line in open(f"/proc/{service.popen.pid}/status") if line.startswith("VmRSS")).split()[1])
        assert rss < 20 * 1024, f"{rss} KiB"


def test_home_assistants_birth_brings_all_again():
    with mqtt_house() as (_service, _simulator, broker):
        client = Mqtt(broker.port)
        until(lambda: client.json(f"{LOCK}/job"), what="the first time")
        client.seen.clear()
        client.publish("homeassistant/status", "online")
        until(lambda: {CONFIG, f"{LOCK}/update", f"{LOCK}/job", "lockwright/service"} <= {topic for topic, _ in client.seen},
              what="all of it")


def test_a_removed_lock_is_removed():
    with mqtt_house() as (service, _simulator, broker):
        client = Mqtt(broker.port)
        answer = service.request("PUT", "/api/v1/locks/back-door", {"adapter": "stick", "address": "0x1112131415161718"})
        assert answer.status == 201, answer.body
        topic = "homeassistant/device/lockwright_lock_back-door/config"
        until(lambda: client.json(topic), what="the new device")
        assert service.request("DELETE", "/api/v1/locks/back-door").status == 204
        until(lambda: client.last[topic] == "", what="the device to be gone")
        assert client.last["lockwright/locks/back-door/job"] == ""


def test_a_password_and_the_wrong_one():
    with support.folder() as path:
        secrets = path / "passwords"
        subprocess.run(["mosquitto_passwd", "-b", "-c", secrets, "lockwright", "right word"], check=True, capture_output=True)
        ours = path / "password"
        ours.write_text("right word\n")
        ours.chmod(0o600)
        with mqtt_house(f"password_file {secrets}", anonymous=False,
                        mqtt={"user": "lockwright", "password_file": str(ours)}) as (service, _simulator, broker):
            client = Mqtt(broker.port, "lockwright", "right word")
            until(lambda: client.json(CONFIG), what="the discovery message")
            assert "right word" not in service.text()
        with mqtt_house(f"password_file {secrets}", anonymous=False, mqtt={"user": "lockwright"},
                        environment={"LOCKWRIGHT_MQTT_PASSWORD": "wrong word"}) as (service, _simulator, broker):
            until(lambda: "trying again and again" in service.text(), what="the refusal in the log")
            assert "uthor" in service.text() and "wrong word" not in service.text(), service.text()


def test_tls_with_an_authority_and_not_without():
    with support.folder() as path:
        ca, certificate, key = certificates(path, "broker")
        stranger, *_ = certificates(path, "stranger")
        tls_port = free_port()
        lines = (f"listener {tls_port} 127.0.0.1", f"certfile {certificate}", f"keyfile {key}", "allow_anonymous true")
        with mqtt_house(*lines, mqtt={"port": tls_port, "tls": True, "ca_file": str(ca)}) as (_service, _simulator, broker):
            client = Mqtt(broker.port)
            until(lambda: client.json(CONFIG), what="the discovery message over TLS")
        for more in ({"ca_file": str(stranger)}, {}):
            with mqtt_house(*lines, mqtt={"port": tls_port, "tls": True, **more}) as (service, _simulator, broker):
                until(lambda: "trying again and again" in service.text(), what="the refusal in the log")
                assert CONFIG not in Mqtt(broker.port).retained


class OldBroker(threading.Thread):
    """Speaks MQTT 3.1.1 and refuses 5; notes what it was offered."""

    def __init__(self):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port, self.offered, self.topics = self.server.getsockname()[1], [], []
        self.start()

    def run(self):
        while True:
            connection = Mqtt.__new__(Mqtt)
            connection.socket, _ = self.server.accept()
            with contextlib.suppress(ConnectionError, OSError):
                self.serve(connection)

    def serve(self, connection):
        while True:
            kind, body = connection.read()
            if kind == 0x10:
                self.offered.append(body[6])
                connection.socket.sendall(packet(0x20, bytes([0, 0 if body[6] == 4 else 1])))
                if body[6] != 4:
                    connection.socket.close()
                    return
            elif kind & 0xF0 == 0x30:
                end = 2 + int.from_bytes(body[:2], "big")
                self.topics.append(body[2:end].decode())
                connection.socket.sendall(packet(0x40, body[end:end + 2]))
            elif kind == 0x82:
                connection.socket.sendall(packet(0x90, body[:2] + b"\x01"))


def test_a_broker_without_mqtt_5():
    broker = OldBroker()
    with house(mqtt={"host": "127.0.0.1", "port": broker.port}) as (_service, _simulator):
        until(lambda: CONFIG in broker.topics, 30, "the discovery message")
        assert broker.offered[:2] == [5, 4], broker.offered


def test_thrown_out_again_and_again_it_comes_back_more_and_more_slowly():
    """So does a broker to the second of two clients with one name."""
    door = socket.create_server(("127.0.0.1", 0))
    visits = []

    def serve():
        while True:
            connection, _ = door.accept()
            with contextlib.suppress(OSError), connection:
                if connection.recv(4096):
                    visits.append(time.monotonic())
                    connection.sendall(b"\x20\x03\x00\x00\x00")
                    connection.recv(4096)

    threading.Thread(target=serve, daemon=True).start()
    with house(mqtt={"host": "127.0.0.1", "port": door.getsockname()[1]}):
        until(lambda: visits, what="the first visit")
        time.sleep(8)
        assert len(visits) <= 5, f"{len(visits)} visits in 8 s"


def test_without_a_broker_its_library_is_not_even_loaded():
    with house() as (service, _simulator):
        adapter_up(service)
        assert "mosquitto" not in open(f"/proc/{service.popen.pid}/maps").read()
