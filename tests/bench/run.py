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


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def turnarounds(simulator):
    """Microseconds, request's last byte out of the stick to response's first byte in."""
    return json.loads(simulator.command("turnarounds"))


def update(service, simulator, data, limit=600):
    support.adapter_up(service)
    image = service.upload(data)
    job = service.post("/api/v1/jobs", {"lock": "front-door", "image": image}).json
    simulator.command("press 0")
    return service.wait_job(job["id"], lambda j: j["phase"] == "succeeded", limit)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        simulator = support.Simulator(path, "--lock", f"{support.DANALOCK},poll=60")
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


def one_service(data, **options):
    with support.house(lock=support.DANALOCK, **options) as (service, simulator):
        before = cpu_seconds(service.popen.pid)
        job = update(service, simulator, data)
        time.sleep(0.3)
        return {"turnarounds": turnarounds(simulator), "cpu": cpu_seconds(service.popen.pid) - before, "job": job,
                "lock": simulator.lock(), **memory(service.popen.pid)}


def bench_turnaround():
    data = support.image().read_bytes()
    ratios = {0.5: [], 0.99: []}
    ours, theirs = [], []
    for _ in range(ROUNDS):
        echo, service = one_echo(data), one_service(data)["turnarounds"]
        theirs += echo
        ours += service
        for share in ratios:
            ratios[share].append(percentile(service, share) / percentile(echo, share))
    show("turnaround, bare C echo (us)", median=float(percentile(theirs, .5)), p99=float(percentile(theirs, .99)), blocks=len(theirs))
    show("turnaround, Lockwright (us)", median=float(percentile(ours, .5)), p99=float(percentile(ours, .99)), blocks=len(ours))
    show("ratio to the echo", median=statistics.median(ratios[.5]), p99=statistics.median(ratios[.99]))


def bench_slow_disk():
    data = support.image().read_bytes()
    slow = {"LD_PRELOAD": str(support.BUILD / "tests" / "bench" / "libslow_fsync.so"), "SLOW_FSYNC_MS": "2000"}
    ratios = []
    for _ in range(ROUNDS):
        fast = one_service(data)["turnarounds"]
        worn = one_service(data, environment=slow)["turnarounds"]
        ratios.append(percentile(worn, .99) / percentile(fast, .99))
    show("fsync 2 s: p99 to that of a good disk", ratio=statistics.median(ratios))


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


def bench_radio():
    """At a real radio's pace: the whole against what the lock and the radio alone need."""
    data = support.image().read_bytes()
    run = one_service(data, timing=True, poll=250)
    lock = run["lock"]
    show("realistic radio, one lock", total_s=lock["transfer_ms"] / 1000, own_s=lock["own_ms"] / 1000,
         ratio=lock["transfer_ms"] / lock["own_ms"], blocks=lock["blocks"])


def bench_crowd():
    """500 WebSocket clients and 1,000 REST requests a second while an update runs."""
    data = support.image().read_bytes()
    alone = one_service(data, timing=True, poll=20)["turnarounds"]
    with support.house(lock=support.DANALOCK, timing=True, poll=20) as (service, simulator):
        support.adapter_up(service)
        load = subprocess.Popen([support.BUILD / "tests" / "bench" / "load", str(service.port), service.token, "500", "1000", "30"],
                                stdout=subprocess.PIPE)
        time.sleep(2)  # the clients come first
        update(service, simulator, data)
        result = json.loads(load.communicate()[0])
        crowd = turnarounds(simulator)
    show("with the crowd: block p99 to that alone", ratio=percentile(crowd, .99) / percentile(alone, .99),
         median_ratio=percentile(crowd, .5) / percentile(alone, .5))
    show("the crowd", **result)


def main():
    global ROUNDS
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("words", nargs="*")
    options = arguments.parse_args()
    support.BUILD, ROUNDS = options.build.resolve(), options.rounds
    for name, bench in list(globals().items()):
        if name.startswith("bench_") and (not options.words or any(word in name for word in options.words)):
            bench()


if __name__ == "__main__":
    main()
