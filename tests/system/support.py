"""What the system tests stand on: the real binary, the simulator, and small HTTP and WebSocket clients.

Nothing here sleeps to hide a race: waiting is always for a condition, with a limit that fails loudly.
"""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import make_image  # noqa: E402  (its folder had to be named first)

FIRMWARE = pathlib.Path(os.environ.get("LOCKWRIGHT_TEST_FIRMWARE", ROOT.parent / "shared" / "firmware"))
KILLS = 25  # run.py sets it
BUILD = ROOT / "build" / "gcc"  # run.py sets it
DANALOCK_1740 = "115C-0004-11040000-ZigbeeXM_101-029_E1_DanalockV3_17.4.0_20221213143911.ota"
DANALOCK_1770 = "115C-0004-11070000-ZigbeeXM_101-029_E1_DanalockV3_17.7.0_20240201155008.ota"


class Timeout(AssertionError):
    """A condition did not come true in time."""


def until(condition, limit=30.0, what="a condition", step=0.02):
    """Calls condition until it gives something true; returns that. Raises Timeout after limit seconds."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Timeout(f"waited {limit:.0f} s for {what}")
        time.sleep(step)


def image(name=DANALOCK_1770):
    """Path of a real image; the suite fails where the folder is absent."""
    path = FIRMWARE / "locks" / name
    assert path.exists(), f"{path} is missing: set LOCKWRIGHT_TEST_FIRMWARE"
    return path


def small_image(size=20000, **more):
    """Bytes of a well-formed OTA image: for tests where a real one would only take longer."""
    return make_image.image(size, **more)


class Process:
    """A child with its output in a file; stopped by its own id."""

    def __init__(self, argv, log, **options):
        self.log = log
        self.argv = [str(word) for word in argv]
        self.out = open(log, "ab")
        self.popen = subprocess.Popen(self.argv, stderr=self.out, **{"stdout": self.out, **options})

    def kill(self, how=signal.SIGKILL):
        if self.popen.poll() is None:
            self.popen.send_signal(how)
        status = self.popen.wait(timeout=30)
        self.out.close()
        return status

    def text(self):
        return pathlib.Path(self.log).read_text(errors="replace")


class Simulator(Process):
    """lockwright-sim with its control lines on stdin and stdout."""

    def __init__(self, folder, *arguments, pty=False):
        where = ["--pty"] if pty else ["--tcp", "0"]
        super().__init__([BUILD / "tests" / "sim" / "lockwright-sim", *where, *arguments], folder / "sim.log",
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.buffer = b""
        ready = self.line()
        assert ready.startswith("ready "), ready
        self.port = ready.split()[1]

    def line(self, limit=20.0):
        end = time.monotonic() + limit
        while b"\n" not in self.buffer:
            wait = max(0.0, end - time.monotonic())
            readable, _, _ = select.select([self.popen.stdout], [], [], wait)
            data = os.read(self.popen.stdout.fileno(), 65536) if readable else b""
            if not data:
                raise Timeout(f"the simulator said nothing more; its log: {self.text()[-2000:]}")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def command(self, text):
        """Sends a control line; returns its answer line."""
        self.popen.stdin.write(text.encode() + b"\n")
        return self.line()

    def stats(self):
        return json.loads(self.command("stats"))

    def lock(self, index=0):
        return self.stats()["locks"][index]


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Service(Process):
    """lockwright serve in a folder of its own."""

    def __init__(self, folder, adapters=(), locks=(), environment=None, prefix=(), wait=True, **config):
        self.folder = folder
        self.data = folder / "data"
        if not config.get("listen"):
            with socket.create_server(("127.0.0.1", 0)) as free:
                config["listen"] = f"127.0.0.1:{free.getsockname()[1]}"
        self.port = int(config["listen"].rsplit(":", 1)[1])
        self.config = folder / "config.json"
        self.config.write_text(json.dumps({"data_dir": str(self.data), "adapters": list(adapters), "locks": list(locks), **config}))
        self.environment = {**os.environ, "LOCKWRIGHT_DATA_DIR": str(self.data), **(environment or {})}
        self.prefix = list(prefix)
        self.token = None
        self.start(wait)

    def start(self, wait=True):
        super().__init__([*self.prefix, BUILD / "lockwright", "serve", "--config", self.config], self.folder / "service.log",
                         env=self.environment)
        if wait:
            until(self.ready, what="the service to be ready")

    def ready(self):
        assert self.popen.poll() is None, f"the service ended: {self.text()[-3000:]}"
        try:
            return self.get("/readyz").status == 200
        except OSError:
            return False

    def stop(self):
        return self.kill(signal.SIGTERM)

    def request(self, method, path, body=None, headers=None, limit=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=limit)
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def cli(self, *arguments, status=0):
        """Runs a subcommand against this service; returns its stdout."""
        done = subprocess.run([BUILD / "lockwright", *map(str, arguments)], env=self.environment, capture_output=True, timeout=120)
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}"
        return done.stdout.decode()

    def sign_in(self, scope="admin"):
        self.token = self.cli("token", "create", f"test-{scope}", "--scope", scope).strip()
        return self.token

    def upload(self, data, name="test.ota"):
        answer = self.post(f"/api/v1/firmware?name={name}", data, headers={"Content-Type": "application/octet-stream"})
        assert answer.status in (200, 201), answer.body
        return answer.json["id"]

    def job(self, number):
        return self.get(f"/api/v1/jobs/{number}").json

    def wait_job(self, number, condition, limit=60.0, what="the job"):
        def look():
            job = self.job(number)
            assert condition(job) or not job["final"], f"ended early: {json.dumps(job, indent=1)}"
            return job if condition(job) else None
        return until(look, limit, what)


class WebSocket:
    """A client of RFC 6455 as small as the tests need."""

    def __init__(self, port, path="/api/v1/events", headers=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", port))
        lines = {"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
                 "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), "Sec-WebSocket-Version": "13", **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        self.buffer = b""
        self.head = self.take_until(b"\r\n\r\n").decode()
        self.status = int(self.head.split()[1])

    def take_until(self, end):
        while end not in self.buffer:
            self.more()
        found, self.buffer = self.buffer.split(end, 1)
        return found

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        self.buffer += data

    def take(self, count):
        while len(self.buffer) < count:
            self.more()
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def send(self, value):
        data = json.dumps(value).encode()
        mask = os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + struct.pack(">H", len(data))
        self.socket.sendall(b"\x81" + size + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))

    def receive(self):
        """The next message as JSON, or ("close", code)."""
        while True:
            first, size = self.take(2)
            size &= 0x7F
            if size == 126:
                size = struct.unpack(">H", self.take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.take(8))[0]
            data = self.take(size)
            kind = first & 0x0F
            if kind == 8:
                return ("close", struct.unpack(">H", data[:2])[0] if len(data) >= 2 else 1005)
            if kind == 1:
                return json.loads(data)

    def close(self):
        self.socket.close()


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="lockwright-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


ADDRESS = "0x0102030405060708"


def stick(simulator, **more):
    return {"id": "stick", "type": "znp", "port": simulator.port, "adopt": True, **more}


def ezsp(version):
    """Arguments of the simulator for a Silicon Labs stick."""
    return ["--stick", "ezsp", "--version", str(version)]


def front_door(**more):
    return {"id": "front-door", "adapter": "stick", "address": ADDRESS, "name": "Front door", **more}


# The simulated locks: the real Danalock, and one whose ids nobody shares, for small_image().
DANALOCK = "mfr=0x115C,type=0x0004,version=0x11040000,model=V3-BTZBE,manufacturer=Danalock,reboot_ms=500"
SIMPLE = "mfr=0x1234,type=0x0001,version=0x01000000,model=SIM-LOCK,manufacturer=Lockwright,reboot_ms=500"


@contextlib.contextmanager
def house(*sim_arguments, lock=SIMPLE, poll=20, timing=False, pty=False, **service_options):
    """A simulated stick with one lock, and a service that knows both; signed in.

    timing: the radio takes the time a real one takes, and the lock, once awake, polls every `poll` ms."""
    with folder() as path:
        timed = ["--radio-timing"] if timing else []
        simulator = Simulator(path, *timed, "--lock", f"{lock},poll=2000,short_poll={poll}", *sim_arguments, pty=pty)
        service = None
        try:
            kind = "ezsp" if "ezsp" in sim_arguments else "znp"
            service = Service(path, adapters=[stick(simulator, type=kind)], locks=[front_door()], **service_options)
            service.sign_in()
            yield service, simulator
            stats = simulator.stats()
            assert stats["forbidden"] == 0, f"forbidden command: {stats['last_forbidden']}"
            assert not stats["formed_alarm"] and stats["lock_commands"] == 0, stats
            assert stats["pipelined"] == 0, "a command before the last answer was acknowledged"
        except BaseException:
            print(f"--- service log\n{(path / 'service.log').read_text(errors='replace')[-4000:]}")
            raise
        finally:
            if service:
                service.kill()
            simulator.kill()


def adapter_up(service):
    return until(lambda: service.get("/api/v1/adapters/stick").json["state"] == "up", what="the stick to be up")
