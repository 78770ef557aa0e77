"""TTLock: forms, a date in every call, errcode in HTTP 200, the door's own keys among the details, updates by phone only."""
import base64

from .. import signatures
from ..message import Answer
from ..tokens import Tokens
from . import Refused, Vendor, key, page

OPERATIONS = {"/v3/lock/list": "list", "/v3/lock/detail": "status", "/v3/lock/queryOpenState": "state", "/v3/lock/upgradeCheck": "check",
              "/v3/lock/upgradeRecheck": "check", "/v3/gateway/upgradeCheck": "gateway", "/v3/lock/lock": "command", "/v3/lock/unlock": "command"}
IMAGE = base64.b64encode(bytes(range(256)) * 900).decode()   # what a phone would flash: 300 KB that nobody here wants


class TTLock(Vendor):
    name = "ttlock"

    def __init__(self, world):
        super().__init__(world)
        self.tokens = Tokens(90 * 86400, 180 * 86400)
        self.account = {"client_id": key(32), "client_secret": key(32), "username": "home@lock.example", "password": key(24)}

    def canaries(self):
        return [*super().canaries(), signatures.ttlock_password(self.account["password"])]

    def owns(self, request):
        return request.path.startswith("/v3/") or request.path == "/oauth2/token"

    def operation(self, request):
        form = request.form()
        if request.path == "/oauth2/token":
            return ("refresh" if form.get("grant_type") == "refresh_token" else "token"), ""
        return OPERATIONS.get(request.path, "unknown"), form.get("lockId", "")

    def answer(self, request, note):
        op, note.device = self.operation(request)
        form = request.form()
        if op in ("token", "refresh"):
            return self._grant(form, op, note)
        note.signed = self._judge(form)
        if note.signed != "good":
            raise Refused(80000 if note.signed == "date" else 10004 if note.signed == "client" else 10003, f"invalid {note.signed}")
        return Answer(getattr(self, f"_do_{op}")(form, note))

    def envelope(self, code, text):
        return Answer({"errcode": code, "errmsg": text, "description": text})

    def _judge(self, form):
        if form.get("clientId") != self.account["client_id"]:
            return "client"
        if not self.in_window(form.get("date", "")):
            return "date"
        return "good" if self.tokens.judge(form.get("accessToken", "")) == "good" else "token"

    def _grant(self, form, op, note):
        client = (form.get("clientId") or form.get("client_id"), form.get("clientSecret") or form.get("client_secret"))
        person = (form.get("username"), form.get("password"))
        note.signed = "good" if client == (self.account["client_id"], self.account["client_secret"]) else "client"
        if op == "token" and person != (self.account["username"], signatures.ttlock_password(self.account["password"])):
            note.signed = "password"
        if note.signed != "good":
            raise Refused(10007, "invalid account or invalid password")
        pair = self.tokens.issue() if op == "token" else self.tokens.renew(form.get("refresh_token", ""))
        if not pair:
            raise Refused(10011, "invalid refresh_token")
        return Answer({"access_token": pair[0], "refresh_token": pair[1], "expires_in": int(self.tokens.life_s), "uid": 1, "scope": "user,key,room"})

    def _find(self, form):
        device = self.world.find(self.name, form.get("lockId"))
        if not device:
            raise Refused(-1003, "lock does not exist")
        return device

    def _reach(self, form):
        """The gateway or the Wi-Fi lock must answer."""
        device = self._find(form)
        if device.asleep or not device.online:
            raise Refused(-3035 if device.asleep else -3036, "the lock does not answer")
        return device

    def _do_list(self, form, _note):
        size, number = int(form.get("pageSize") or 20), int(form.get("pageNo") or 1)
        everyone = self.world.of(self.name)
        found, _ = page(everyone, size, (number - 1) * size)
        return {"list": [{"lockId": int(d.id), "lockAlias": d.name, "lockName": d.model, "electricQuantity": d.battery, "hasGateway": 1}
                         for d in found], "pageNo": number, "pageSize": size, "pages": -(-len(everyone) // size), "total": len(everyone)}

    def _do_status(self, form, _note):
        device = self._find(form)
        return {"lockId": int(device.id), "lockAlias": device.name, "electricQuantity": device.battery, "modelNum": device.model,
                "hardwareRevision": "1.0", "firmwareRevision": device.component().told(), "hasGateway": 1, **device.secrets}

    def _do_state(self, form, _note):
        return {"state": 0 if self._reach(form).locked else 1}

    def _do_check(self, form, _note):
        component = self._find(form).component()
        return {"needUpgrade": 1 if component.offered else 0, "version": component.offered or component.told(), "firmwarePackage": IMAGE,
                "firmwareInfo": {"modelNum": "SN9206", "hardwareRevision": "1.0", "firmwareRevision": component.told()}}

    def _do_gateway(self, _form, _note):
        return {"needUpgrade": 0, "version": "1.0"}

    def _do_command(self, _form, note):
        self.world.lock_commands += 1
        note.effect = True
        return {"errcode": 0}

    def _do_unknown(self, _form, _note):
        raise Refused(90000, "unknown method")
