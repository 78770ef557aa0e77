"""Firmware from an index on a real TLS server: offered, fetched, installed; kept over restarts; refused when it lies."""
import contextlib
import hashlib
import http.server
import json
import pathlib
import re
import ssl
import subprocess
import tempfile
import threading

from support import (DANALOCK, DANALOCK_1770, FIRMWARE, adapter_up, house, image, small_image, until)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # the name that http.server wants
        server = self.server
        body = server.files.get(self.path.rsplit("/", 1)[1])
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"' if body is not None else ""
        status = 404 if body is None else 304 if self.headers.get("If-None-Match") == tag else 200
        server.asked.append((self.path, status))
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body) if status == 200 else 0))
        self.end_headers()
        if status == 200:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def server():
    """Files under https://localhost:PORT/; its certificate is its own authority."""
    with tempfile.TemporaryDirectory() as name:
        cert, key = pathlib.Path(name, "cert.pem"), pathlib.Path(name, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
                        "-out", cert], check=True, capture_output=True)
        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        web.socket = context.wrap_socket(web.socket, server_side=True)
        web.files, web.asked, web.ca = {}, [], str(cert)
        web.base = f"https://localhost:{web.server_address[1]}"
        threading.Thread(target=web.serve_forever, daemon=True).start()
        try:
            yield web
        finally:
            web.shutdown()
            web.server_close()


def firmware(web, **more):
    return {"indexes": [f"{web.base}/index.json"], "ca_file": web.ca, "any_address": True, **more}


def lock_of(service):
    return service.get("/api/v1/locks/front-door").json


def source_of(service):
    return service.get("/api/v1/firmware/sources").json["sources"][0]


def entry(web, data, version=0x02000000, name="a.ota", **more):
    return {"fileName": name, "fileVersion": version, "fileSize": len(data), "url": f"{web.base}/{name}",
            "imageType": 1, "manufacturerCode": 0x1234, "sha512": hashlib.sha512(data).hexdigest(), **more}


def test_danalock_is_offered_17_7_by_the_public_index_and_gets_it():
    text = (FIRMWARE / "index.json").read_text()
    data = image().read_bytes()
    with server() as web:
        web.files["index.json"] = re.sub(r"https://raw\.githubusercontent\.com", web.base, text).encode()
        web.files[DANALOCK_1770] = data
        with house(lock=DANALOCK, firmware=firmware(web)) as (service, simulator):
            adapter_up(service)
            until(lambda: source_of(service)["images"] == 897, what="the index")
            simulator.command("press 0")
            lock = until(lambda: (found := lock_of(service))["latest_version"] == "17.7.0.0" and found, what="the offer")
            assert lock["image"] is None and lock["release_summary"].startswith("17.7.0.0 from 115C"), lock
            assert service.get("/api/v1/firmware").json["firmware"] == []
            answer = service.post("/api/v1/jobs", {"lock": "front-door"})
            assert answer.status == 202, answer.body
            assert answer.json["image"] == hashlib.sha256(data).hexdigest()
            simulator.command("press 0")
            job = service.wait_job(answer.json["id"], lambda j: j["phase"] == "succeeded", 180)
            assert job["evidence"] == "verified_by_version", job
            assert simulator.lock()["received_sha256"] == hashlib.sha256(data).hexdigest()
            kept = service.get("/api/v1/firmware").json["firmware"]
            assert [(i["source"], i["name"]) for i in kept] == [("index", DANALOCK_1770)], kept


def test_the_older_danalock_generation_is_offered_nothing_of_it():
    text = (FIRMWARE / "index.json").read_text()
    with server() as web:
        web.files["index.json"] = text.encode()
        with house(lock=DANALOCK.replace("V3-BTZBE", "V3-BTZB"), firmware=firmware(web)) as (service, simulator):
            adapter_up(service)
            until(lambda: source_of(service)["images"] == 897, what="the index")
            simulator.command("press 0")
            lock = until(lambda: (found := lock_of(service))["model"] and found["not_offered"] and found, what="the model")
            reasons = {(i["version"], i["reason"]) for i in lock["not_offered"]}
            assert ("17.7.0.0", "model_unproven") in reasons, lock["not_offered"]
            answer = service.post("/api/v1/jobs", {"lock": "front-door"})
            assert answer.status == 422 and answer.json["code"] == "no_image", answer.body


def test_a_file_that_is_not_what_the_index_says_makes_no_job():
    data = small_image()
    with server() as web:
        web.files["index.json"] = json.dumps([entry(web, data)]).encode()
        web.files["a.ota"] = data[:-1] + bytes([data[-1] ^ 1])
        with house(firmware=firmware(web)) as (service, simulator):
            adapter_up(service)
            simulator.command("press 0")
            until(lambda: lock_of(service)["latest_version"] == "2.0.0.0", what="the offer")
            answer = service.post("/api/v1/jobs", {"lock": "front-door"})
            assert answer.status == 422 and answer.json["code"] == "firmware_digest", answer.body
            del web.files["a.ota"]
            answer = service.post("/api/v1/jobs", {"lock": "front-door"})
            assert answer.status == 404 and answer.json["code"] == "firmware_gone", answer.body
            assert service.get("/api/v1/firmware").json["firmware"] == []


