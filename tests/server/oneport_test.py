"""What the front door promises, seen from outside: REST and WebSocket on one port, uploads, limits,
slow clients, stop. python3 oneport_test.py SERVER_BINARY [NAME_PART]; prints TAP. No packages needed."""

import base64
import hashlib
import json
import os
import random
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Server:
    def __init__(self, binary):
        self.dir = tempfile.mkdtemp(prefix="oneport-")
        self.path = os.path.join(self.dir, "control.sock")
        self.log = open(os.path.join(self.dir, "log"), "w+")
        self.process = subprocess.Popen([binary, self.path], stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode()
        if not line.startswith("ready "):
            self.log.seek(0)
            raise AssertionError("no start: " + self.log.read())
        self.port = int(line.split()[1])

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        self.log.seek(0)
        text = self.log.read()
        assert code == 0, f"server ended with {code}: {text}"
        assert "Sanitizer" not in text and "runtime error" not in text, text
        return text


class Raw:
    """A TCP (or Unix) connection with a buffer and deadlines."""

    def __init__(self, at, rcvbuf=None):
        unix = isinstance(at, str)
        self.s = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        if rcvbuf:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.s.settimeout(5)
        self.s.connect(at if unix else ("127.0.0.1", at))
        if not unix:
            self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buf = b""
        self.closed = False

    def send(self, data):
        self.s.sendall(data if isinstance(data, bytes) else data.encode())

    def more(self):
        try:
            data = self.s.recv(65536)
        except ConnectionResetError:
            data = b""
        self.closed = not data
        self.buf += data
        return bool(data)

    def take(self, n):
        while len(self.buf) < n:
            assert self.more(), f"closed after {self.buf[:200]!r}"
        out, self.buf = self.buf[:n], self.buf[n:]
        return out

    def until(self, mark):
        while mark not in self.buf:
            assert self.more(), f"closed without {mark!r} in {self.buf[:300]!r}"
        n = self.buf.index(mark) + len(mark)
        out, self.buf = self.buf[:n], self.buf[n:]
        return out

    def reply(self, head_only=False):
        head = self.until(b"\r\n\r\n").decode()
        status = int(head.split()[1])
        if status == 100:
            return self.reply(head_only)
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = b"" if head_only or not length else self.take(int(length.group(1)))
        return status, head, body

    def get(self, path, extra="", method="GET"):
        self.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{extra}\r\n")
        return self.reply(method == "HEAD")

    def post(self, path, body=b"", extra="", method="POST"):
        self.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body)
        return self.reply()

    def close(self):
        self.s.close()

    def reset(self):
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.s.close()


def upgrade(key, extra="", path="/events"):
    return (f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{extra}\r\n")


def new_key():
    return base64.b64encode(os.urandom(16)).decode()


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def frame(data, opcode=1, fin=True):
    data = data if isinstance(data, bytes) else data.encode()
    mask = os.urandom(4)
    n = len(data)
    size = bytes([0x80 | n]) if n < 126 else bytes([0xFE]) + struct.pack(">H", n)
    return bytes([opcode | (0x80 if fin else 0)]) + size + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(data))


class Ws:
    def __init__(self, at=None, raw=None, extra="", rcvbuf=None):
        self.raw = raw or Raw(at, rcvbuf)
        key = new_key()
        self.raw.send(upgrade(key, extra))
        self.head = self.raw.until(b"\r\n\r\n").decode()
        assert self.head.startswith("HTTP/1.1 101 "), self.head
        assert accept_of(key) in self.head, self.head

    def frame(self):
        a, b = self.raw.take(2)
        n = b & 0x7F
        assert not b & 0x80, "a server must not mask"
        if n == 126:
            n = struct.unpack(">H", self.raw.take(2))[0]
        elif n == 127:
            n = struct.unpack(">Q", self.raw.take(8))[0]
        return a & 15, self.raw.take(n)

    def text(self):
        opcode, data = self.frame()
        if opcode == 8:
            raise EOFError(struct.unpack(">H", data[:2])[0], data[2:])
        assert opcode == 1, (opcode, data)
        return data.decode()

    def hello(self):
        assert self.text() == "hello note"
        return self

    def send(self, data, **how):
        self.raw.send(frame(data, **how))

    def close_code(self):
        try:
            while True:
                self.text()
        except EOFError as end:
            return end.args

    def bye(self):
        self.send(struct.pack(">H", 1000), opcode=8)
        assert self.close_code()[0] == 1000
        self.raw.close()


def health(server):
    r = Raw(server.port)
    status, _, body = r.get("/health")
    r.close()
    assert status == 200
    return json.loads(body)


