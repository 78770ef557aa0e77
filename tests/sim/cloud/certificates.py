"""An authority of our own and the certificates that a client must accept or refuse; made by the openssl command."""
import datetime
import pathlib
import ssl
import subprocess
import warnings

NAMES = "DNS:localhost,IP:127.0.0.1"
CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = localhost
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ca]
default_ca = sim
[sim]
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
default_md = sha256
unique_subject = no
policy = any
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def day(offset):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)).strftime("%Y%m%d%H%M%SZ")


class Authority:
    """Signs certificates for one key, all named localhost but for their own fault."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder, name)
        self.folder.mkdir()
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("1000\n")
        self.config("plain", NAMES)
        self.certificate = self.folder / "ca.pem"
        self.key = self.folder / "leaf.key"
        openssl("req", "-x509", "-config", self.folder / "plain.cnf", "-extensions", "authority", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj", f"/CN=Simulated authority {name}", "-keyout",
                self.folder / "ca.key", "-out", self.certificate)
        openssl("req", "-new", "-config", self.folder / "plain.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-keyout", self.key, "-out", self.folder / "leaf.csr")

    def config(self, name, names):
        (self.folder / f"{name}.cnf").write_text(CONFIG.format(folder=self.folder, names=names))

    def sign(self, name, names=NAMES, begin=-1, end=30):
        """A certificate valid between two days from now; returns its file."""
        self.config(name, names)
        out = self.folder / f"{name}.pem"
        openssl("ca", "-batch", "-config", self.folder / f"{name}.cnf", "-extensions", "leaf", "-cert", self.certificate,
                "-keyfile", self.folder / "ca.key", "-in", self.folder / "leaf.csr", "-out", out, "-notext", "-startdate", day(begin),
                "-enddate", day(end))
        return out


def context(certificate, key, old=False):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if old:  # nothing that a client of today may speak
        made.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            made.minimum_version, made.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    made.load_cert_chain(certificate, key)
    return made


def make(folder):
    """Returns (file of the authority that a client should trust, {name: server context})."""
    ours, foreign = Authority(folder, "ours"), Authority(folder, "foreign")
    good = ours.sign("good")
    contexts = {
        "good": context(good, ours.key),
        "expired": context(ours.sign("expired", begin=-60, end=-30), ours.key),
        "not-yet": context(ours.sign("not-yet", begin=30, end=60), ours.key),
        "wrong-host": context(ours.sign("wrong-host", names="DNS:elsewhere.example"), ours.key),
        "unknown-ca": context(foreign.sign("unknown-ca"), foreign.key),
        "old-protocol": context(good, ours.key, old=True),
    }
    return str(ours.certificate), contexts
