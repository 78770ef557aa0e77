#!/usr/bin/env python3
"""Measures what docs/benchmarks.md reports. Nothing is asserted: numbers of a noisy machine are read, not tested.

run.py --build DIR [--rounds N] [WORD …]   only the measurements whose name has one of the words
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
import support  # noqa: E402  (its folder had to be named first)

ROUNDS = 5
CROWD_S = 20
LONG = ("bench_slow_radio",)  # only by name


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def turnarounds(simulator):
    """Microseconds, request's last byte out of the stick to response's first byte in."""
    return json.loads(simulator.command("turnarounds"))


def succeeded(job):
    assert job["phase"] == "succeeded" or not job["final"], f"ended early: {json.dumps(job, indent=1)}"
    return job if job["final"] else None


def start_update(service, simulator, data):
    """Returns the job's id as soon as blocks go. Presses again: a first press may only tell where the lock is."""
    support.adapter_up(service)
    image = service.upload(data)
    job = service.post("/api/v1/jobs", {"lock": "front-door", "image": image}).json["id"]
    support.until(lambda: simulator.lock()["blocks"] or not simulator.command("press 0"), 120, "the first block", step=2)
    return job


def update(service, simulator, data, limit=600):
    job = start_update(service, simulator, data)
    # Seldom looked at: what is measured is the update, not the watching.
    return support.until(lambda: succeeded(service.job(job)), limit, "the update", step=0.25)


def cpu_seconds(pid):
    """To the nanosecond, all threads; the ticks of /proc/PID/stat are too coarse."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def memory(pid):
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return {key: int(status[key].split()[0]) / 1024 for key in ("VmRSS", "RssAnon")}


def show(name, **figures):
    print(f"{name:34}" + "  ".join(f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}" for key, value in figures.items()),
          flush=True)


def one_echo(data):
    """The bare C program on the same simulator, same image."""
    with support.folder() as path:
        file = path / "image.ota"
        file.write_bytes(data)
        simulator = support.Simulator(path, "--lock", f"{support.DANALOCK},poll=60,query_s=1")  # the echo notifies nobody
        echo = subprocess.Popen([support.BUILD / "tests" / "bench" / "echo", simulator.port.rsplit(":", 1)[1], file, "63"])
        try:
            time.sleep(1.5)  # the echo starts the stick and registers; measured is what comes after
            simulator.command("press 0")
            support.until(lambda: simulator.lock()["blocks"] >= len(data) // 63, 300, "the echo's transfer")
            return turnarounds(simulator)
        finally:
            echo.terminate()
            echo.wait()
            simulator.kill()


def one_service(data, lock=support.DANALOCK, limit=600, **options):
    with support.house(lock=lock, **options) as (service, simulator):
        before = cpu_seconds(service.popen.pid)
        job = update(service, simulator, data, limit)
        time.sleep(0.3)
        return {"turnarounds": turnarounds(simulator), "cpu": cpu_seconds(service.popen.pid) - before, "job": job,
                "lock": simulator.lock(), **memory(service.popen.pid)}


def bench_turnaround():
    data = support.image().read_bytes()
    ratios = {0.5: [], 0.99: []}
    ours, theirs = [], []
    for turn in range(ROUNDS):
        order = [lambda: one_echo(data), lambda: one_service(data)["turnarounds"]]
        first, second = order[turn % 2](), order[1 - turn % 2]()  # neither always goes first
        echo, service = (second, first) if turn % 2 else (first, second)
        theirs += echo
        ours += service
        for share in ratios:
            ratios[share].append(percentile(service, share) / percentile(echo, share))
    show("turnaround, bare C echo (us)", median=float(percentile(theirs, .5)), p99=float(percentile(theirs, .99)), blocks=len(theirs))
    show("turnaround, Lockwright (us)", median=float(percentile(ours, .5)), p99=float(percentile(ours, .99)), blocks=len(ours))
    for share, values in ratios.items():
        show_ratios(f"ratio to the echo at {share:.0%}", values)


def show_ratios(name, values):
    show(name, median=statistics.median(values), least=min(values), most=max(values))


def bench_slow_disk():
    """Good, worn, good again: the two good ones tell how far equal runs differ here; a ratio within that says nothing."""
    data = support.image().read_bytes()
    slow = {"LD_PRELOAD": str(support.BUILD / "tests" / "bench" / "libslow_fsync.so"), "SLOW_FSYNC_MS": "2000"}
    worn, same = [], []
    for _ in range(ROUNDS):
        first, second, third = (percentile(one_service(data, environment=more)["turnarounds"], .99) for more in ({}, slow, {}))
        worn.append(second / first)
        same.append(third / first)
    show_ratios("fsync 2 s to a good disk: p99", worn)
    show_ratios("good disk to a good disk: p99", same)


def bench_cpu_and_memory():
    data = support.image().read_bytes()
    runs = [one_service(data) for _ in range(ROUNDS)]
    show("CPU of one 204,522-byte update (s)", median=statistics.median(run["cpu"] for run in runs))
    for key in ("VmRSS", "RssAnon"):
        show(f"memory after it, {key} (MiB)", median=statistics.median(run[key] for run in runs))


def bench_start():
    times = []
    for _ in range(ROUNDS * 2):
        with support.folder() as path:
            service = support.Service(path)
            service.stop()
            began = time.monotonic()
            service.start(wait=False)
            while not service.ready():
                time.sleep(0.001)
            times.append((time.monotonic() - began) * 1000)
            service.kill()
    show("start to ready (ms)", median=statistics.median(times), most=max(times))


# A lock on a real radio's pace that polls often, so that a run takes minutes: the radio's share of a block is 25 ms.
FAST_POLL = 30


def one_herdsman(folder, poll):
    """zigbee-herdsman's own OTA of the same image; with radio timing, without which it loses requests."""
    figures = folder / "figures.json"
    subprocess.run([HERE.parent / "strangers" / "run-herdsman", support.image(), figures, str(poll)], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "LOCKWRIGHT_SIM": str(support.BUILD / "tests/sim/lockwright-sim")})
    return json.loads(figures.read_text())


