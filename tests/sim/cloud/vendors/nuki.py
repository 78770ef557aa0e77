"""Nuki Web: a bearer that never expires, real HTTP statuses, versions packed into an integer, signed webhooks."""
import re

from .. import signatures
from ..message import Answer
from . import Refused, Vendor, key

LOCK = re.compile(r"/smartlock/(\d+)(/action.*)?")


class Nuki(Vendor):
    name = "nuki"

    def __init__(self, world):
        super().__init__(world)
        self.account = {"api_token": key(80), "webhook_secret": key(40)}
        self.hooks = []          # registered by PUT: {"id", "url", "features"}

    def owns(self, request):
        return request.path.startswith(("/smartlock", "/api/decentralWebhook"))

    def operation(self, request):
        lock = LOCK.fullmatch(request.path)
        if lock:
            return ("command" if lock[2] else "status"), lock[1]
        if request.path == "/smartlock":
            return "list", ""
        return ("hook" if request.path.startswith("/api/decentralWebhook") else "unknown"), ""

    def answer(self, request, note):
        op, note.device = self.operation(request)
        note.signed = "good" if signatures.same(request.bearer(), self.account["api_token"]) else "token"
        if note.signed != "good":
            raise Refused(401, "Your access token is not authorized")
        return getattr(self, f"_do_{op}")(request, self._device(note.device), note)

    def envelope(self, code, text):
        return Answer({"detailMessage": text, "stackTrace": [], "suppressedExceptions": []}, code)

    def _device(self, number):
        if not number:
            return None
        device = self.world.find(self.name, number)
        if not device:
            raise Refused(404, "Not found")
        return device

    @staticmethod
    def _describe(device):
        return {"smartlockId": int(device.id), "accountId": 1, "type": 4, "name": device.name, "hardwareVersion": 1281,
                "firmwareVersion": signatures.packed24(device.component().told()), "serverState": 0 if device.online else 4,
                "state": {"mode": 2, "state": 1 if device.locked else 3, "batteryCritical": device.battery < 20,
                          "batteryCharge": device.battery, "batteryCharging": False}, "config": {"keypadPaired": False}}

    def _do_list(self, _request, _device, _note):
        return Answer([self._describe(d) for d in self.world.of(self.name)])

    def _do_status(self, _request, device, _note):
        return Answer(self._describe(device))

    def _do_command(self, _request, _device, note):
        self.world.lock_commands += 1
        note.effect = True
        return Answer(None, 204)

    def _do_hook(self, request, _device, _note):
        if request.method == "PUT":
            told = request.json()
            self.hooks.append({"id": len(self.hooks) + 1, "secret": self.account["webhook_secret"], "webhookUrl": told.get("webhookUrl"),
                               "webhookFeatures": told.get("webhookFeatures")})
            return Answer(self.hooks[-1])
        return Answer([{k: v for k, v in hook.items() if k != "secret"} for hook in self.hooks])

    def _do_unknown(self, _request, _device, _note):
        raise Refused(404, "Not found")
