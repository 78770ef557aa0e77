"""Who is let in, and what the service says when something is wrong, on the real socket."""
import json
import os
import signal
import socket
import stat
import subprocess

import support
from support import Service, WebSocket, folder, house, small_image, until


def test_a_service_has_an_id_of_its_own_for_ever():
    with folder() as path, folder() as another_path:
        service, another = Service(path), Service(another_path)
        try:
            known = service.get("/healthz").json["id"]
            assert len(known) == 32 and known != another.get("/healthz").json["id"]
            service.stop()
            service.start()
            assert service.get("/healthz").json["id"] == known
        finally:
            service.kill()
            another.kill()


def test_a_stranger_without_a_token_gets_nothing():
    with folder() as path:
        service = Service(path)
        try:
            assert service.get("/healthz").status == 200
            for method, where in [("GET", "/api/v1/locks"), ("POST", "/api/v1/jobs"), ("GET", "/api/v1/tokens"), ("GET", "/metrics"),
                                  ("GET", "/api/v1/events")]:
                answer = service.request(method, where, {} if method == "POST" else None)
                assert answer.status == 401, (where, answer.status)
                assert answer.headers["WWW-Authenticate"].startswith("Bearer"), where
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert "lockwright token create" in answer.json["advice"], answer.json
            wrong = service.get("/api/v1/locks", headers={"Authorization": "Bearer lw_" + "x" * 43})
            assert wrong.status == 401
        finally:
            service.kill()


def test_scopes_are_kept():
    with folder() as path:
        service = Service(path)
        try:
            service.sign_in("read")
            assert service.get("/api/v1/locks").status == 200
            assert service.post("/api/v1/jobs", {"lock": "x"}).status == 403
            service.sign_in("control")
            assert service.post("/api/v1/jobs", {"lock": "x"}).status == 404
            assert service.post("/api/v1/tokens", {"name": "more", "scope": "admin"}).status == 403
            token = service.token
            service.cli("token", "revoke", "test-control")
            assert service.get("/api/v1/locks", headers={"Authorization": f"Bearer {token}"}).status == 401
        finally:
            service.kill()


def test_a_foreign_page_cannot_use_the_browser_of_the_owner():
    with folder() as path:
        service = Service(path)
        try:
            service.sign_in()
            assert service.get("/api/v1/locks", headers={"Host": "evil.example"}).status in (403, 421)
            evil = {"Origin": "http://evil.example"}
            assert service.post("/api/v1/jobs", {"lock": "x"}, headers=evil).status == 403
            assert WebSocket(service.port, headers={**evil, "Authorization": f"Bearer {service.token}"}).status == 403
            plain = service.post("/api/v1/jobs", b'{"lock":"x"}', headers={"Content-Type": "text/plain"})
            assert plain.status == 415, plain.body
            same = {"Origin": f"http://127.0.0.1:{service.port}"}
            assert service.post("/api/v1/jobs", {"lock": "x"}, headers=same).status == 404
        finally:
            service.kill()


def test_a_websocket_without_a_token_is_closed():
    with folder() as path:
        service = Service(path)
        try:
            peer = WebSocket(service.port)
            if peer.status == 101:
                peer.send({"type": "auth", "token": "lw_wrong"})
                assert peer.receive() == ("close", 4401)
            else:
                assert peer.status == 401
        finally:
            service.kill()


def test_problems_say_what_to_do():
    with folder() as path:
        service = Service(path)
        try:
            service.sign_in()
            for body, status, code in [({"lock": "nobody"}, 404, "not_found"), ({"lock": "x", "colour": 1}, 400, None),
                                       ({"lock": 3}, 400, None), ({}, 400, None)]:
                answer = service.post("/api/v1/jobs", body)
                assert answer.status == status, (body, answer.status, answer.body)
                assert answer.json["status"] == status and answer.json["detail"] and answer.json["advice"], answer.json
                assert code is None or answer.json["code"] == code, answer.json
            assert "colour" in service.post("/api/v1/jobs", {"lock": "x", "colour": 1}).json["detail"]
            assert service.post("/api/v1/jobs", b"{", headers={"Content-Type": "application/json"}).status == 400
            assert service.request("DELETE", "/api/v1/jobs").status == 405
            assert service.get("/api/v1/nothing").status == 404
            assert service.post("/api/v1/jobs", b" " * 2_000_000, headers={"Content-Type": "application/json"}).status == 413
            bad = service.post("/api/v1/firmware?name=x.ota", b"\x00" * 300, headers={"Content-Type": "application/octet-stream"})
            assert bad.status == 422 and bad.json["code"].startswith("image_"), bad.body
        finally:
            service.kill()


