"""The origin itself: TLS with the certificate in force, requests, faults, the journal."""
import contextlib
import dataclasses
import http.server
import json
import socket
import socketserver
import ssl
import time
import traceback

from .message import Answer, Note, Request
from .vendors import Refused

HTML = "<!DOCTYPE html><html><body><h1>Service unavailable</h1><p>html-body-canary</p></body></html>"
HANDSHAKE_S = 10


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "cloud-sim", ""
    timeout = 60

    def setup(self):
        self.broken = False
        self.request.settimeout(HANDSHAKE_S)
        try:
            self.request = self.server.cloud.tls().wrap_socket(self.request, server_side=True)
        except (OSError, ssl.SSLError) as error:
            self.server.cloud.journal.add(kind="handshake", failed=str(getattr(error, "reason", None) or error))
            self.broken = True
            return
        super().setup()

    def handle(self):
        if self.broken:
            return
        if self.server.cloud.faults.on_connection():
            self.server.cloud.journal.add(kind="request", fault="close_before_read")
            return
        try:
            super().handle()
        except (ConnectionError, TimeoutError, ssl.SSLError):
            pass

    def finish(self):
        with contextlib.suppress(OSError, ValueError):
            if not self.broken:
                super().finish()
        self.request.close()

    def serve(self):
        length = self.headers.get("Content-Length") or "0"
        body = self.rfile.read(int(length)) if length.isdigit() else b""
        request = Request(self.command, self.path, self.headers, body)
        answer, fault = self.server.cloud.exchange(request, self.client_address[1])
        self.give(answer, fault or {"do": ""})

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = serve  # the names that http.server wants

    def give(self, answer, fault):
        """Sends the answer, or what the fault makes of it."""
        if fault["do"] in ("act_then_close", "close_after_read"):
            self.close_connection = True
            return
        if fault["do"] == "delay":
            time.sleep(fault.get("delay_s", 1))
        body = answer.body()
        if fault["do"] == "oversized":
            self.begin(answer, {"Transfer-Encoding": "chunked"})
            self.send_chunks(fault.get("size", 1 << 20))
            return
        self.begin(answer, {"Content-Length": str(len(body))})
        if fault["do"] == "cut_body":
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
        elif fault["do"] == "drip":
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(fault.get("pause_s", 0.5))
        else:
            self.wfile.write(body)

    def begin(self, answer, more):
        self.send_response(answer.status)
        if answer.status != 204:
            self.send_header("Content-Type", answer.content_type)
        for name, value in {**answer.headers, **more}.items():
            self.send_header(name, value)
        self.end_headers()

    def send_chunks(self, size):
        pieces = [b'{"padding":"', *[b"x" * 4096] * (size // 4096), b'"}', b""]
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def date_time_string(self, timestamp=None):
        """The Date header by the vendor's clock."""
        return super().date_time_string(self.server.cloud.world.clock.unix_ms() / 1000 if timestamp is None else timestamp)

    def log_message(self, *_):
        pass


class Front(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, cloud, port=0):
        self.cloud = cloud
        super().__init__(("127.0.0.1", port), Handler)

    def get_request(self):
        accepted, address = super().get_request()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return accepted, address

    def handle_error(self, request, client_address):
        """A client that went away is no error here; anything else is ours and has to be seen."""
        self.cloud.errors.append(traceback.format_exc())


def broken_answer(fault, answer, vendor):
    """What becomes of an answer, or an answer instead of one."""
    kind = fault["do"]
    if kind == "code":
        return vendor.envelope(fault["code"], fault.get("text", "refused"))
    if kind == "status":
        wait = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
        return Answer(None, fault["status"], {**fault.get("headers", {}), **wait}, fault.get("content_type", "text/html"),
                      fault.get("body", HTML).encode())
    if kind == "redirect":
        return Answer(None, 302, {"Location": fault["location"]})
    if kind == "wrong_type":
        return dataclasses.replace(answer, content_type="text/html")
    if kind == "deep":
        depth = fault.get("depth", 100000)
        return Answer(raw=b'{"result":' + b"[" * depth + b"]" * depth + b"}")
    if kind == "doubled":
        twice = {key: f"not {value}" for key, value in answer.value.items()}
        return Answer(raw=json.dumps(answer.value).encode()[:-1] + b"," + json.dumps(twice).encode()[1:])
    return answer


# Faults that are there before anybody has looked at the request: it has no effect.
INSTEAD = ("code", "status", "redirect", "close_after_read")


def exchange(cloud, request, connection):
    """Returns (answer, fault or None); everything that happens is in the journal."""
    vendor = cloud.vendor_of(request)
    if not vendor:
        cloud.journal.add(kind="request", vendor="", method=request.method, path=request.path, status=404, connection=connection)
        return Answer({"error": "no such vendor"}, 404), None
    op, device = vendor.operation(request)
    fault = cloud.faults.on_request(vendor=vendor.name, op=op, device=device, method=request.method)
    note = Note(device=device)
    if fault and fault["do"] in INSTEAD:
        answer = broken_answer(fault, None, vendor)
    else:
        answer = carry_out(cloud, vendor, request, note)
        if fault:
            answer = broken_answer(fault, answer, vendor)
    cloud.journal.add(kind="request", vendor=vendor.name, op=op, device=note.device or device, method=request.method, path=request.path,
                      query=request.query, body=request.body.decode("utf-8", "replace")[:2000], signed=note.signed, code=note.code,
                      effect=note.effect, status=answer.status if answer else 0, fault=fault["do"] if fault else "", connection=connection,
                      host=request.header("Host"))
    return answer or Answer(), fault


def carry_out(cloud, vendor, request, note):
    with cloud.guard:
        try:
            return vendor.answer(request, note)
        except Refused as refused:
            note.code = str(refused.code)
            return vendor.envelope(refused.code, refused.text)