def settle(server, **want):
    """Waits until the server has noticed; fails after 10 s."""
    for _ in range(200):
        got = health(server)
        if all(got[k] == v for k, v in want.items()):
            return got
        time.sleep(0.05)
    raise AssertionError(f"wanted {want}, got {got}")


# --- REST


def test_get_head_404_405(s):
    r = Raw(s.port)
    assert r.get("/")[2] == b"<h1>one port</h1>"
    status, head, _ = r.get("/", method="HEAD")
    assert status == 200 and "Content-Length: 17" in head
    status, _, body = r.get("/nowhere")
    assert status == 404 and b"not_found" in body
    status, head, body = r.get("/items/1", method="PUT")
    assert status == 405 and "Allow: GET, HEAD, DELETE\r\n" in head and b"method_not_allowed" in body
    assert r.get("/items/1", method="DELETE")[0] == 200


def test_path_and_query_decoding(s):
    r = Raw(s.port)
    assert r.get("/items/a%2Fb?q=1%262+3")[2] == b"a/b|1&2 3|/items/a/b"
    assert r.get("/items/%C3%A4")[2] == "ä|-|/items/ä".encode()
    assert r.get("/items/")[0] == 404
    assert r.get("/items/1/2")[0] == 404
    for bad in ("/items/%00", "/items/a%0Ab", "/items/%zz", "/items/%C3", "/items/%7f", "/items/x?q=%00", "/items/" + "x" * 1100):
        status, _, body = r.get(bad)
        assert status == 400 and b"problem invalid" in body, (bad, status)


def test_many_queries_are_refused(s):
    r = Raw(s.port)
    assert r.get("/items/x?" + "&".join(f"a{i}={i}" for i in range(17)))[0] == 400
    assert r.get("/items/x?" + "&".join(f"a{i}={i}" for i in range(15)) + "&q=last")[2] == b"x|last|/items/x"


def test_bodies_and_their_limit(s):
    r = Raw(s.port)
    for n in (0, 1, 5000, 70000):
        data = os.urandom(n)
        status, head, body = r.post("/echo", data)
        assert (status, body) == (200, data)
        assert "X-One: 1\r\n" in head and "X-Two: a: b\r\n" in head
    status, _, body = r.post("/echo", b"x" * 70001)
    assert status == 413 and b"70000 bytes" in body
    assert r.get("/")[0] == 200, "the connection goes on"


def test_chunked_body_over_the_limit(s):
    r = Raw(s.port)
    r.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(80):
        r.send(b"3e8\r\n" + b"y" * 1000 + b"\r\n")
    r.send("0\r\n\r\n")
    assert r.reply()[0] == 413
    assert r.get("/")[0] == 200


def test_expect_continue_is_refused_before_the_body(s):
    r = Raw(s.port)
    r.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\nExpect: 100-continue\r\n\r\n")
    head = r.until(b"\r\n").decode()
    assert " 413 " in head, head


def test_a_huge_announced_body_is_refused_at_once(s):
    r = Raw(s.port)
    r.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
    assert r.reply()[0] == 413


def test_the_guard_is_asked_before_the_body_and_the_route(s):
    r = Raw(s.port)
    assert r.get("/nowhere", "X-Stranger: 1\r\n")[0] == 401
    assert r.post("/echo", b"x" * 1000, "X-Stranger: 1\r\n")[0] == 401
    r.send("POST /upload HTTP/1.1\r\nHost: x\r\nX-Stranger: 1\r\nContent-Length: 5000000\r\n\r\n")
    assert r.reply()[0] == 401, "answered although no byte of the body came"


def test_head_byte_by_byte(s):
    r = Raw(s.port)
    for b in b"GET /events-not HTTP/1.1\r\nHost: x\r\n\r\n":
        r.send(bytes([b]))
        time.sleep(0.001)
    assert r.reply()[0] == 404


def test_pipelined_gets_in_order(s):
    r = Raw(s.port)
    r.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [r.reply()[2][:4] for _ in range(3)] == [b"<h1>", b"slow", b'{"ws']


def test_a_head_over_16_kb_is_refused_and_the_server_lives(s):
    r = Raw(s.port)
    r.send("GET / HTTP/1.1\r\nHost: x\r\nCookie: " + "c" * 20000 + "\r\n\r\n")
    status = r.until(b"\r\n").decode().split()[1]
    assert status in ("413", "431", "414"), status
    assert health(s)["ws"] == 0


