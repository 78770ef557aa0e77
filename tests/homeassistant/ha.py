"""A real Home Assistant in its own root, set up the way a person does it: onboarding, then the MQTT integration's own form."""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import sys
import tempfile
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
import support  # noqa: E402  (its folder had to be named first)
from broker import free_port  # noqa: E402
from support import Process, until  # noqa: E402

ROOT = None  # run.py sets it
PAGE = (support.ROOT / "docs" / "home-assistant.md").read_text()


def yaml_blocks():
    """The YAML of docs/home-assistant.md as it stands there."""
    return re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.S | re.M)


def defaults(form):
    """What a person leaves as it is in a form."""
    return {field["name"]: defaults(field["schema"]) if field.get("type") == "expandable" else field["default"]
            for field in form if field.get("type") == "expandable" or "default" in field}


def words(action, data, entity):
    domain, service = action.split(".")
    return {"domain": domain, "service": service, "service_data": data or {}, "target": {"entity_id": entity} if entity else {}}


class Socket(support.WebSocket):
    """Home Assistant's WebSocket API."""

    def __init__(self, port, token):
        super().__init__(port, "/api/websocket")
        self.number, self.events = 0, []
        assert self.receive()["type"] == "auth_required"
        self.send({"type": "auth", "access_token": token})
        assert self.receive()["type"] == "auth_ok"

    def receive(self):
        """As the base class, but answers pings: Home Assistant hangs up otherwise."""
        while True:
            first, size = self.take(2)
            size &= 0x7F
            if size == 126:
                size = struct.unpack(">H", self.take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.take(8))[0]
            data = self.take(size)
            if first & 0x0F == 9:
                self.socket.sendall(bytes([0x8A, 0x80 | len(data)]) + bytes(4) + data)
            elif first & 0x0F == 8:
                raise ConnectionError("Home Assistant hung up")
            else:
                return json.loads(data)

    def ask(self, kind, **more):
        """Sends a command; returns its whole result. Events that come meanwhile are kept."""
        self.number += 1
        self.send({"id": self.number, "type": kind, **more})
        while True:
            message = self.receive()
            if message["type"] == "result" and message["id"] == self.number:
                return message
            self.events.append(message)

    def get(self, kind, **more):
        answer = self.ask(kind, **more)
        assert answer["success"], answer
        return answer["result"]

    def call(self, action, data=None, entity=None):
        return self.ask("call_service", **words(action, data, entity))

    def start(self, action, data=None, entity=None):
        """The same, but does not wait for its end, which for an automation may be far."""
        self.number += 1
        self.send({"id": self.number, "type": "call_service", **words(action, data, entity)})


class HomeAssistant(Process):
    def __init__(self, folder, packages=None, secrets=None):
        self.folder, self.port = folder, free_port()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="ha-", dir=ROOT / "tmp"))
        (self.home / "packages").mkdir()
        for name, text in (packages or {}).items():
            (self.home / "packages" / f"{name}.yaml").write_text(text)
        (self.home / "secrets.yaml").write_text(secrets or "")
        (self.home / "configuration.yaml").write_text(
            "homeassistant:\n  name: Test\n  time_zone: Europe/Berlin\n  packages: !include_dir_named packages\n"
            f"http:\n  server_host: 127.0.0.1\n  server_port: {self.port}\n"
            "frontend:\nconfig:\nhistory:\nlogbook:\n")
        self.token = None
        self.start()

    def start(self):
        inside = "/" + str(self.home.relative_to(ROOT))
        super().__init__(["chroot", ROOT, *self.prefix(inside), "/ha/bin/hass", "-c", inside, "--skip-pip"], self.folder / "ha.log",
                         env={**{k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}, "HOME": inside, "LANG": "C.UTF-8"})
        until(self.answers, 120, "Home Assistant to start", 0.2)

    def prefix(self, inside):
        """What hass is run by, when not by itself."""
        return []

    def answers(self):
        assert self.popen.poll() is None, f"Home Assistant ended: {self.text()[-4000:]}"
        try:
            if self.token:
                return self.request("GET", "/api/config")["state"] == "RUNNING"
            return self.request("GET", "/api/onboarding")
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def stop(self):
        return self.kill(signal.SIGTERM)

    def remove(self):
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def request(self, method, path, body=None, form=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else urllib.parse.urlencode(body) if form else json.dumps(body)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.status < 300, (method, path, answer.status, text)
        return json.loads(text) if text else None

    def onboard(self):
        client = f"http://127.0.0.1:{self.port}/"
        code = self.request("POST", "/api/onboarding/users", {"name": "Tester", "username": "tester", "password": "tester",
                                                              "client_id": client, "language": "en"})["auth_code"]
        answer = self.request("POST", "/auth/token", {"grant_type": "authorization_code", "code": code, "client_id": client}, form=True)
        self.token = answer["access_token"]
        self.tokens = {**answer, "hassUrl": client[:-1], "clientId": client}
        for step in ("core_config", "analytics"):
            self.request("POST", f"/api/onboarding/{step}", {})
        self.request("POST", "/api/onboarding/integration", {"client_id": client, "redirect_uri": client})
        self.long_lived()
        self.socket().get("http/config/promote")  # else it goes back to its usual port after five minutes

    def long_lived(self):
        """An access token for the rest of the run: the other one ends after half an hour."""
        self.token = self.socket().get("auth/long_lived_access_token", client_name="tests", lifespan=1)

    def add_mqtt(self, port):
        flow = self.request("POST", "/api/config/config_entries/flow", {"handler": "mqtt", "show_advanced_options": False})
        assert flow["step_id"] == "broker", flow
        filled = {**defaults(flow["data_schema"]), "broker": "127.0.0.1", "port": port}
        filled["other_settings"].update({"set_ca_cert": "off", "set_client_cert": False})  # what the form shows there
        answer = self.request("POST", f"/api/config/config_entries/flow/{flow['flow_id']}", filled)
        assert answer["type"] == "create_entry", answer
        return answer["result"]["entry_id"]

    def socket(self):
        return Socket(self.port, self.token)

    def state(self, entity):
        """The state object; an empty one when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", f"/api/states/{entity}", headers={"Authorization": f"Bearer {self.token}"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return json.loads(text) if answer.status == 200 else {"state": None, "attributes": {}}

    def value(self, entity):
        return self.state(entity)["state"]

    def attributes(self, entity):
        return self.state(entity)["attributes"]