def test_one_keep_alive_connection_serves_rest_and_then_a_late_upgrade():
    with folder() as path:
        service = Service(path)
        try:
            service.sign_in()
            peer = WebSocket.__new__(WebSocket)
            peer.socket = socket.create_connection(("127.0.0.1", service.port), timeout=20)
            peer.buffer = b""
            host = f"Host: 127.0.0.1:{service.port}\r\n"
            for _ in range(50):
                peer.socket.sendall(f"GET /healthz HTTP/1.1\r\n{host}\r\n".encode())
                head = peer.take_until(b"\r\n\r\n").decode()
                size = int(next(l for l in head.lower().split("\r\n") if l.startswith("content-length")).split(":")[1])
                peer.take(size)
            peer.socket.sendall((f"GET /api/v1/events HTTP/1.1\r\n{host}Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
                                 f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                                 f"Authorization: Bearer {service.token}\r\n\r\n").encode())
            head = peer.take_until(b"\r\n\r\n").decode()
            assert head.startswith("HTTP/1.1 101") and "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head, head
            assert peer.receive()["type"] == "hello"
        finally:
            service.kill()


def test_the_page_and_the_contract_are_served():
    with folder() as path:
        service = Service(path)
        try:
            page = service.get("/")
            assert page.status == 200 and b"<title>Lockwright</title>" in page.body
            assert "default-src 'self'" in page.headers["Content-Security-Policy"]
            again = service.get("/", headers={"If-None-Match": page.headers["ETag"]})
            assert again.status == 304 and not again.body
            service.sign_in("read")
            contract = service.get("/api/v1/openapi.yaml")
            assert contract.body == (support.ROOT / "openapi.yaml").read_bytes()
        finally:
            service.kill()


def test_secrets_are_private_files_and_never_in_the_log():
    with folder() as path:
        service = Service(path, log_level="debug")
        try:
            token = service.sign_in()
            service.get("/api/v1/locks")
            assert stat.S_IMODE(os.stat(service.data / "control.sock").st_mode) == 0o600
            assert stat.S_IMODE(os.stat(service.data / "lockwright.db").st_mode) == 0o600
            assert stat.S_IMODE(os.stat(service.data).st_mode) == 0o700
            assert token not in service.text()
            for file in service.data.rglob("*"):
                if file.is_file():
                    assert token.encode() not in file.read_bytes(), file
        finally:
            service.kill()


def test_a_second_service_on_the_same_data_is_refused():
    with folder() as path:
        first = Service(path)
        try:
            with socket.create_server(("127.0.0.1", 0)) as free:
                listen = f"127.0.0.1:{free.getsockname()[1]}"
            done = subprocess.run([support.BUILD / "lockwright", "serve", "--config", first.config],
                                  env={**first.environment, "LOCKWRIGHT_LISTEN": listen}, capture_output=True, timeout=30)
            assert done.returncode == 1 and b"already" in done.stderr, done.stderr
            assert first.get("/healthz").status == 200
        finally:
            first.kill()


def test_a_wrong_config_is_refused_with_its_path():
    with folder() as path:
        service = Service(path)
        service.kill()
        service.config.write_text(json.dumps({"adapters": [{"id": "stick", "type": "znp", "port": "/dev/x", "baudrate": 9600}]}))
        done = subprocess.run([support.BUILD / "lockwright", "serve", "--config", service.config], capture_output=True, timeout=30)
        assert done.returncode == 2 and b'adapters[0].baudrate: is not known; did you mean "baud"?' in done.stderr, done.stderr


def refused_start(path, **config):
    """The status and the log of a service that cannot start."""
    file = path / "refused.json"
    file.write_text(json.dumps({"listen": "127.0.0.1:0", "data_dir": str(path / "data"), **config}))
    done = subprocess.run([support.BUILD / "lockwright", "serve", "--config", file], capture_output=True, timeout=30)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1 and len(lines) == 1 and " error " in lines[0], (done.returncode, lines)
    return lines[0]


def test_a_start_that_fails_says_why_and_what_to_change():
    with folder() as path:
        (path / "data").mkdir(mode=0o700)
        (path / "data" / "lockwright.db").write_bytes(b"no database " * 500)
        assert "lockwright.db" in refused_start(path)
        assert "data_dir" in refused_start(path, data_dir="/proc/lockwright")
        assert "data_dir" in refused_start(path, data_dir=str(path / ("long" * 30)))
        with socket.create_server(("127.0.0.1", 0)) as taken:
            listen = f"127.0.0.1:{taken.getsockname()[1]}"
            line = refused_start(path, data_dir=str(path / "good"), listen=listen)
            assert listen in line and '"listen"' in line and "in use" in line, line
        assert '"listen"' in refused_start(path, data_dir=str(path / "good"), listen="192.0.2.1:8099")
        bad = {"id": "a", "adapter": "nowhere", "address": "0x0011223344556677"}
        file = path / "refused.json"
        file.write_text(json.dumps({"data_dir": str(path / "good"), "locks": [bad]}))
        done = subprocess.run([support.BUILD / "lockwright", "serve", "--config", file], capture_output=True, timeout=30)
        assert done.returncode == 2 and b"locks[0].adapter" in done.stderr, done.stderr


