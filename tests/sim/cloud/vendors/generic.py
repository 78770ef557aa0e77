"""The vendor that everybody would like to have: canonical signature, idempotency, versions by choice, distinct refusals."""
import re

from .. import signatures
from ..message import Answer
from ..world import AVAILABLE, DOWNLOADING, FAILED, IDLE, INSTALLING, RUNNING, SUCCEEDED, TIMED_OUT, WAITING
from . import Refused, Vendor, key, page

DEVICE = re.compile(r"/v1/devices/([^/]+)(?:/(.+))?")
OPERATION = re.compile(r"/v1/operations/([^/]+)")
COMPONENT_STATUS = {IDLE: "current", AVAILABLE: "available", WAITING: "running", DOWNLOADING: "running", INSTALLING: "running",
                    SUCCEEDED: "current", FAILED: "available", TIMED_OUT: "available"}
STATE = {IDLE: "unknown", AVAILABLE: "queued", WAITING: "queued", DOWNLOADING: "download", INSTALLING: "install", SUCCEEDED: "done",
         FAILED: "error", TIMED_OUT: "error"}
STATUS_OF = {"UNAUTHORIZED": 401, "NOT_FOUND": 404, "IDEMPOTENCY_MISMATCH": 422, "TOO_MANY": 429}


class Generic(Vendor):
    name = "generic"

    def __init__(self, world):
        super().__init__(world)
        self.account = {"key_id": key(16), "key_secret": key(48), "webhook_secret": key(40)}
        self.remembered = {}     # idempotency key -> (body, answer)

    def owns(self, request):
        return request.path.startswith("/v1/")

    def operation(self, request):
        device, operation = DEVICE.fullmatch(request.path), OPERATION.fullmatch(request.path)
        if request.path == "/v1/devices":
            return "list", ""
        if operation:
            return "progress", ""
        if device:
            return {None: "status", "firmware": "check", "firmware/upgrade": "trigger"}.get(device[2], "unknown"), device[1]
        return "unknown", ""

    def answer(self, request, note):
        op, note.device = self.operation(request)
        note.signed = self._signed(request)
        if note.signed != "good":
            raise Refused("UNAUTHORIZED", f"signature: {note.signed}")
        return getattr(self, f"_do_{op}")(request, note)

    def envelope(self, code, text):
        return Answer({"error": {"code": code, "message": text}, "request_id": key(12)}, STATUS_OF.get(code, 409))

    def _signed(self, request):
        seconds, nonce = request.header("X-Timestamp"), request.header("X-Nonce")
        if request.header("X-Key") != self.account["key_id"]:
            return "client"
        if not seconds.isdigit() or not self.in_window(int(seconds) * 1000):
            return "time"
        expected = signatures.generic(self.account["key_secret"], request.method, signatures.sorted_target(request.path, request.query),
                                      seconds, nonce, request.body)
        if not signatures.same(request.header("X-Signature"), expected):
            return "sign"
        return "good" if nonce and self.fresh(nonce) else "replay"

    def _find(self, number):
        device = self.world.find(self.name, number)
        if not device:
            raise Refused("NOT_FOUND", "no such device")
        return device

    def _do_list(self, request, _note):
        start = dict(request.query).get("cursor") or "0"
        found, after = page(self.world.of(self.name), 50, int(start) if start.isdigit() else 0)
        return Answer({"devices": [{"id": d.id, "name": d.name, "model": d.model, "online": d.online} for d in found],
                       "next": str(after) if after else None})

    def _do_status(self, _request, note):
        device = self._find(note.device)
        return Answer({"id": device.id, "online": device.online, "battery": device.battery, "locked": device.locked,
                       "firmware": {"installed": device.component().told()}})

    def _do_check(self, _request, note):
        return Answer({"components": [{"name": c.id, "installed": c.told(), "available": c.offered or None,
                                       "status": COMPONENT_STATUS[c.told_state()]} for c in self._find(note.device).components]})

    def _do_trigger(self, request, note):
        asked, seen = request.header("Idempotency-Key"), None
        if asked:
            seen = self.remembered.get(asked)
            if seen and seen[0] != request.body:
                raise Refused("IDEMPOTENCY_MISMATCH", "the same key with another body")
        if not seen:
            seen = (request.body, self._start(request.json(), note))
            if asked:
                self.remembered[asked] = seen
        return Answer(seen[1], 202)

    def _start(self, body, note):
        device = self._find(note.device)
        component = device.component(body.get("component"))
        if not component:
            raise Refused("NOT_FOUND", "no such component")
        if not device.online:
            raise Refused("DEVICE_OFFLINE", "the lock is offline")
        if component.state in RUNNING:
            raise Refused("ALREADY_UPDATING", "an update runs")
        if device.battery < 20 or not component.allowed:
            raise Refused("LOW_BATTERY", "the batteries are low")
        self.world.trigger(device, component, body.get("version"))
        note.effect = True
        return {"accepted": True, "operation_id": component.operation}

    def _do_progress(self, request, _note):
        wanted = OPERATION.fullmatch(request.path)[1]
        for device in self.world.of(self.name):
            for component in device.components:
                if component.operation == wanted:
                    return Answer({"percent": component.percent, "state": STATE[component.told_state()]})
        raise Refused("NOT_FOUND", "no such operation")

    def _do_unknown(self, _request, _note):
        raise Refused("NOT_FOUND", "no such path")
