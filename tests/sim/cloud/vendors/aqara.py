"""Aqara Open API v3: one path, an intent in the body, MD5 over the headers, refusals inside an answer of code 0."""
from .. import signatures
from ..message import Answer
from ..tokens import Tokens
from ..world import FAILED, RUNNING, SUCCEEDED
from . import Refused, Vendor, key, page

OPERATIONS = {"query.device.info": "list", "query.resource.value": "points", "query.ota.firmware": "check", "write.ota.upgrade": "trigger",
              "query.ota.upgrade": "progress", "config.auth.getAuthCode": "code", "config.auth.getToken": "token",
              "config.auth.refreshToken": "refresh", "write.resource.device": "command"}
WITHOUT_TOKEN = ("code", "token", "refresh")
BATCH = 100


class Aqara(Vendor):
    name = "aqara"

    def __init__(self, world):
        super().__init__(world)
        self.tokens = Tokens(7 * 86400, 37 * 86400)
        access, refresh = self.tokens.issue()
        self.account = {"app_id": key(24), "app_key": key(32), "key_id": f"K.{key(20)}", "access_token": access, "refresh_token": refresh}
        self.keyid = "as_sent"   # or "strip_k": the printed example's form
        self.code = "482915"

    def owns(self, request):
        return request.path == "/v3.0/open/api"

    def operation(self, request):
        body = request.json()
        data = body.get("data") or {}
        dids = data.get("dids") or []
        op = OPERATIONS.get(body.get("intent"), "unknown")
        return ("status" if op == "list" and dids else op), dids[0] if len(dids) == 1 else ""

    def answer(self, request, note):
        op, note.device = self.operation(request)
        note.signed = self._signed(request)
        if note.signed != "good":
            raise Refused(105 if note.signed == "time" else 106, f"illegal sign: {note.signed}")
        if op not in WITHOUT_TOKEN:
            self._token(request)
        data = request.json().get("data") or {}
        if len(data.get("dids") or []) > BATCH:
            raise Refused(302, "too many devices")
        return self.success(getattr(self, f"_do_{op}")(data, note))

    def success(self, result):
        return Answer({"code": 0, "message": "Success", "msgDetails": None, "requestId": key(24), "result": result})

    def envelope(self, code, text):
        return Answer({"code": code, "message": text, "msgDetails": None, "requestId": key(24), "result": ""})

    def _signed(self, request):
        told = {name: request.header(name) for name in ("Appid", "Keyid", "Nonce", "Time", "Accesstoken")}
        if (told["Appid"], told["Keyid"]) != (self.account["app_id"], self.account["key_id"]) or not told["Nonce"]:
            return "client"
        if not self.in_window(told["Time"]):
            return "time"
        signed_id = told["Keyid"]
        if self.keyid == "strip_k" and signed_id.lower().startswith("k."):
            signed_id = signed_id[2:]
        expected = signatures.aqara(self.account["app_key"], told["Appid"], signed_id, told["Nonce"], told["Time"], told["Accesstoken"])
        if not signatures.same(request.header("Sign"), expected):
            return "sign"
        return "good" if self.fresh(told["Nonce"]) else "replay"

    def _token(self, request):
        if self.tokens.judge(request.header("Accesstoken")) != "good":
            raise Refused(108, "token is expired")

    def _pair(self, pair):
        access, refresh = pair
        return {"accessToken": access, "refreshToken": refresh, "expiresIn": str(int(self.tokens.life_s)), "openId": key(24)}

    def _do_code(self, data, _note):
        if not data.get("account"):
            raise Refused(302, "account is missing")
        return {}

    def _do_token(self, data, _note):
        if data.get("authCode") != self.code:
            raise Refused(2007, "authCode is wrong")
        return self._pair(self.tokens.issue())

    def _do_refresh(self, data, _note):
        pair = self.tokens.renew(data.get("refreshToken") or "")
        if not pair:
            raise Refused(2006, "refreshToken is not usable")
        return self._pair(pair)

    @staticmethod
    def _describe(device):
        return {"did": device.id, "parentDid": device.parent, "deviceName": device.name, "model": device.model, "modelType": 3,
                "state": int(device.online), "firmwareVersion": device.component().told(), "timeZone": "GMT+01:00"}

    def _do_list(self, data, _note):
        size, number = int(data.get("pageSize") or 30), int(data.get("pageNum") or 1)
        found = self.world.of(self.name)
        return {"data": [self._describe(d) for d in page(found, size, (number - 1) * size)[0]], "totalCount": len(found)}

    def _do_status(self, data, _note):
        found = [self._find(did) for did in data["dids"]]
        return {"data": [self._describe(d) for d in found], "totalCount": len(found)}

    def _find(self, did):
        device = self.world.find(self.name, did)
        if not device:
            raise Refused(601, "device does not exist")
        return device

    def _do_points(self, data, _note):
        return [{"subjectId": d.id, "resourceId": "8.0.2001", "value": str(d.battery)} for d in map(self._find, data.get("dids") or [])]

    def _do_check(self, data, _note):
        """All firmware of a model, in no order, with entries that are not released."""
        same = [d for d in self.world.of(self.name) if d.model == data.get("model")]
        if not same:
            raise Refused(302, "unknown model")
        component = same[0].component()
        newest = component.offered or component.told()
        released = [{"firmwareVersion": newest, "releaseTime": "1790000000000", "state": 2, "updateLog": component.notes},
                    {"firmwareVersion": "0.9.0", "releaseTime": "1500000000000", "state": 2, "updateLog": "First."},
                    {"firmwareVersion": "99.0.0", "releaseTime": "1799000000000", "state": 1, "updateLog": "Not released."}]
        return [{"fileSize": 1048576, "necessary": False, **entry} for entry in released[1:] + released[:1]]

    def _do_trigger(self, data, note):
        refused = []
        for device in map(self._find, data.get("dids") or []):
            code = self._start(device, note)
            if code:
                refused.append({"did": device.id, "code": code, "message": "refused", "deviceName": device.name})
        return refused

    def _start(self, device, note):
        component = device.component()
        if not device.online:
            return 602
        if device.form.get("gateway_silent"):
            return 612
        if component.state in RUNNING or not component.offered:
            return 638
        self.world.trigger(device, component)
        note.effect = True
        return 0

    def _do_progress(self, data, _note):
        found = [(d, d.component()) for d in map(self._find, data.get("dids") or [])]
        return [{"did": d.id, "code": {SUCCEEDED: 0, FAILED: 1}.get(c.state, 100), "progress": c.percent} for d, c in found]

    def _do_command(self, _data, note):
        self.world.lock_commands += 1
        note.effect = True
        return None

    def _do_unknown(self, _data, _note):
        raise Refused(303, "unknown intent")
