"""Work for every thread of the service at once. Made for a build with the thread sanitizer, whose reports go to the log."""
import concurrent.futures
import hashlib
import threading

from support import WebSocket, adapter_up, house, small_image

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
