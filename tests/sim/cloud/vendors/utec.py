"""U-tec OpenAPI (ULTRALOQ): OAuth2 and one address for all. It tells no firmware version and starts no update."""
import base64
import hashlib
import urllib.parse

from .. import signatures
from ..message import Answer
from ..tokens import Tokens
from . import Refused, Vendor, key

OPERATIONS = {("Uhome.Device", "Discovery"): "list", ("Uhome.Device", "Query"): "status", ("Uhome.Device", "Command"): "command",
              ("Uhome.User", "Get"): "user", ("Uhome.User", "Logout"): "logout", ("Uhome.Configure", "Set"): "configure"}


def step(battery):
    """1 to 5, as the lock's app shows it."""
    return min(5, max(1, -(-battery // 20)))


class Utec(Vendor):
    name = "utec"

    def __init__(self, world):
        super().__init__(world)
        self.tokens = Tokens(3600)
        access, refresh = self.tokens.issue()
        self.account = {"client_id": key(16), "client_secret": key(32), "access_token": access, "refresh_token": refresh}
        self.codes = {}          # OAuth codes that were given out -> (redirect address, PKCE challenge or None)
        self.notify = {}         # where pushes go: "url", "secret", "previous"

    def owns(self, request):
        return request.path in ("/action", "/authorize", "/token")

    def operation(self, request):
        if request.path == "/authorize":
            return "authorize", ""
        if request.path == "/token":
            return ("refresh" if request.form().get("grant_type") == "refresh_token" else "token"), ""
        head = request.json().get("header") or {}
        devices = (request.json().get("payload") or {}).get("devices") or []
        return OPERATIONS.get((head.get("namespace"), head.get("name")), "unknown"), str(devices[0].get("id")) if devices else ""

    def answer(self, request, note):
        op, note.device = self.operation(request)
        if op == "authorize":
            return self._authorize(dict(request.query))
        if op in ("token", "refresh"):
            return self._grant(request, op, note)
        self.head = request.json().get("header") or {}
        judged = self.tokens.judge(request.bearer())
        note.signed = "good" if judged == "good" else f"token {judged}"
        if judged != "good":
            raise Refused("INVALID_TOKEN", "The access token is invalid or expired.")
        return self._reply(getattr(self, f"_do_{op}")(request.json().get("payload") or {}, note))

    def _reply(self, payload):
        head = getattr(self, "head", {})
        return Answer({"header": {**head, "name": "Response", "payloadVersion": "1"}, "payload": payload})

    def envelope(self, code, text):
        return self._reply({"error": {"code": code, "message": text}})

    def _authorize(self, asked):
        """The person has already said yes."""
        if asked.get("client_id") != self.account["client_id"] or asked.get("response_type") != "code" or asked.get("scope") != "openapi":
            return Answer({"error": "invalid_request"}, 400)
        code = key(24)
        self.codes[code] = (asked.get("redirect_uri"), asked.get("code_challenge"))
        more = urllib.parse.urlencode({"code": code, "state": asked.get("state", "")})
        return Answer(None, 302, {"Location": f"{asked.get('redirect_uri')}?{more}"})

    def _client(self, request, form):
        word, _, told = request.header("Authorization").partition(" ")
        told = base64.b64decode(told + "==").decode("utf-8", "replace") if word == "Basic" else f"{form.get('client_id')}:{form.get('client_secret')}"
        return signatures.same(told, f"{self.account['client_id']}:{self.account['client_secret']}")

    def _knows(self, form):
        """A code is good once, for the address and the verifier with which it was asked for."""
        redirect, challenge = self.codes.pop(form.get("code"), (None, None))
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proven = not challenge or base64.urlsafe_b64encode(verifier).decode().rstrip("=") == challenge
        return redirect is not None and redirect == form.get("redirect_uri") and proven

    def _grant(self, request, op, note):
        form = request.form()
        note.signed = "good" if self._client(request, form) else "client"
        if note.signed != "good":
            return Answer({"error": "invalid_client"}, 401)
        if op == "refresh":
            pair = self.tokens.renew(form.get("refresh_token", ""))
        else:
            pair = self.tokens.issue() if self._knows(form) else None
        if not pair:
            return Answer({"error": "invalid_grant", "error_description": "The token was used, revoked or never given out."}, 400)
        return Answer({"access_token": pair[0], "refresh_token": pair[1], "token_type": "Bearer", "expires_in": int(self.tokens.life_s)})

    def _do_list(self, _payload, _note):
        return {"devices": [{
            "id": d.id, "name": d.name, "category": "smartlock", "handleType": "utec-lock",
            "deviceInfo": {"manufacturer": "U-tec", "model": d.model, "hwVersion": "U31-3"}, "attributes": {}} for d in self.world.of(self.name)]}

    def _do_status(self, payload, _note):
        found = []
        for wanted in payload.get("devices") or []:
            device = self.world.find(self.name, wanted.get("id"))
            if not device:
                raise Refused("INTERNAL_ERROR", "no such device")
            found.append({"id": device.id, "states": self._states(device)})
        return {"devices": found}

    @staticmethod
    def _states(device):
        """In the letter case that clients really receive, which is not the documented one."""
        states = [("st.healthCheck", "status", "Online" if device.online else "Offline"),
                  ("st.Lock", "lockState", "Locked" if device.locked else "Unlocked"), ("st.Lock", "lockMode", 0),
                  ("st.BatteryLevel", "level", step(device.battery))]
        if device.form.get("no_health"):
            states = states[1:]
        return [{"capability": capability, "name": name, "value": value} for capability, name, value in states]

    def _do_user(self, _payload, _note):
        return {"user": {"id": "4711", "lastName": "", "firstName": ""}}

    def _do_logout(self, _payload, _note):
        self.tokens.revoke()
        return {}

    def _do_configure(self, payload, _note):
        told = (payload.get("configure") or {}).get("notification") or {}
        self.notify = {"url": told.get("url"), "secret": told.get("access_token") or told.get("secret"), "previous": self.notify.get("secret")}
        return {}

    def _do_command(self, _payload, note):
        self.world.lock_commands += 1
        note.effect = True
        return {"devices": []}

    def _do_unknown(self, _payload, _note):
        raise Refused("INTERNAL_ERROR", "unknown operation")
