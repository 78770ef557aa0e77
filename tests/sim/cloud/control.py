"""The control port: plain HTTP on loopback, JSON in and out. What it does, a test in the same process does by calls.

    GET  /_sim/journal?since=N   GET /_sim/state   GET /_sim/accounts   GET /_sim/canaries
    POST /_sim/device   {"vendor", "id", fields …}; "component": {"id", fields …}
    POST /_sim/fault    {"do": NAME, …} as faults.py says     POST /_sim/clear
    POST /_sim/tls      {"certificate": NAME}                 POST /_sim/clock  {"skew_s": N}
    POST /_sim/tokens   {"vendor", "do": "expire" | "revoke"} POST /_sim/wake   {"vendor", "id"}
    POST /_sim/hook     {"vendor", "url", "device", …}        POST /_sim/listen {"on": true | false}
"""
import dataclasses
import http.server
import json
import threading
import urllib.parse


def set_fields(thing, values):
    for key, value in values.items():
        if not hasattr(thing, key):
            raise KeyError(f"no field {key}")
        setattr(thing, key, value)


class Commands:
    def __init__(self, cloud):
        self.cloud = cloud

    def get_journal(self, query):
        return self.cloud.journal.select(int(query.get("since", 0)))

    def get_state(self, _query):
        with self.cloud.guard:
            devices = [dataclasses.asdict(d) for vendor in self.cloud.vendors for d in self.cloud.world.of(vendor)]
        return {"now": self.cloud.world.clock.now(), "devices": devices, "lock_commands": self.cloud.world.lock_commands, "errors": self.cloud.errors}

    def get_accounts(self, _query):
        return {name: vendor.account for name, vendor in self.cloud.vendors.items()}

    def get_canaries(self, _query):
        return self.cloud.canaries()

    def post_device(self, told):
        with self.cloud.guard:
            device = self.cloud.device(told.pop("vendor"), told.pop("id", None))
            part = told.pop("component", None)
            set_fields(device, told)
            if part:
                set_fields(device.component(part.pop("id", None)), part)

    def post_wake(self, told):
        with self.cloud.guard:
            self.cloud.device(told["vendor"], told.get("id")).wake()

    def post_fault(self, told):
        self.cloud.faults.add(**told)

    def post_clear(self, _told):
        self.cloud.faults.clear()

    def post_tls(self, told):
        self.cloud.certificate = told["certificate"] if told["certificate"] in self.cloud.contexts else 1 / 0

    def post_clock(self, told):
        self.cloud.world.clock.skew_s = float(told["skew_s"])

    def post_tokens(self, told):
        tokens = self.cloud.vendors[told["vendor"]].tokens
        {"expire": tokens.expire, "revoke": tokens.revoke}[told["do"]]()

    def post_hook(self, told):
        return {"status": self.cloud.hook(**told)}

    def post_listen(self, told):
        (self.cloud.listen if told["on"] else self.cloud.silence)()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # the names that http.server wants
        path = urllib.parse.urlsplit(self.path)
        self.run("get", path.path, dict(urllib.parse.parse_qsl(path.query)))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            told = json.loads(body or b"{}")
        except ValueError:
            told = None
        self.run("post", self.path, told)

    def run(self, method, path, told):
        command = getattr(self.server.commands, f"{method}_{path.removeprefix('/_sim/')}", None) if path.startswith("/_sim/") else None
        status, value = (404, {"error": "no such command"}) if not command else (200, None)
        if command:
            try:
                value = command(told)
            except (KeyError, ValueError, TypeError, AttributeError, IndexError, ArithmeticError) as error:
                status, value = 422, {"error": f"{type(error).__name__}: {error}"}
        body = json.dumps(value if value is not None else {}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start(cloud, port=0):
    """Returns the server; its port is server_address[1]."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.commands = Commands(cloud)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server