def test_half_heads_and_slow_clients_hurt_nobody(s):
    idle = [Raw(s.port) for _ in range(300)]
    for r in idle:
        r.send("GET / HTT")
    r = Raw(s.port)
    for _ in range(50):
        assert r.get("/")[0] == 200
    for r in idle:
        r.send("P/1.1\r\nHost: x\r\n\r\n")
    for r in idle:
        assert r.reply()[0] == 200
        r.close()


def test_suspended_replies(s):
    all_ = [Raw(s.port) for _ in range(20)]
    for r in all_:
        r.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    assert health(s)["ws"] == 0, "others are served meanwhile"
    for r in all_:
        assert r.reply()[2] == b"slow"


def test_clients_that_leave_a_suspended_reply(s):
    for kind in ("close", "reset"):
        for _ in range(20):
            r = Raw(s.port)
            r.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            getattr(r, kind)()
    time.sleep(0.2)
    assert health(s)["ws"] == 0


def test_control_socket_names_the_user_and_is_private(s):
    assert os.stat(s.path).st_mode & 0o777 == 0o600
    r = Raw(s.path)
    assert json.loads(r.get("/health")[2])["peer"] == f"uid {os.getuid()}"
    assert health(s)["peer"] == "127.0.0.1"


# --- uploads


def checksum(data):
    total = 0
    for b in data:
        total = (total * 31 + b) & 0xFFFFFFFF
    return total


def test_upload_with_pauses(s):
    r = Raw(s.port)
    for n in (0, 999, 1000, 1001, 100000):
        data = os.urandom(n)
        status, _, body = r.post("/upload", data)
        assert (status, body.decode()) == (201, f"{n} {checksum(data)}"), (n, status, body)


def test_upload_in_pieces_while_others_are_served(s):
    r, data = Raw(s.port), os.urandom(40000)
    r.send(f"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n")
    for i in range(0, len(data), 4000):
        r.send(data[i:i + 4000])
        assert health(s)["ws"] == 0
    assert r.reply()[2].decode() == f"40000 {checksum(data)}"


def test_upload_refused_at_its_begin_in_the_middle_and_by_size(s):
    before, r = health(s)["aborted"], Raw(s.port)
    status, _, body = r.post("/upload?refuse=1", b"x" * 5000)
    assert status == 422 and b"refused" in body
    status, _, body = r.post("/upload", b"x" * 160000)
    assert status == 422 and b"bad_upload" in body
    assert r.post("/upload", b"x" * 200001)[0] == 413
    assert health(s)["aborted"] == before + 1
    assert r.get("/")[0] == 200


def test_upload_aborted_by_the_client(s):
    before = health(s)["aborted"]
    for kind in ("close", "reset"):
        r = Raw(s.port)
        r.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + "x" * 500)
        settle(s)
        getattr(r, kind)()
    settle(s, aborted=before + 2)


# --- WebSocket


def test_ws_hello_echo_close(s):
    w = Ws(s.port).hello()
    w.send("abc")
    assert w.text() == "abc"
    w.send("ping me", opcode=9)
    assert w.frame() == (10, b"ping me")
    w.bye()


def test_ws_exactly_one_101(s):
    w = Ws(s.port).hello()
    w.send("x")
    assert w.text() == "x"
    assert w.raw.buf == b""
    w.raw.close()


def test_ws_after_50_gets_and_a_post(s):
    r = Raw(s.port)
    for _ in range(50):
        assert r.get("/")[0] == 200
    assert r.post("/echo", b"hello")[2] == b"hello"
    w = Ws(raw=r).hello()
    w.send("late")
    assert w.text() == "late"
    w.bye()


def test_ws_pipelined_behind_a_get(s):
    r, key = Raw(s.port), new_key()
    r.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n" + upgrade(key))
    assert r.reply()[0] == 200
    assert accept_of(key) in r.until(b"\r\n\r\n").decode()
    assert b"hello note" in r.until(b"note")
    r.close()


def test_ws_head_byte_by_byte(s):
    r, key = Raw(s.port), new_key()
    for b in upgrade(key).encode():
        r.send(bytes([b]))
        time.sleep(0.0005)
    assert accept_of(key) in r.until(b"\r\n\r\n").decode()
    r.until(b"hello note")
    r.close()


def test_ws_with_many_cookies(s):
    for n in (3000, 6000):
        Ws(s.port, extra="Cookie: " + "c" * n + "\r\n").hello().bye()


def test_ws_subprotocols_and_extensions(s):
    w = Ws(s.port, extra="Sec-WebSocket-Protocol: other, events\r\n").hello()
    assert "Sec-WebSocket-Protocol: events" in w.head or "sec-websocket-protocol: events" in w.head.lower()
    w.bye()
    w = Ws(s.port, extra="Sec-WebSocket-Protocol: other\r\nSec-WebSocket-Extensions: permessage-deflate\r\n").hello()
    assert "sec-websocket-protocol" not in w.head.lower() and "extensions" not in w.head.lower()
    w.bye()


