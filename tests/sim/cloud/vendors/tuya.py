"""Tuya Cloud OpenAPI: HMAC over everything, HTTP 200 for nearly everything, firmware by channel."""
import re

from .. import signatures
from ..message import Answer
from ..tokens import Tokens
from ..world import AVAILABLE, DOWNLOADING, FAILED, IDLE, INSTALLING, RUNNING, SUCCEEDED, TIMED_OUT, WAITING
from . import Refused, Vendor, key, page

# 5: a sleeping lock that has to be woken; the vendor's page for clouds does not list it, the one for apps does.
STATUS = {IDLE: 0, AVAILABLE: 1, DOWNLOADING: 2, INSTALLING: 2, WAITING: 5, SUCCEEDED: 3, FAILED: 4, TIMED_OUT: 7}
THING = re.compile(r"/v2\.0/cloud/thing/([^/]+)(?:/(.+))?")
IOT03 = re.compile(r"/v1\.0/iot-03/devices/([^/]+)/(.+)")


class Tuya(Vendor):
    name = "tuya"

    def __init__(self, world):
        super().__init__(world)
        self.account = {"access_id": key(20), "access_secret": key(32)}
        self.tokens = Tokens(7200)
        self.quota = None      # calls that are left; None: no limit
        self.sent = 0          # answers, for the trace ids

    def owns(self, request):
        return request.path.startswith(("/v1.0/", "/v2.0/"))

    def operation(self, request):
        path = request.path
        if path.startswith("/v1.0/token"):
            return ("token" if path == "/v1.0/token" else "refresh"), ""
        if path in ("/v1.0/iot-01/associated-users/devices", "/v2.0/cloud/thing/device", "/v2.0/cloud/thing/batch"):
            return "list", ""
        thing, iot = THING.fullmatch(path), IOT03.fullmatch(path)
        if thing:
            return self._thing_operation(request.method, thing[2] or ""), thing[1]
        if iot:
            return {"status": "points", "commands": "command"}.get(iot[2], "legacy"), iot[1]
        return "unknown", ""

    @staticmethod
    def _thing_operation(method, rest):
        if rest == "firmware":
            return "check"
        if re.fullmatch(r"firmware/\d+", rest):
            return "trigger" if method == "POST" else "unknown"
        if re.fullmatch(r"firmware/\d+/progress", rest):
            return "progress"
        return {"": "status", "state": "state", "shadow/properties": "points"}.get(rest, "unknown")

    def answer(self, request, note):
        op, device = self.operation(request)
        note.device = device
        note.signed = self._signed(request, op in ("token", "refresh"))
        if note.signed != "good":
            raise Refused({"time": 1013, "client": 1005}.get(note.signed, 1004), f"sign invalid: {note.signed}")
        if op not in ("token", "refresh"):
            self._token(request)
        if self.quota is not None:
            if self.quota <= 0:
                raise Refused(28841004, "the trial edition's quota is used up")
            self.quota -= 1
        return self.success(getattr(self, f"_do_{op}")(request, self._device(device, op), note))

    def success(self, result):
        return Answer({"success": True, "result": result, **self._trace()})

    def envelope(self, code, text):
        return Answer({"success": False, "code": code, "msg": text, **self._trace()})

    def _trace(self):
        self.sent += 1
        return {"t": self.world.clock.unix_ms(), "tid": f"{self.sent:032x}"}

    def _signed(self, request, token_call):
        if request.header("client_id") != self.account["access_id"]:
            return "client"
        if request.header("sign_method") != "HMAC-SHA256":
            return "method"
        if len(request.header("t")) != 13 or not self.in_window(request.header("t")):
            return "time"
        names = [name for name in request.header("Signature-Headers").split(":") if name]
        expected = signatures.tuya(
            self.account["access_secret"], self.account["access_id"], request.header("t"), request.method,
            signatures.sorted_target(request.path, request.query), request.body, "" if token_call else request.header("access_token"),
            request.header("nonce"), [(name, request.header(name)) for name in names])
        if not signatures.same(request.header("sign"), expected):
            return "sign"
        return "good" if not request.header("nonce") or self.fresh(request.header("nonce")) else "replay"

    def _token(self, request):
        judged = self.tokens.judge(request.header("access_token"))
        if judged != "good":
            raise Refused(1010 if judged == "expired" else 1011, "token invalid")

    def _device(self, number, op):
        if not number:
            return None
        device = self.world.find(self.name, number)
        if not device:
            raise Refused(2010, "device is not exist")
        if not device.online and op == "trigger":
            raise Refused(2001, "device is offline")
        return device

    def _pair(self, pair):
        access, refresh = pair
        return {"access_token": access, "refresh_token": refresh, "expire_time": int(self.tokens.life_s), "uid": "bay0000000000000000X"}

    def _do_token(self, request, _device, _note):
        if dict(request.query).get("grant_type") != "1":
            raise Refused(1100, "param is empty: grant_type")
        return self._pair(self.tokens.issue())

    def _do_refresh(self, request, _device, _note):
        pair = self.tokens.renew(request.path.rsplit("/", 1)[1])
        if not pair:
            raise Refused(1012, "refresh token invalid")
        return self._pair(pair)

    def _describe(self, device):
        return {"id": device.id, "name": device.name, "category": device.kind, "product_id": device.model, "online": device.online,
                "is_online": device.online, "ip": "198.51.100.7", "lat": "48.1", "lon": "11.5", **device.secrets}

    def _do_list(self, request, _device, _note):
        asked = dict(request.query)
        if request.path.endswith("/batch"):
            wanted = asked.get("device_ids", "").split(",")
            return [self._describe(d) for d in self.world.of(self.name) if d.id in wanted]
        start, size = asked.get("last_row_key") or "0", asked.get("size") or asked.get("page_size") or "20"
        if not start.isdigit() or not size.isdigit() or not 0 < int(size) <= 100:
            raise Refused(1109, "param is illegal")
        found, after = page(self.world.of(self.name), int(size), int(start))
        devices = [self._describe(d) for d in found]
        if request.path.endswith("/device"):
            return devices
        return {"devices": devices, "has_more": after is not None, "last_row_key": str(after or ""), "total": len(self.world.of(self.name))}

    def _do_status(self, _request, device, _note):
        return self._describe(device)

    def _do_state(self, _request, device, _note):
        return {"is_online": device.online}

    def _do_points(self, _request, device, _note):
        return [{"code": "residual_electricity", "value": device.battery}, {"code": "lock_motor_state", "value": not device.locked},
                {"code": "battery_state", "value": "low" if device.battery < 20 else "high"}, {"code": "closed_opened", "value": "closed"}]

    def _do_check(self, _request, device, _note):
        found = [self._firmware(device, component) for component in device.components]
        return found[0] if device.form.get("firmware") == "object" else found

    @staticmethod
    def _firmware(device, component):
        state = component.told_state()
        return {
            device.form.get("channel_key", "type"): int(component.id), "type_desc": component.label,
            "current_version": component.told(), "version": component.offered or component.told(), "upgrade_status": STATUS[state],
            "can_upgrade": component.allowed, "remind": component.why, "timeout": component.timeout_s, "upgrade_type": 0,
            "desc": component.notes, "waiting_desc": "Touch the keypad to wake the lock." if state == WAITING else "",
            "url": f"https://images.example/fw?sig={device.secrets.get('image_signature', '')}", "md5": "0" * 32, "file_size": 1048576}

    def _channel(self, request, device):
        channel = THING.fullmatch(request.path)[2].split("/")[1]
        component = device.component(channel)
        if not component:
            raise Refused(1109, "no such channel")
        return component

    def _do_trigger(self, request, device, note):
        component = self._channel(request, device)
        if component.state in RUNNING:
            raise Refused(1113, "the same operation is repeated")
        if not component.offered or not component.allowed:
            raise Refused(2008, "upgrade is not possible")
        self.world.trigger(device, component)
        note.effect = True
        return True

    def _do_progress(self, request, device, _note):
        component = self._channel(request, device)
        return {"upgrade_status": STATUS[component.told_state()], "progress": component.percent}

    def _do_command(self, _request, _device, note):
        self.world.lock_commands += 1
        note.effect = True
        return True

    def _do_legacy(self, _request, _device, _note):
        raise Refused(28841105, "no permissions: this project is not authorized to call this API")

    def _do_unknown(self, _request, _device, _note):
        raise Refused(1108, "uri path invalid")