def test_a_policy_of_the_file_holds_until_another_is_set_and_again_when_it_is_taken_back():
    lock = {"id": "gate", "adapter": "stick", "address": "0x0011223344556677",
            "policy": {"min_battery_percent": 70, "min_battery_voltage": 5.1, "pinned_version": "1.2.3.4", "priority": 2}}
    with folder() as path:
        service = Service(path, adapters=[{"id": "stick", "type": "znp", "port": "tcp://127.0.0.1:9", "transfers": 1}], locks=[lock])
        try:
            service.sign_in()
            held = lambda: service.get("/api/v1/locks/gate").json["policy"]
            assert (held()["min_battery_percent"], held()["min_battery_voltage"], held()["priority"]) == (70, 5.1, 2), held()
            assert held()["pinned_version"] == "1.2.3.4" and service.get("/api/v1/adapters/stick").json["transfers"] == 1
            own = service.request("PATCH", "/api/v1/locks/gate", {"min_battery_percent": 30}).json
            assert own["managed"] == "config" and own["min_battery_percent"] == 30 and held()["min_battery_percent"] == 30, own
            service.stop()
            service.start()
            assert held()["min_battery_percent"] == 30 and held()["priority"] == 2, held()
            service.request("PATCH", "/api/v1/locks/gate", {"min_battery_percent": None})
            assert held()["min_battery_percent"] == 70, held()
        finally:
            service.kill()
        bad = {**lock, "policy": {"auto_update": "window"}}
        line = refused_start(path, adapters=[{"id": "stick", "type": "znp", "port": "tcp://127.0.0.1:9"}], locks=[bad])
        assert "locks[0].policy.auto_update" in line and "needs a window" in line, line


def test_an_open_address_without_a_token_is_warned_of():
    with folder() as path:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        service = Service(path, listen=f"0.0.0.0:{port}")
        try:
            assert "there is no token" in service.text()
            assert service.get("/api/v1/locks").status == 401
            service.sign_in()
            service.stop()
            before = service.text()
            service.start()
            assert "there is no token" not in service.text()[len(before):]
        finally:
            service.kill()


def test_sigterm_ends_it_cleanly():
    with folder() as path:
        service = Service(path)
        assert service.kill(signal.SIGTERM) == 0
        assert not [line for line in service.text().splitlines() if " error " in line]


def test_a_slow_reader_is_dropped_and_nobody_else_notices():
    with house() as (service, simulator):
        service.post("/api/v1/locks/front-door/check")
        headers = {"Authorization": f"Bearer {service.token}"}
        slow = WebSocket(service.port, "/api/v1/events?since=0", headers, receive_buffer=4096)
        good = WebSocket(service.port, "/api/v1/events", headers)
        assert slow.status == good.status == 101
        until(lambda: service.get("/api/v1/adapters/stick").json["state"] == "up", what="the stick")
        number = service.upload(small_image())
        job = service.post("/api/v1/jobs", {"lock": "front-door", "image": number}).json
        simulator.command("press 0")
        service.wait_job(job["id"], lambda j: j["phase"] == "succeeded")
        kinds = []
        while "succeeded" not in kinds:
            message = good.receive()
            if message["type"] == "event":
                kinds.append(message["phase"])
        slow.close()
        good.close()


def test_a_full_disk_says_so_and_loses_nothing():
    with folder() as path:
        data = path / "data"
        data.mkdir(mode=0o700)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k,mode=0700", "tmpfs", str(data)], capture_output=True)
        assert mounted.returncode == 0, f"this test mounts a small tmpfs and needs root: {mounted.stderr.decode()}"
        service = None
        try:
            service = Service(path)
            service.sign_in()
            answer = service.post("/api/v1/firmware?name=big.ota", small_image(900_000), headers={"Content-Type": "application/octet-stream"})
            assert answer.status == 507 and answer.json["code"] == "no_space" and answer.json["advice"], answer.body
            assert service.get("/api/v1/firmware").json["firmware"] == []
            assert service.get("/healthz").status == 200
            service.upload(small_image(20_000))
            assert len(service.get("/api/v1/firmware").json["firmware"]) == 1
        finally:
            if service:
                service.kill()
            subprocess.run(["umount", str(data)], check=True)
