"""A Home Assistant with our integration in it, as it would be published, and what its tests ask of it beside what ha.py can."""
import json
import os
import pathlib
import shutil
import subprocess

import ha
from ha import support, until

HERALD = pathlib.Path(__file__).with_name("herald")
MORE = """
diagnostics:
system_health:
repairs:
lockwright_herald:
logger:
  default: warning
  logs:
    custom_components.lockwright: debug
"""


class Hub(ha.HomeAssistant):
    def __init__(self, folder):
        super().__init__(folder, {"more": MORE})
        self.onboard()

    def start(self):
        if self.token is None:
            subprocess.run([support.ROOT / "scripts" / "publish-integration", "https://example.org/people/lockwright", "@people",
                            "--into", self.home], check=True)
            shutil.copytree(HERALD, self.home / "custom_components", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        super().start()

    def prefix(self, inside):
        """Counts the lines of the integration that are run."""
        (self.home / "coverage.rc").write_text(
            f"[run]\nbranch = true\nparallel = true\ndata_file = {inside}/.coverage\nsource = {inside}/custom_components/lockwright\n"
            "[report]\nshow_missing = true\nskip_covered = true\nexclude_also =\n    if TYPE_CHECKING:\n")
        return ["/ha/bin/coverage", "run", f"--rcfile={inside}/coverage.rc"]

    def coverage(self, least):
        """Prints which lines and branches no test has run; false when they are too many. Ends Home Assistant."""
        self.stop()
        inside = "/" + str(self.home.relative_to(ha.ROOT))

        def run(*words):
            done = subprocess.run(["chroot", ha.ROOT, "/ha/bin/coverage", words[0], f"--rcfile={inside}/coverage.rc", *words[1:]],
                                  env={**os.environ, "LC_ALL": "C.UTF-8"}, capture_output=True, text=True)
            return done.returncode, done.stdout + done.stderr
        run("combine")
        status, text = run("report", f"--fail-under={least}")
        print(text.replace(f"{inside}/custom_components/lockwright/", ""))
        return status == 0

    def post(self, path, body=None):
        return self.request("POST", path, body if body is not None else {})

    def command(self, kind, fails=False, **more):
        """A WebSocket command; its result, or its error when it is to fail."""
        socket = self.socket()
        try:
            answer = socket.ask(kind, **more)
        finally:
            socket.close()
        assert answer["success"] is not fails, answer
        return answer["error"] if fails else answer["result"]

    def call(self, domain, service, target=None, fails=False, response=False, **data):
        """An action; its response when asked for, its error when it is to fail."""
        more = {"target": {"entity_id": target}} if target else {}
        result = self.command("call_service", fails=fails, domain=domain, service=service, service_data=data,
                              return_response=response, **more)
        return result if fails else result.get("response")

    def entities(self):
        return {entity["entity_id"]: entity for entity in self.command("config/entity_registry/list") if entity["platform"] == "lockwright"}

    def devices(self, entry):
        return [device for device in self.command("config/device_registry/list") if entry in device["config_entries"]]

    def wait_state(self, entity, condition, limit=60):
        """The state, once the condition holds (a text: that state)."""
        wanted = condition if callable(condition) else lambda state: state["state"] == condition

        def look():
            state = self.state(entity)
            return state if state["state"] is not None and wanted(state) else None
        try:
            return until(look, limit, f"{entity} to be {condition}", step=0.05)
        except support.Timeout as late:
            raise support.Timeout(f"{late}: it is {json.dumps(self.state(entity), indent=1)}") from None

    def issues(self):
        return [issue for issue in self.command("repairs/list_issues")["issues"] if issue["domain"] == "lockwright"]

    def wait_issue(self, key, limit=60):
        return until(lambda: next((i for i in self.issues() if i["translation_key"] == key), None), limit, f"the issue {key}", step=0.1)

    def entry(self, entry_id):
        return next(e for e in self.command("config_entries/get") if e["entry_id"] == entry_id)

    def wait_entry(self, entry_id, state, limit=60):
        return until(lambda: self.entry(entry_id)["state"] == state, limit, f"the entry to be {state}", step=0.1)

    def flow_from(self, source, limit=30):
        """The flow that something else than a person has begun."""
        return until(lambda: next((f for f in self.command("config_entries/flow/progress") if f["context"]["source"] == source), None),
                     limit, f"a flow from {source}", step=0.1)

    def begin(self, **more):
        return self.post("/api/config/config_entries/flow", {"handler": "lockwright", **more})

    def flow(self, flow_id, data):
        return self.post(f"/api/config/config_entries/flow/{flow_id}", data)

    def entry_removed(self, entry):
        self.request("DELETE", f"/api/config/config_entries/entry/{entry}")

    def system_health(self):
        socket, info = self.socket(), {}
        socket.send({"id": 1, "type": "system_health/info"})
        try:
            while True:
                event = socket.receive().get("event") or {}
                if event.get("type") == "initial":
                    info = event["data"]["lockwright"]["info"]
                elif event.get("domain") == "lockwright":
                    info[event["key"]] = event.get("data", event.get("error"))
                elif event.get("type") == "finish":
                    return info
        finally:
            socket.close()

    def complaints(self):
        """What Home Assistant logged as a warning or worse about the integration."""
        return [line for line in self.text().splitlines()
                if (" ERROR " in line or " WARNING " in line) and "lockwright" in line
                and "has not been tested" not in line and "Could not find config entry" not in line]