def test_ws_over_the_control_socket(s):
    w = Ws(s.path).hello()
    w.send("unix")
    assert w.text() == "unix"
    w.bye()


def test_no_upgrade_no_websocket(s):
    r = Raw(s.port)
    assert r.get("/events")[0] == 426
    bad = upgrade("tooshort")
    r.send(bad)
    assert r.reply()[0] == 426
    r.send(upgrade(new_key()).replace("Version: 13", "Version: 8"))
    assert r.reply()[0] == 426
    r.send(upgrade(new_key(), path="/"))
    assert r.reply()[0] == 200, "another path answers as it does"


def test_ws_messages_in_fragments_and_their_limit(s):
    w = Ws(s.port).hello()
    w.send("a" * 4096)
    assert w.text() == "a" * 4096
    w.send("b" * 3000, fin=False)
    w.send("c" * 1000, opcode=0)
    assert w.text() == "b" * 3000 + "c" * 1000
    w.send("d" * 4097)
    assert w.close_code()[0] == 1009
    w.raw.close()


def test_ws_binary_and_bad_utf8_are_refused(s):
    w = Ws(s.port).hello()
    w.send(b"\0", opcode=2)
    assert w.close_code()[0] == 1003
    w = Ws(s.port).hello()
    w.send(b"\xff\xfe")
    assert w.close_code()[0] == 1007


def test_ws_close_by_the_owner_after_what_was_queued(s):
    w = Ws(s.port).hello()
    w.send("close me")
    assert w.text() == "bye"
    assert w.close_code() == (4401, b"as you wish")
    w.raw.close()


def test_ws_300_sockets_and_a_broadcast(s):
    all_ = [Ws(s.port) for _ in range(300)]
    for w in all_:
        w.hello()
    assert health(s)["ws"] == 300
    assert Raw(s.port).post("/broadcast?times=3", b"news")[0] == 202
    for w in all_:
        assert [w.text() for _ in range(3)] == ["news"] * 3
    for w in all_:
        w.raw.close()
    settle(s, ws=0)


def test_ws_1000_are_taken_and_the_next_is_told(s):
    all_ = []
    for _ in range(1000):
        all_.append(Ws(s.port))
    r = Raw(s.port)
    r.send(upgrade(new_key()))
    status, _, body = r.reply()
    assert status == 503 and b"1000" in body
    for w in all_:
        w.raw.close()
    settle(s, ws=0)


def test_ws_200_cycles(s):
    for _ in range(200):
        Ws(s.port).hello().bye()
    settle(s, ws=0)


def test_ws_reset_right_after_the_upgrade(s):
    for i in range(100):
        r = Raw(s.port)
        r.send(upgrade(new_key()))
        if i % 2:
            time.sleep(0.001)
        r.reset()
    got = settle(s, ws=0)
    assert got["opened"] == got["closed"]
    Ws(s.port).hello().bye()


def test_ws_slow_reader_gets_1013_and_others_get_everything(s):
    slow, good = Ws(s.port, rcvbuf=4096).hello(), Ws(s.port).hello()
    r, text = Raw(s.port), "n" * 15000
    for _ in range(100):  # 1.5 MB: more than the queue and the kernel's buffers
        assert r.post("/broadcast", text.encode())[0] == 202
        assert good.text() == text
    code, reason = slow.close_code()
    assert code == 1013, (code, reason)
    slow.raw.close()
    good.bye()


def test_ws_slow_reader_that_never_reads_is_cut(s):
    slow = Ws(s.port, rcvbuf=4096).hello()
    r = Raw(s.port)
    for _ in range(100):
        r.post("/broadcast", b"n" * 15000)
    for _ in range(30):
        if health(s)["ws"] == 0:
            break
        time.sleep(0.5)
    assert health(s)["ws"] == 0
    slow.raw.close()


def test_ws_latest_is_coalesced_and_paced(s):
    w = Ws(s.port).hello()
    r = Raw(s.port)
    began = time.monotonic()
    r.post("/latest")
    assert w.text() == "fact", "facts come first"
    assert w.text() == "latest 100", "only the newest; key 8 was forgotten"
    r.post("/latest")
    assert w.text() == "fact"
    assert w.text() == "latest 100"
    assert time.monotonic() - began >= 0.9, "at most once a second"
    w.send("end")
    assert w.text() == "end"
    w.bye()


