"""The outgoing HTTP client against real TLS servers with a CA of their own. Usage: http_client_test.py PROBE"""
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

probe = sys.argv[1]
work = tempfile.TemporaryDirectory()
folder = pathlib.Path(work.name)
SENT = ["not_sent", "maybe_sent", "answered"]


def openssl(*args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)


def authority(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")


CA_RULES = """[ca]
default_ca = rules
[rules]
database = issued.txt
rand_serial = yes
unique_subject = no
new_certs_dir = .
default_md = sha256
policy = names
[names]
commonName = supplied
"""


def certificate(name, ca, host, ends="20991231235959Z"):
    """ends: as ASN.1 writes it. `openssl ca`, because only new versions of `openssl x509` take a date and only old ones negative days."""
    (folder / "ca.cnf").write_text(CA_RULES)
    (folder / "issued.txt").touch()
    (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr")
    openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", f"{ca}.pem", "-keyfile", f"{ca}.key", "-startdate", "20200101000000Z",
            "-enddate", ends, "-extfile", f"{name}.ext", "-in", f"{name}.csr", "-out", f"{name}.pem")


class Server:
    """Answers each connection with what `script` does with it; counts connections and whole requests."""

    def __init__(self, script, cert="good", before_tls=None, old_tls=False):
        self.script, self.before_tls = script, before_tls
        self.connections = self.requests = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if old_tls:
            self.context.set_ciphers("ALL:@SECLEVEL=0")
            self.context.minimum_version = ssl.TLSVersion.TLSv1
            self.context.maximum_version = ssl.TLSVersion.TLSv1_1
        self.context.load_cert_chain(folder / f"{cert}.pem", folder / f"{cert}.key")
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            raw, _ = self.socket.accept()
            threading.Thread(target=self.one, args=(raw,), daemon=True).start()

    def one(self, raw):
        self.connections += 1
        try:
            if self.before_tls:
                self.before_tls(raw)
                return
            with self.context.wrap_socket(raw, server_side=True) as tls:
                while True:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        more = tls.recv(4096)
                        if not more:
                            return
                        head += more
                    self.requests += 1
                    if not self.script(tls, head):
                        return
        except OSError:
            pass

    def url(self, path="/x", host="localhost"):
        return f"https://{host}:{self.port}{path}"


def reply(status="200 OK", body=b"hello", headers=""):
    def script(tls, _head):
        tls.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)
        return True
    return script


def ask(url, *args, ca="ca", hosts=("localhost",)):
    allowed = [x for h in hosts for x in ("-h", h)]
    out = subprocess.run([probe, "-c", str(folder / f"{ca}.pem"), *allowed, *args, url], capture_output=True,
                         text=True, timeout=60, check=True)
    reason, status, sent, tries, size, etag, body, text = out.stdout.rstrip("\n").split("\t")
    return {"reason": reason, "status": int(status), "sent": SENT[int(sent)], "tries": int(tries),
            "size": int(size), "etag": etag, "body": body, "text": text, "log": out.stderr}


def expect(found, **wanted):
    for key, value in wanted.items():
        assert found[key] == value, f"{key}: {found}"


def test_a_good_answer_comes_whole_with_its_etag():
    s = Server(reply(headers='ETag: "abc"\r\n'))
    expect(ask(s.url()), reason="", status=200, body="hello", etag='"abc"', sent="answered", tries=1)


def test_a_known_etag_is_sent():
    def script(tls, head):
        known = b'If-None-Match: "abc"' in head
        return reply("304 Not Modified" if known else "200 OK", b"" if known else b"new")(tls, head)
    s = Server(script)
    expect(ask(s.url(), "-e", '"abc"'), reason="", status=304, body="")
    expect(ask(s.url(), "-e", '"abd"'), status=200, body="new")


def test_a_file_gets_the_body_of_a_200_only():
    target = folder / "body"
    big = bytes(range(256)) * 2000
    expect(ask(Server(reply(body=big)).url(), "-f", str(target)), reason="", size=len(big))
    assert target.read_bytes() == big
    expect(ask(Server(reply("404 Not Found", b"page")).url(), "-f", str(target)), status=404)
    assert target.read_bytes() == b""


def refused_before_sending(found, reason, text):
    expect(found, reason=reason, status=0, sent="not_sent", tries=1)
    assert text in found["text"], found


def test_an_expired_certificate_is_refused():
    s = Server(reply(), cert="expired")
    refused_before_sending(ask(s.url()), "tls_failed", "expired")
    assert s.requests == 0


def test_a_certificate_for_another_host_is_refused():
    s = Server(reply(), cert="other")
    refused_before_sending(ask(s.url()), "tls_failed", "match")
    assert s.requests == 0


def test_an_unknown_authority_is_refused():
    s = Server(reply(), cert="foreign")
    refused_before_sending(ask(s.url()), "tls_failed", "certificate")
    assert s.requests == 0


def test_tls_1_1_is_refused():
    found = ask(Server(reply(), old_tls=True).url())
    expect(found, sent="not_sent", status=0, reason="tls_failed")


def test_a_host_that_is_not_listed_is_not_even_looked_up():
    s = Server(reply())
    expect(ask(s.url(), hosts=("elsewhere",)), reason="host_not_listed", sent="not_sent", tries=0)
    assert s.connections == 0


