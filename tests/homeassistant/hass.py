"""A real Home Assistant in its own root folder, driven as its frontend drives it: REST and WebSocket."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
import support  # noqa: E402  (its folder had to be named first)
from support import Answer, Process, WebSocket, until  # noqa: E402

CONFIGURATION = """
homeassistant:
  name: Test
  time_zone: UTC
  country: DE
http:
  server_host: 127.0.0.1
  server_port: {port}
frontend:
config:
diagnostics:
system_health:
repairs:
history:
logger:
  default: warning
  logs:
    custom_components.lockwright: debug
{more}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class HomeAssistant(Process):
    """hass in a root folder that has it in /ha, with a configuration folder of its own."""

    def __init__(self, root, folder, more="", helpers=None):
        self.root = pathlib.Path(root)
        self.folder = folder
        self.config = self.root / folder.name
        self.port = free_port()
        self.config.mkdir()
        (self.config / "configuration.yaml").write_text(CONFIGURATION.format(port=self.port, more=more))
        for source in filter(None, (support.ROOT / "custom_components", helpers)):
            shutil.copytree(source, self.config / "custom_components", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        self.token = None
        self.start()

    def start(self):
        super().__init__(["chroot", self.root, "/usr/bin/env", "HOME=/tmp", "PYTHONDONTWRITEBYTECODE=1", "/ha/bin/hass", "-c",
                          f"/{self.config.name}", "--skip-pip"], self.folder / "home-assistant.log", cwd="/")
        until(self.answers, 120, "Home Assistant to answer")
        if not self.token:
            self.sign_in()
        until(lambda: self.get("/api/config").json["state"] == "RUNNING", 120, "Home Assistant to run")

    def answers(self):
        assert self.popen.poll() is None, f"Home Assistant ended: {self.text()[-3000:]}"
        try:
            return self.get("/api/config" if self.token else "/api/onboarding").status == 200
        except OSError:
            return False

    def stop(self):
        return self.kill(signal.SIGTERM)

    def remove(self):
        shutil.rmtree(self.config, ignore_errors=True)

    # ---- REST --------------------------------------------------------------------------------------------

    def request(self, method, path, body=None, form=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if form is not None:
            body, headers["Content-Type"] = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        elif body is not None:
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body=None, status=200):
        answer = self.request("POST", path, body if body is not None else {})
        assert answer.status == status, f"{path}: {answer.status} {answer.body[:2000]}"
        return answer.json

    def sign_in(self):
        """The onboarding of a new Home Assistant: its first user."""
        client = f"http://127.0.0.1:{self.port}/"
        code = self.post("/api/onboarding/users", {"client_id": client, "name": "Owner", "username": "owner",
                                                   "password": "a-test-password", "language": "en"})["auth_code"]
        tokens = self.request("POST", "/auth/token",
                              form={"client_id": client, "grant_type": "authorization_code", "code": code}).json
        self.token, self.refresh = tokens["access_token"], tokens["refresh_token"]
        for step in ("core_config", "analytics"):
            self.request("POST", f"/api/onboarding/{step}", {})
        self.request("POST", "/api/onboarding/integration", {"client_id": client, "redirect_uri": client})

    # ---- WebSocket -----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def socket(self):
        """A signed-in connection of its own: Home Assistant hangs up on idle ones that do not answer its pings."""
        socket = WebSocket(self.port, "/api/websocket")
        socket.socket.settimeout(60)
        try:
            assert socket.receive()["type"] == "auth_required"
            socket.send({"type": "auth", "access_token": self.token})
            assert socket.receive()["type"] == "auth_ok"
            yield socket
        finally:
            socket.close()

    def command(self, kind, fails=False, **more):
        """A WebSocket command; its result, or its error when it is to fail."""
        with self.socket() as socket:
            socket.send({"id": 1, "type": kind, **more})
            while True:
                message = socket.receive()
                assert not isinstance(message, tuple), f"closed: {message}"
                if message["type"] == "result":
                    assert message["success"] is not fails, message
                    return message["error"] if fails else message["result"]

    def system_health(self, domain):
        with self.socket() as socket:
            socket.send({"id": 1, "type": "system_health/info"})
            info = {}
            while True:
                event = socket.receive().get("event") or {}
                if event.get("type") == "initial":
                    info = event["data"][domain]["info"]
                elif event.get("domain") == domain:
                    info[event["key"]] = event.get("data", event.get("error"))
                elif event.get("type") == "finish":
                    return info

    def call(self, domain, service, target=None, fails=False, response=False, **data):
        """An action; its response when asked for, its error when it is to fail."""
        more = {"target": {"entity_id": target}} if target else {}
        result = self.command("call_service", fails=fails, domain=domain, service=service, service_data=data,
                              return_response=response, **more)
        return result if fails else result.get("response")

    # ---- what one sees ---------------------------------------------------------------------------------------

    def state(self, entity):
        answer = self.get(f"/api/states/{entity}")
        return answer.json if answer.status == 200 else None

    def entities(self, platform):
        return {entity["entity_id"]: entity for entity in self.command("config/entity_registry/list") if entity["platform"] == platform}

    def wait_state(self, entity, condition, limit=60, what=None):
        """The state, once the condition holds (a text: that state)."""
        wanted = condition if callable(condition) else lambda state: state["state"] == condition

        def look():
            state = self.state(entity)
            return state if state and wanted(state) else None
        try:
            return until(look, limit, what or f"{entity} to be {condition}", step=0.05)
        except support.Timeout as late:
            raise support.Timeout(f"{late}: it is {json.dumps(self.state(entity), indent=1)}") from None

    def issues(self, domain):
        return [issue for issue in self.command("repairs/list_issues")["issues"] if issue["domain"] == domain]

    def wait_issue(self, domain, key, limit=60):
        return until(lambda: next((i for i in self.issues(domain) if i["translation_key"] == key), None), limit, f"the issue {key}", step=0.1)

    def entry(self, entry_id):
        return next(e for e in self.command("config_entries/get") if e["entry_id"] == entry_id)

    def wait_entry(self, entry_id, state, limit=60):
        return until(lambda: self.entry(entry_id)["state"] == state, limit, f"the entry to be {state}", step=0.1)

    def flows(self):
        return self.command("config_entries/flow/progress")

    def flow(self, flow_id, data):
        return self.post(f"/api/config/config_entries/flow/{flow_id}", data)

    def complaints(self, word):
        """What Home Assistant logged as a warning or worse about something."""
        return [line for line in self.text().splitlines()
                if (" ERROR " in line or " WARNING " in line) and word in line and "Could not find config entry" not in line]