def test_ws_flood_of_facts_keeps_order(s):
    w = Ws(s.port).hello()
    r = Raw(s.port)
    for i in range(30):
        r.post("/broadcast?times=20", f"{i}".encode())
    got = [w.text() for _ in range(600)]
    assert got == [str(i) for i in range(30) for _ in range(20)]
    w.bye()


def test_ingress_like_pool(s):
    """Home Assistant's ingress takes the upgrade's connection from its keep-alive pool."""
    for i in range(20):
        r = Raw(s.port)
        assert r.get("/health")[0] == 200
        w = Ws(raw=r, extra="X-Ingress-Path: /api/hassio_ingress/x\r\nCookie: a=" + "y" * 500 + "\r\n").hello()
        w.send(str(i))
        assert w.text() == str(i)
        w.bye()


def test_random_bytes_do_not_hurt(s):
    rng = random.Random(7)
    for _ in range(150):
        r = Raw(s.port)
        try:
            r.send(bytes(rng.randrange(256) for _ in range(rng.randrange(400))))
            if rng.random() < 0.5:
                r.send(b"\r\n\r\n")
        except OSError:
            pass
        r.reset()
    w = Ws(s.port).hello()
    for _ in range(50):
        x = Ws(s.port).hello()
        try:
            x.raw.send(bytes(rng.randrange(256) for _ in range(300)))
        except OSError:
            pass
        x.raw.reset()
    w.bye()
    settle(s, ws=0)


def test_idle_costs_no_cpu(s):
    """With 50 idle WebSockets and 50 idle connections nothing turns."""
    keep = [Ws(s.port).hello() for _ in range(50)] + [Raw(s.port) for _ in range(50)]
    time.sleep(0.3)

    def cpu():
        fields = open(f"/proc/{s.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = cpu()
    time.sleep(2)
    assert cpu() - before <= 0.06, cpu() - before
    del keep


def test_nothing_stays_open(s):
    got = settle(s, ws=0)
    assert got["opened"] == got["closed"]
    for _ in range(100):
        n = len(os.listdir(f"/proc/{s.process.pid}/fd"))
        if n <= 20:
            return
        time.sleep(0.05)
    raise AssertionError(f"{n} descriptors are open")


# --- stop: each with a server of its own


def alone_stop_answers_suspended_replies(binary):
    s = Server(binary)
    held = [Raw(s.port) for _ in range(10)]
    for r in held:
        r.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
    paused = Raw(s.port)
    paused.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + "x" * 20000)
    idle, half = Raw(s.port), Raw(s.port)
    idle.get("/")
    half.send("GET / HT")
    unread = Raw(s.port, rcvbuf=4096)
    unread.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + "x" * 70000)
    w = Ws(s.port).hello()
    health(s)
    s.stop()
    for r in held:
        status, _, body = r.reply()
        assert status == 503 and b"stopping" in body
    assert w.close_code()[0] == 1001
    assert not os.path.exists(s.path)


def alone_second_start_is_told(binary):
    s = Server(binary)
    p = subprocess.run([binary, s.path], capture_output=True, timeout=20)
    assert p.returncode == 1 and b"already_running" in p.stderr, p
    assert Raw(s.path).get("/")[0] == 200, "the first one goes on"
    s.process.kill()
    s.process.wait()
    assert os.path.exists(s.path), "a dead socket"
    again = subprocess.Popen([binary, s.path], stdout=subprocess.PIPE)
    assert again.stdout.readline().startswith(b"ready")
    again.terminate()
    assert again.wait(10) == 0
    open(s.path, "w").write("a file of the user's")
    p = subprocess.run([binary, s.path], capture_output=True, timeout=20)
    assert p.returncode == 1 and os.path.exists(s.path)


def main():
    binary, only = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    tests = [(n[5:], f) for n, f in globals().items() if n.startswith("test_") and only in n]
    alone = [(n[6:], f) for n, f in globals().items() if n.startswith("alone_") and only in n]
    print(f"1..{len(tests) + len(alone) + 1}")
    server, number, bad = Server(binary), 0, 0

    def check(name, call, arg):
        nonlocal number, bad
        number += 1
        began = time.monotonic()
        try:
            call(arg)
            print(f"ok {number} {name} # {time.monotonic() - began:.2f} s", flush=True)
        except Exception as error:  # every failure is a line of TAP
            bad += 1
            print(f"not ok {number} {name}\n# {type(error).__name__}: {error!s:.600}", flush=True)

    for name, call in tests:
        check(name, call, server)
    check("the shared server ends cleanly", lambda s: s.stop(), server)
    for name, call in alone:
        check(name, call, binary)
    return 1 if bad else 0


sys.exit(main())