def test_an_address_of_this_machine_is_refused_unless_allowed():
    s = Server(reply())
    expect(ask(s.url(), "-P"), reason="address_not_allowed", sent="not_sent")
    assert s.connections == 0


def test_one_address_of_this_machine_can_be_allowed_and_no_other():
    server = Server(reply())
    expect(ask(server.url(), "-P", "-n", "127.0.0.1/32"), reason="", status=200)
    expect(ask(server.url(), "-P", "-n", "192.168.0.0/16"), reason="address_not_allowed")


def test_what_is_asked_once_is_neither_repeated_nor_sent_on():
    server = Server(reply("503 Service Unavailable"))
    expect(ask(server.url(), "-o"), status=503, tries=1)
    other = Server(reply("302 Found", headers=f"Location: {server.url()}\r\n"))
    expect(ask(other.url(), "-o"), reason="redirect_refused", tries=1)


def test_a_redirect_to_a_host_that_is_not_listed_is_refused():
    inner = Server(reply(body=b"secret"))
    outer = Server(reply("302 Found", b"", f"Location: {inner.url(host='127.0.0.1')}\r\n"))
    expect(ask(outer.url()), reason="redirect_refused", body="")
    assert inner.connections == 0


def test_a_redirect_to_a_listed_host_is_followed():
    inner = Server(reply(body=b"there"))
    outer = Server(reply("302 Found", b"", f"Location: {inner.url('/there')}\r\n"))
    expect(ask(outer.url()), reason="", status=200, body="there")


def drip(tls, _head):
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        tls.sendall(b"x")
        time.sleep(0.1)
    return False


def test_dripping_does_not_keep_it_for_ever():
    began = time.monotonic()
    expect(ask(Server(drip).url(), "-x", "-t", "1"), reason="timeout", sent="maybe_sent", body="")
    assert time.monotonic() - began < 8


def test_a_truncated_answer_is_none():
    def script(tls, _head):
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        return False
    expect(ask(Server(script).url(), "-x"), reason="io", sent="maybe_sent", body="", tries=1)


def test_an_answer_that_declares_too_much_is_refused():
    found = ask(Server(reply(body=b"x" * 2000)).url(), "-m", "1000")
    expect(found, reason="too_large", tries=1, body="")


def test_an_answer_without_a_length_that_grows_too_large_is_refused():
    def script(tls, _head):
        tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 5000)
        return False
    expect(ask(Server(script).url(), "-m", "1000"), reason="too_large", tries=1, body="")


def test_429_and_503_are_tried_again():
    answers = [reply("429 Too Many Requests", b"", "Retry-After: 0\r\n"), reply("503 Busy", b""), reply()]
    def script(tls, head):
        return answers.pop(0)(tls, head)
    found = ask(Server(script).url("/x?key=secret"))
    expect(found, reason="", status=200, tries=3)
    assert "try=1" in found["log"] and "secret" not in found["log"], found["log"]


def test_a_trigger_is_sent_once_whatever_comes_back():
    s = Server(reply("503 Busy", b""))
    expect(ask(s.url(), "-x"), status=503, tries=1, sent="answered")
    assert s.requests == 1


def test_a_trigger_whose_answer_is_lost_may_have_been_sent():
    s = Server(lambda _tls, _head: False)
    expect(ask(s.url(), "-x"), reason="io", sent="maybe_sent", tries=1)
    assert s.requests == 1 and s.connections == 1


def test_a_trigger_that_nobody_listens_to_was_not_sent():
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    expect(ask(f"https://localhost:{port}/", "-x"), reason="io", sent="not_sent")


def test_a_trigger_broken_off_in_the_handshake_was_not_sent():
    s = Server(reply(), before_tls=lambda raw: raw.close())
    found = ask(s.url(), "-x")
    expect(found, sent="not_sent", tries=1)


def test_a_proxy_is_asked_and_the_certificate_still_checked():
    s = Server(reply(body=b"through"))
    seen = []
    listening = socket.create_server(("127.0.0.1", 0))

    def proxy():
        raw, _ = listening.accept()
        head = raw.recv(4096)
        seen.append(head)
        raw.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        inner = socket.create_connection(("127.0.0.1", s.port))

        def pump(a, b):
            while data := a.recv(4096):
                b.sendall(data)
        threading.Thread(target=pump, args=(raw, inner), daemon=True).start()
        pump(inner, raw)
    threading.Thread(target=proxy, daemon=True).start()
    found = ask(s.url(), "-P", "-p", f"http://127.0.0.1:{listening.getsockname()[1]}")
    expect(found, reason="", status=200, body="through")
    assert seen[0].startswith(b"CONNECT localhost:"), seen


def main():
    authority("ca")
    authority("stranger")
    certificate("good", "ca", "localhost")
    certificate("other", "ca", "other.example")
    certificate("foreign", "stranger", "localhost")
    certificate("expired", "ca", "localhost", "20200102000000Z")
    tests = [(n, f) for n, f in globals().items() if n.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = 0
    for i, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {i} - {name}", flush=True)
        except Exception as e:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {i} - {name}\n# {type(e).__name__} {e}", flush=True)
    return failed != 0


sys.exit(main())