def test_the_index_survives_a_restart_without_its_server():
    data = small_image()
    with server() as web:
        web.files["index.json"] = json.dumps([entry(web, data)]).encode()
        with house(firmware=firmware(web)) as (service, simulator):
            adapter_up(service)
            simulator.command("press 0")
            until(lambda: lock_of(service)["latest_version"] == "2.0.0.0", what="the offer")
            service.kill()
            del web.files["index.json"]
            service.start()
            until(lambda: (source_of(service)["error"] or {}).get("code") == "firmware_server", what="the failure")
            assert source_of(service)["images"] == 1
            assert lock_of(service)["latest_version"] == "2.0.0.0"
            web.files["index.json"] = json.dumps([entry(web, data, version=0x03000000)]).encode()
            assert service.post("/api/v1/firmware/sources/refresh", {}).status == 202
            until(lambda: lock_of(service)["latest_version"] == "3.0.0.0", what="the new offer")
            web.asked.clear()
            service.post("/api/v1/firmware/sources/refresh", {})
            until(lambda: ("/index.json", 304) in web.asked, what="an answer by tag")


def test_a_server_that_cannot_prove_itself_is_not_believed():
    with server() as web, server() as other:
        web.files["index.json"] = b"[]"
        with house(firmware={**firmware(web), "ca_file": other.ca}) as (service, _):
            source = until(lambda: (found := source_of(service))["error"] and found, what="the refusal")
            assert source["error"]["code"] == "tls_failed" and source["images"] == 0, source
            assert web.asked == []


def test_own_network_is_not_asked_unless_allowed():
    with server() as web:
        web.files["index.json"] = b"[]"
        with house(firmware={**firmware(web), "any_address": False}) as (service, _):
            source = until(lambda: (found := source_of(service))["error"] and found, what="the refusal")
            assert source["error"]["code"] == "address_not_allowed", source
            assert web.asked == []


def test_a_single_file_is_there_at_the_start_and_a_wrong_one_never_gets_in():
    data, digest = small_image(), hashlib.sha256(small_image()).hexdigest()
    with server() as web:
        web.files["good.ota"], web.files["bad.ota"] = data, small_image(version=0x03000000)
        urls = [{"url": f"{web.base}/good.ota", "sha256": digest}, {"url": f"{web.base}/bad.ota", "sha512": "0" * 128}]
        with house(firmware={"urls": urls, "ca_file": web.ca, "any_address": True}) as (service, simulator):
            sources = lambda: service.get("/api/v1/firmware/sources").json["sources"]
            good, bad = until(lambda: all(s["checked_at"] or s["error"] for s in sources()) and sources(), what="both files")
            assert (good["kind"], good["images"], good["error"]) == ("file", 1, None), good
            assert bad["images"] == 0 and bad["error"]["code"] == "firmware_digest" and "firmware.urls" in bad["error"]["advice"], bad
            assert [i["source"] for i in service.get("/api/v1/firmware").json["firmware"]] == ["url"]
            adapter_up(service)
            simulator.command("press 0")
            until(lambda: lock_of(service)["latest_version"] == "2.0.0.0", what="the offer")
            asked = len([path for path, _ in web.asked if path == "/good.ota"])
            service.post("/api/v1/firmware/sources/refresh")
            until(lambda: not any(s["refreshing"] for s in sources()), what="the refresh")
            assert len([path for path, _ in web.asked if path == "/good.ota"]) == asked == 1, "pinned and here"


def test_a_job_with_firmware_that_is_withdrawn_stops_and_says_why():
    with server() as web:
        web.files["withdrawn.txt"] = b"# nothing yet\n"
        with house(firmware={"retractions": [f"{web.base}/withdrawn.txt"], "ca_file": web.ca, "any_address": True}) as (service, simulator):
            adapter_up(service)
            number = service.upload(small_image())
            job = service.post("/api/v1/jobs", {"lock": "front-door", "image": number}).json["id"]
            service.wait_job(job, lambda j: j["phase"] == "waiting")
            web.files["withdrawn.txt"] = b"0x1234/0x0001/0x02000000 locks do not wake any more\n"
            service.post("/api/v1/firmware/sources/refresh")
            found = service.wait_job(job, lambda j: j["waiting_for"] == "user")
            assert found["error"]["code"] == "retracted" and "do not wake" in json.dumps(found), found
            simulator.command("press 0")  # it tells what it is
            refused = until(lambda: [i for i in lock_of(service)["not_offered"] if i["reason"] == "retracted"], what="the reason")
            assert [i["detail"] for i in refused] == ["locks do not wake any more"], refused
            assert service.get(f"/api/v1/firmware/{number}").json["retracted"] == "locks do not wake any more"
