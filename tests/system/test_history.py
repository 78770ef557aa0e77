"""What becomes of the past, with the real store."""
import subprocess

import support
from support import Service, WebSocket, folder, until


def fill(service, jobs, locks, lock_events):
    """A year of it."""
    subprocess.run([support.BUILD / "tests/ota/history_fill", service.data / "lockwright.db", str(jobs), str(locks), "365", str(lock_events)], check=True)


def page(service, since):
    return service.get(f"/api/v1/events?since={since}&limit=1").json


def test_who_missed_what_is_no_longer_kept_gets_a_resync():
    with folder() as path:
        service = Service(path, history_days=30)
        try:
            service.stop()
            fill(service, jobs=100, locks=1, lock_events=5)
            service.start()
            service.sign_in()
            everything = page(service, 0)
            assert everything["oldest"] == 1 and not everything["resync"], everything
            until(lambda: page(service, 0)["oldest"] > everything["last"] * 330 / 365, 60, "eleven months to go")
            now = page(service, 0)
            assert now["resync"] and not page(service, now["oldest"] - 1)["resync"], now
            jobs = service.get("/api/v1/jobs?limit=200").json["jobs"]
            assert 5 <= len(jobs) <= 12, "finished jobs go, too"
            headers = {"Authorization": f"Bearer {service.token}"}
            late = WebSocket(service.port, "/api/v1/events?since=100", headers)
            assert [late.receive()["type"] for _ in range(3)] == ["hello", "resync", "snapshot"]
            late.close()
            young = WebSocket(service.port, f"/api/v1/events?since={now['last'] - 3}", headers)
            assert [young.receive()["type"] for _ in range(3)] == ["hello", "event", "event"]
            young.close()
        finally:
            service.kill()
