"""SwitchBot v1.1: HMAC over token, time and nonce; a daily quota that shows as "Unauthorized"."""
import re

from .. import signatures
from ..message import Answer
from . import Refused, Vendor, key

DEVICE = re.compile(r"/v1\.1/devices/([^/]+)/(status|commands)")


class SwitchBot(Vendor):
    name = "switchbot"

    def __init__(self, world):
        super().__init__(world)
        self.account = {"token": key(96), "secret": key(32)}
        self.quota = 10000

    def owns(self, request):
        return request.path.startswith("/v1.1/")

    def operation(self, request):
        found = DEVICE.fullmatch(request.path)
        if found:
            return ("status" if found[2] == "status" else "command"), found[1]
        return ("list" if request.path == "/v1.1/devices" else "unknown"), ""

    def answer(self, request, note):
        op, note.device = self.operation(request)
        note.signed = self._signed(request)
        if note.signed == "good" and self.quota <= 0:
            note.code = "quota"
        if note.signed != "good" or self.quota <= 0:
            return Answer({"message": "Unauthorized"}, 401)
        self.quota -= 1
        return Answer({"statusCode": 100, "message": "success", "body": getattr(self, f"_do_{op}")(request, note)})

    def envelope(self, code, text):
        return Answer({"statusCode": code, "message": text, "body": {}})

    def _signed(self, request):
        time_ms, nonce = request.header("t"), request.header("nonce")
        if request.header("Authorization") != self.account["token"]:
            return "token"
        if not self.in_window(time_ms):
            return "time"
        if not signatures.same(request.header("sign"), signatures.switchbot(self.account["secret"], self.account["token"], time_ms, nonce)):
            return "sign"
        return "good" if nonce and self.fresh(nonce) else "replay"

    def _do_list(self, _request, _note):
        return {"deviceList": [{"deviceId": d.id, "deviceName": d.name, "deviceType": "Smart Lock Pro", "enableCloudService": True,
                                "hubDeviceId": d.parent or "000000000000"} for d in self.world.of(self.name)], "infraredRemoteList": []}

    def _do_status(self, _request, note):
        device = self.world.find(self.name, note.device)
        if not device:
            raise Refused(152, "device not found")
        if not device.online:
            raise Refused(171 if device.form.get("hub_offline") else 161, "device offline")
        return {"deviceId": device.id, "deviceType": "Smart Lock Pro", "version": "V" + device.component().told(), "battery": device.battery,
                "lockState": "locked" if device.locked else "unlocked", "doorState": "closed", "calibrate": True}

    def _do_command(self, _request, note):
        self.world.lock_commands += 1
        note.effect = True
        return {}

    def _do_unknown(self, _request, _note):
        raise Refused(190, "wrong path")
