"""One class per vendor. What they have in common is here."""
import secrets


class Refused(Exception):
    """Ends a request with the vendor's own code."""

    def __init__(self, code, text="", **more):
        super().__init__(str(code))
        self.code, self.text, self.more = code, text, more


class Vendor:
    """A vendor's API at the one origin that all share; their paths do not overlap.

    operation(request) names what a request is for and which device it is about, from the request alone;
    answer(request, note) carries it out; envelope(code, text) is a refusal as the vendor words it."""

    name = ""
    window_s = 300   # how far a signed time may be off
    tokens = None

    def __init__(self, world):
        self.world = world
        self.nonces = set()
        self.account = {}          # secret names of the client's side -> values

    def canaries(self):
        """Secrets that must not be seen anywhere: those of the account, all tokens, and of the devices."""
        found = [value for key, value in self.account.items() if not key.endswith(("_id", "username"))]
        for device in self.world.of(self.name):
            found += device.secrets.values()
        return found + (self.tokens.all if self.tokens else [])

    def owns(self, request):
        raise NotImplementedError

    def operation(self, request):
        raise NotImplementedError

    def answer(self, request, note):
        raise NotImplementedError

    def envelope(self, code, text):
        raise NotImplementedError

    def in_window(self, time_ms):
        try:
            return abs(int(time_ms) - self.world.clock.unix_ms()) <= self.window_s * 1000
        except ValueError:
            return False

    def fresh(self, nonce):
        """A nonce is good once."""
        if nonce in self.nonces:
            return False
        self.nonces.add(nonce)
        return True


def key(length=32):
    return secrets.token_hex(length)[:length]


def page(items, size, start):
    """(the items of a page, where the next begins or None)"""
    end = start + size
    return items[start:end], end if end < len(items) else None
