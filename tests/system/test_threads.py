"""Work for every thread of the service at once. Made for a build with the thread sanitizer, whose reports go to the log."""
import concurrent.futures
import hashlib
import threading

from broker import Broker, Mqtt
from support import WebSocket, adapter_up, folder, house, small_image, until

LOUD = {"TSAN_OPTIONS": "halt_on_error=0:second_deadlock_stack=1:exitcode=66"}


def read_everything(service, stop):
    while not stop.is_set():
        for path in ["/api/v1/locks", "/api/v1/jobs", "/api/v1/firmware", "/api/v1/adapters", "/api/v1/tokens", "/metrics", "/"]:
            answer = service.get(path)
            assert answer.status == 200, (path, answer.body)


def upload_and_delete(service, stop):
    size = 3000
    while not stop.is_set():
        size += 1
        number = service.upload(small_image(size, image_type=2))
        answer = service.request("DELETE", f"/api/v1/firmware/{number}")
        assert answer.status == 204, answer.body


def listen(service, stop):
    while not stop.is_set():
        events = WebSocket(service.port, "/api/v1/events?since=0", {"Authorization": f"Bearer {service.token}"})
        assert events.receive()["type"] == "hello"
        events.receive()
        events.close()


def test_threads_update_while_clients_read_upload_and_listen():
    stop = threading.Event()
    with house(environment=LOUD) as (service, simulator), concurrent.futures.ThreadPoolExecutor() as pool:
        adapter_up(service)
        clients = [pool.submit(work, service, stop) for work in (read_everything, upload_and_delete, listen)]
        try:
            data = small_image()
            job = service.post("/api/v1/jobs", {"lock": "front-door", "image": service.upload(data)}).json["id"]
            simulator.command("press 0")
            service.wait_job(job, lambda job: job["phase"] == "succeeded", 120)
        finally:
            stop.set()
        for client in clients:
            client.result(60)
        assert simulator.lock()["received_sha256"] == hashlib.sha256(data).hexdigest()
        assert service.stop() == 0, service.text()[-8000:]
        assert "Sanitizer" not in service.text(), service.text()[-8000:]


def test_threads_mqtt_with_a_broker_that_comes_goes_and_hangs():
    with folder() as path:
        broker = Broker(path)
        with house(mqtt={"host": "127.0.0.1", "port": broker.port}, environment=LOUD) as (service, simulator):
            adapter_up(service)
            client = Mqtt(broker.port)
            service.upload(small_image())
            simulator.command("press 0")
            until(lambda: client.json("lockwright/locks/front-door/update").get("latest_version"), what="an offer")
            client.publish("lockwright/locks/front-door/command", '{"action":"install"}')
            until(lambda: service.get("/api/v1/jobs").json["jobs"], what="the job")
            service.wait_job(1, lambda job: job["phase"] == "succeeded", 120)
            broker.kill()
            broker.start()
            client = Mqtt(broker.port)
            until(lambda: client.last.get("lockwright/status") == "online", 60, "the connection again")
            broker.pause()
            client.publish("lockwright/locks/front-door/command", '{"action":"check"}')
            broker.resume()
            assert service.stop() == 0, service.text()[-8000:]
            assert "Sanitizer" not in service.text(), service.text()[-8000:]
        broker.kill()
