"""A real mosquitto on a port of its own, and an MQTT 3.1.1 client as small as the tests need."""
import json
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import threading

from support import Process, until


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Broker(Process):
    """It keeps nothing: after a restart what was retained is gone, like on a broker that lost its disk."""

    def __init__(self, folder, *lines, port=None, anonymous=True):
        self.program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        assert self.program, "mosquitto is not installed: scripts/install-deps --test"
        self.folder, self.port = folder, port or free_port()
        self.config = folder / "mosquitto.conf"
        self.config.write_text("\n".join([f"listener {self.port} 127.0.0.1", f"allow_anonymous {str(anonymous).lower()}",
                                          "user root", "max_queued_messages 10000", *lines, ""]))
        self.start()

    def start(self):
        super().__init__([self.program, "-c", self.config], self.folder / "broker.log")
        until(self.answers, what="the broker to listen")

    def answers(self):
        assert self.popen.poll() is None, f"the broker ended: {self.text()}"
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def pause(self):
        self.popen.send_signal(signal.SIGSTOP)

    def resume(self):
        self.popen.send_signal(signal.SIGCONT)

    def stop(self):
        return self.kill(signal.SIGTERM)


def length(size):
    out = b""
    while True:
        size, rest = size >> 7, size & 0x7F
        out += bytes([rest | (0x80 if size else 0)])
        if not size:
            return out


def text(value):
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def packet(kind, body):
    return bytes([kind]) + length(len(body)) + body


class Mqtt:
    """Hears all topics: `retained` and `last` by topic, `seen` in order."""

    def __init__(self, port, user=None, password=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        flags = 2 | (0xC0 if user else 0)
        body = text("MQTT") + bytes([4, flags]) + struct.pack(">H", 0) + text("test")
        body += text(user) + text(password) if user else b""
        self.socket.sendall(packet(0x10, body))
        self.retained, self.last, self.seen = {}, {}, []
        kind, answer = self.read()
        assert kind == 0x20 and answer[1] == 0, (kind, answer)
        self.socket.sendall(packet(0x82, struct.pack(">H", 1) + text("#") + b"\x00"))
        self.socket.settimeout(None)
        threading.Thread(target=self.listen, daemon=True).start()

    def take(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise ConnectionError("closed")
            data += more
        return data

    def read(self):
        kind, size, shift = self.take(1)[0], 0, 0
        while True:
            byte = self.take(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return kind, self.take(size)

    def listen(self):
        try:
            while True:
                kind, body = self.read()
                if kind & 0xF0 != 0x30:
                    continue
                end = 2 + struct.unpack(">H", body[:2])[0]
                topic, payload = body[2:end].decode(), body[end:].decode(errors="replace")
                if kind & 1:
                    self.retained[topic] = payload
                self.last[topic] = payload
                self.seen.append((topic, payload))
        except (OSError, ConnectionError, ValueError):
            pass

    def publish(self, topic, payload, retain=False):
        data = payload if isinstance(payload, bytes) else payload.encode()
        self.socket.sendall(packet(0x30 | retain, text(topic) + data))

    def json(self, topic):
        return json.loads(self.last.get(topic) or "{}")

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def certificates(folder: pathlib.Path, name):
    """An authority of its own and a server certificate for 127.0.0.1; returns the paths."""
    ca, ca_key, key, request, certificate = (folder / f"{name}{end}" for end in
                                             ("-ca.pem", "-ca.key", ".key", ".csr", ".pem"))
    extension = folder / f"{name}.ext"
    extension.write_text("subjectAltName=IP:127.0.0.1\n")
    for words in (
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", ca_key, "-out", ca,
             "-days", "2", "-subj", f"/CN={name} authority", "-addext", "basicConstraints=critical,CA:TRUE"],
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request,
             "-subj", "/CN=127.0.0.1"],
            ["x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2", "-extfile", extension,
             "-out", certificate]):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
    return ca, certificate, key
