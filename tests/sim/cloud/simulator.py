"""The whole: a world, its vendors, the TLS front and the control port."""
import json
import pathlib
import shutil
import tempfile
import threading

from . import certificates, front, hooks, house
from .faults import Faults
from .journal import Journal
from .vendors.aqara import Aqara
from .vendors.generic import Generic
from .vendors.nuki import Nuki
from .vendors.switchbot import SwitchBot
from .vendors.ttlock import TTLock
from .vendors.tuya import Tuya
from .vendors.utec import Utec
from .world import World

VENDORS = (Tuya, Aqara, Utec, Nuki, SwitchBot, TTLock, Generic)


class Cloud:
    """with Cloud(speed=60) as cloud: …   `origin` is its address, `ca` the file of the authority to trust."""

    def __init__(self, speed=1.0, journal=None, port=0, furnished=True):
        self.folder = tempfile.mkdtemp(prefix="cloud-sim-")
        self.ca, self.contexts = certificates.make(self.folder)
        self.certificate = "good"
        self.guard = threading.RLock()
        self.errors = []                 # exceptions of ours: a test should find none
        self.world, self.faults, self.journal = World(speed), Faults(), Journal(journal)
        self.vendors = {kind.name: kind(self.world) for kind in VENDORS}
        if furnished:
            house.fill(self.world)
        self.port = port
        self.server = None
        self.listen()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def listen(self):
        """Also again, after silence()."""
        self.server = front.Front(self, self.port)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def silence(self):
        """Nobody can connect any more."""
        self.server.shutdown()
        self.server.server_close()

    def close(self):
        self.silence()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def origin(self):
        return f"https://localhost:{self.port}"

    def tls(self):
        return self.contexts[self.certificate]

    def vendor_of(self, request):
        return next((vendor for vendor in self.vendors.values() if vendor.owns(request)), None)

    def exchange(self, request, connection):
        return front.exchange(self, request, connection)

    def device(self, vendor, number=None):
        """That lock, or the first of the vendor."""
        with self.guard:
            return self.world.find(vendor, number) if number else self.world.of(vendor)[0]

    def canaries(self):
        with self.guard:
            return sorted({value for vendor in self.vendors.values() for value in vendor.canaries() if len(value) >= 8})

    def requests(self, vendor, *ops, since=0):
        """The journal's entries of a vendor, of these operations or of all."""
        return [e for e in self.journal.select(since, kind="request", vendor=vendor) if not ops or e["op"] in ops]

    def triggers(self, vendor, device=None):
        return [e for e in self.requests(vendor, "trigger") if device in (None, e["device"])]

    def hook(self, vendor, url, device, **more):
        """Sends a vendor's message to an address; returns the status of the answer."""
        return {"nuki": hooks.nuki, "utec": hooks.utec}[vendor](self.vendors[vendor], url, device, **more)

    def account_file(self, vendor, folder):
        """Writes the client's side of an account as JSON, readable by its owner only; returns the path."""
        path = pathlib.Path(folder, f"{vendor}.json")
        path.touch(0o600)
        path.write_text(json.dumps(self.vendors[vendor].account))
        return path
