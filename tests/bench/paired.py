"""Comparing the p99 of two sides on a machine that others use, too. docs/benchmarks.md, "How p99 is compared", is the rule."""
import contextlib
import os
import random
import subprocess

LATE_MOST = 5  # of a witness's 500 wake-ups in a second: p99 is decided by the worst 1 %
SAMPLES_LEAST = 1000  # of each side
RESAMPLES = 2000


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


class Witness:
    """Tells which seconds of time.monotonic() were quiet."""

    def __init__(self, processes):
        self.processes = processes

    def seconds(self):
        """{second: quiet} so far. Ends the witnesses."""
        seen = {}
        for process in self.processes:
            process.terminate()
            for line in process.communicate()[0].decode().splitlines():
                second, late = map(int, line.split())
                seen.setdefault(second, []).append(late)
        # Not the last one, which a witness may not have told of.
        return {second: max(late) <= LATE_MOST for second, late in seen.items() if len(late) == len(self.processes)}


@contextlib.contextmanager
def witness(build):
    """One on each processor."""
    processes = [subprocess.Popen([build / "tests" / "bench" / "witness", str(processor)], stdout=subprocess.PIPE)
                 for processor in range(os.cpu_count())]
    try:
        yield Witness(processes)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def windows(turns, quiet, span):
    """turns of the simulator in the whole seconds of the span: a list of (quiet, samples)."""
    found = {second: (quiet[second], []) for second in quiet if span[0] <= second and second + 1 <= span[1]}
    for since, took in turns:
        if since // 1000000 in found:
            found[since // 1000000][1].append(took)
    return list(found.values())


def ratio(ours, theirs):
    return percentile([v for window in ours for v in window], .99) / percentile([v for window in theirs for v in window], .99)


def interval(ours, theirs, together):
    """95 % of the ratio's bootstrap: whole windows are drawn, because what disturbs comes in bursts.
    together: both sides ran in the same windows, so the same ones are drawn."""
    dice = random.Random(1)
    found = []
    for _ in range(RESAMPLES):
        mine = dice.choices(range(len(ours)), k=len(ours))
        yours = mine if together else dice.choices(range(len(theirs)), k=len(theirs))
        found.append(ratio([ours[i] for i in mine], [theirs[i] for i in yours]))
    return percentile(found, .025), percentile(found, .975)


def compare(ours, theirs, together, goal=None):
    """windows() of both sides; together: of the same seconds. Returns figures to show."""
    kept = [[samples for good, samples in side if good] for side in (ours, theirs)]
    counts = [sum(map(len, side)) for side in kept]
    figures = {"quiet": f"{sum(len(side) for side in kept)}/{len(ours) + len(theirs)} seconds", "blocks": f"{counts[0]}/{counts[1]}"}
    if min(counts) < SAMPLES_LEAST:
        return {**figures, "verdict": "too few quiet blocks"}
    low, high = interval(*kept, together)
    figures.update(ratio=ratio(*kept), low=low, high=high, all_seconds=ratio(*[[samples for _, samples in side] for side in (ours, theirs)]))
    if goal:
        figures["verdict"] = "met" if high <= goal else "not met" if low > goal else "not resolved"
    return figures
