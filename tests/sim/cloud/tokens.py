"""Access and refresh tokens: a life time, one use for a refresh token, a new pair that ends the old one."""
import secrets
import time


class Tokens:
    def __init__(self, life_s=7200, refresh_life_s=30 * 86400, length=32):
        self.life_s, self.refresh_life_s, self.length = life_s, refresh_life_s, length
        self.valid = {}      # access token -> end of its life, time.monotonic()
        self.refresh = {}    # refresh token -> end
        self.ended = set()   # access tokens that were once good
        self.used = set()    # refresh tokens that were used
        self.all = []        # every token ever given out: canaries
        self.issued = self.refreshed = 0

    def issue(self):
        """A new pair; the old one stops working."""
        self.ended |= set(self.valid)
        self.used |= set(self.refresh)
        self.valid, self.refresh = {}, {}
        access, refresh = (secrets.token_hex(self.length // 2) for _ in range(2))
        now = time.monotonic()
        self.valid[access], self.refresh[refresh] = now + self.life_s, now + self.refresh_life_s
        self.all += [access, refresh]
        self.issued += 1
        return access, refresh

    def renew(self, refresh):
        """A new pair, or None."""
        if time.monotonic() >= self.refresh.get(refresh, 0):
            return None
        self.refreshed += 1
        return self.issue()

    def judge(self, access):
        """ "good", "expired" or "unknown". """
        if access in self.valid and time.monotonic() < self.valid[access]:
            return "good"
        return "expired" if access in self.valid or access in self.ended else "unknown"

    def expire(self):
        """The access token's time is over now; the refresh token is still good."""
        self.valid = dict.fromkeys(self.valid, 0.0)

    def revoke(self):
        """Nothing is good any more."""
        self.ended |= set(self.valid)
        self.used |= set(self.refresh)
        self.valid, self.refresh = {}, {}