def show_radio(name, run):
    lock, turns = run["lock"], run["turnarounds"]
    show(name, total_s=lock["transfer_ms"] / 1000, own_s=lock["own_ms"] / 1000, ratio=lock["transfer_ms"] / lock["own_ms"],
         blocks=lock["blocks"], median_us=float(percentile(turns, .5)), p99_us=float(percentile(turns, .99)))


def bench_herdsman(poll=FAST_POLL):
    """At a real radio's pace: the whole against what the lock and the radio alone need, beside zigbee-herdsman."""
    data = support.image().read_bytes()
    lock = f"{support.DANALOCK},short_poll={poll}"
    with support.folder() as path:
        show_radio(f"radio, poll {poll} ms: Lockwright", one_service(data, lock=lock, timing=True, limit=3600))
        show_radio(f"radio, poll {poll} ms: herdsman", one_herdsman(path, poll))


def bench_slow_radio():
    """The same at the usual poll interval of a lock: 35 minutes."""
    bench_herdsman(250)


def crowd_at(service):
    argv = [support.BUILD / "tests" / "bench" / "load", str(service.port), service.token, "500", "1000", str(CROWD_S + 4)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE)


def blocks_in_a_crowd(guest):
    """Turnarounds of CROWD_S seconds of a transfer. guest: nobody, here, elsewhere (a second Lockwright without a stick)."""
    data = support.image().read_bytes()
    with support.house(lock=f"{support.DANALOCK},short_poll=20", timing=True) as (service, simulator), support.folder() as path:
        other = support.Service(path)
        other.sign_in()
        load = crowd_at(service if guest == "here" else other) if guest != "nobody" else None
        time.sleep(2)  # the crowd comes first
        start_update(service, simulator, data)
        time.sleep(CROWD_S)
        result = json.loads(load.communicate()[0]) if load else None
        other.kill()
        return turnarounds(simulator), result


def bench_crowd():
    """500 WebSocket clients and 1,000 REST requests a second while an update runs. The second Lockwright tells what the
    load costs a machine of two processors anyway from what it costs because it comes in here."""
    worst = {"nobody": [], "elsewhere": [], "here": []}
    for _ in range(ROUNDS):
        for guest, figures in worst.items():
            turns, result = blocks_in_a_crowd(guest)
            figures.append(percentile(turns, .99))
            show(f"crowd: {guest}", median=float(percentile(turns, .5)), p99=float(figures[-1]), blocks=len(turns))
            if guest == "here":
                show("the crowd itself", **result)
    for guest in ("elsewhere", "nobody"):
        show_ratios(f"crowd here to crowd {guest}: p99", [a / b for a, b in zip(worst["here"], worst[guest])])


def main():
    global ROUNDS
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("words", nargs="*")
    options = arguments.parse_args()
    support.BUILD, ROUNDS = options.build.resolve(), options.rounds
    for name, bench in list(globals().items()):
        if name.startswith("bench_") and (any(word in name for word in options.words) or not options.words and name not in LONG):
            bench()


if __name__ == "__main__":
    main()
