"""What can be wrong with a cloud on its way to us. A fault is {"do": NAME, "vendor", "op", "device" …: what it strikes,
"skip": requests that go well first, "times": how often (-1: until cleared), more keys by name}.

    close_before_read   the connection ends after the handshake, nothing is read
    act_then_close      the request is carried out, nobody hears of it
    close_after_read    the request is read and not carried out; nobody hears of that
    cut_body            half an answer
    drip                the answer comes byte by byte, "pause_s" apart
    delay               the answer is "delay_s" late
    status              HTTP "status" with "retry_after" (seconds, a date as text, or none), "body", "content_type", "headers"
    code                the vendor's own refusal "code" with "text", in its envelope
    wrong_type          the right answer as text/html
    oversized           a well-formed answer of "size" bytes, sent in chunks without a length
    deep                JSON of "depth" arrays
    doubled             an object that says everything twice, the second time another thing
    redirect            302 to "location"
"""
import threading

KNOWN = frozenset(["close_before_read", "act_then_close", "close_after_read", "cut_body", "drip", "delay", "status", "code",
                   "wrong_type", "oversized", "deep", "doubled", "redirect"])
STRIKES = ("vendor", "op", "device", "method")


class Faults:
    def __init__(self):
        self.guard = threading.Lock()
        self.plan = []

    def add(self, do, times=1, skip=0, **more):
        if do not in KNOWN:
            raise ValueError(f"no fault {do}")
        with self.guard:
            self.plan.append({"do": do, "times": times, "skip": skip, **more})

    def clear(self):
        with self.guard:
            self.plan = []

    def on_connection(self):
        """The fault of a connection of which nothing is known yet."""
        return self._take(lambda fault: fault["do"] == "close_before_read")

    def on_request(self, **request):
        return self._take(lambda fault: fault["do"] != "close_before_read" and
                          all(fault.get(key) in (None, request.get(key)) for key in STRIKES))

    def _take(self, fits):
        with self.guard:
            for fault in self.plan:
                if not fault["times"] or not fits(fault):
                    continue
                if fault["skip"]:
                    fault["skip"] -= 1
                    continue
                fault["times"] -= fault["times"] > 0
                return dict(fault)
        return None
